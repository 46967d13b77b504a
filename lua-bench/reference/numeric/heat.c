/* The C version of programs/numeric/heat.lua. */
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 200 };

static double plates[2][SIZE][SIZE];

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 10000;
  double (*now)[SIZE] = plates[0], (*after)[SIZE] = plates[1];
  for (int x = 0; x < SIZE; x++) now[0][x] = after[0][x] = 100;
  for (int round = 0; round < rounds; round++) {
    for (int y = 1; y < SIZE - 1; y++) {
      const double *above = now[y - 1], *row = now[y], *below = now[y + 1];
      double *out = after[y];
      for (int x = 1; x < SIZE - 1; x++)
        out[x] = row[x] + 0.2 * (above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x]);
    }
    double (*kept)[SIZE] = now;
    now = after;
    after = kept;
  }
  double total = 0;
  for (int y = 0; y < SIZE; y++)
    for (int x = 0; x < SIZE; x++) total += now[y][x];
  printf("check: %.6f\n", total);
}
