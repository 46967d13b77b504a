/* The C version of programs/numeric/spectral_norm.lua. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 10 };

static double entry(double i, double j) {
  double diagonal = i + j;
  return 1.0 / (diagonal * (diagonal + 1) * 0.5 + i + 1);
}

static void times(int size, const double *vector, double *result) {
  for (int i = 0; i < size; i++) {
    double sum = 0;
    for (int j = 0; j < size; j++) sum += vector[j] * entry(i, j);
    result[i] = sum;
  }
}

static void transpose_times(int size, const double *vector, double *result) {
  for (int i = 0; i < size; i++) {
    double sum = 0;
    for (int j = 0; j < size; j++) sum += vector[j] * entry(j, i);
    result[i] = sum;
  }
}

int main(int count, char **arguments) {
  int size = count > 1 ? atoi(arguments[1]) : 3000;
  double *u = malloc(size * sizeof *u), *v = malloc(size * sizeof *v), *scratch = malloc(size * sizeof *scratch);
  if (!u || !v || !scratch) return 1;
  for (int i = 0; i < size; i++) u[i] = 1;
  for (int round = 0; round < ROUNDS; round++) {
    times(size, u, scratch);
    transpose_times(size, scratch, v);
    times(size, v, scratch);
    transpose_times(size, scratch, u);
  }
  double uv = 0, vv = 0;
  for (int i = 0; i < size; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  printf("check: %.9f\n", sqrt(uv / vv));
}
