/* The C version of programs/numeric/matmul.lua: rows are allocated one by one, as there. */
#include <stdio.h>
#include <stdlib.h>

static int size;

static double **matrix(void) {
  double **rows = malloc(size * sizeof *rows);
  if (!rows) exit(1);
  for (int i = 0; i < size; i++) {
    rows[i] = malloc(size * sizeof **rows);
    if (!rows[i]) exit(1);
  }
  return rows;
}

static double **multiply(double **a, double **b) {
  double **columns = matrix(), **product = matrix();
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) columns[i][j] = b[j][i];
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < size; j++) {
      double sum = 0.0;
      for (int k = 0; k < size; k++) sum += a[i][k] * columns[j][k];
      product[i][j] = sum;
    }
  }
  return product;
}

int main(int count, char **arguments) {
  size = count > 1 ? atoi(arguments[1]) : 1000;
  double **a = matrix(), **b = matrix();
  for (int i = 1; i <= size; i++) {
    for (int j = 1; j <= size; j++) {
      a[i - 1][j - 1] = (double)(i - j) * (i + j) / ((double)size * size);
      b[i - 1][j - 1] = (3 * i + 5 * j) % 11 / 7.0;
    }
  }
  double **c = multiply(a, b);
  double sum = 0.0;
  for (int i = 1; i <= size; i++)
    for (int j = 1; j <= size; j++) sum += c[i - 1][j - 1] * ((i + j) % 3 - 1);
  printf("corner: %.9f\n", c[size - 1][0]);
  printf("check: %.9f\n", sum);
}
