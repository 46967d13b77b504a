/* The C version of programs/numeric/monte_carlo.lua, whose numbers are doubles: so are these. */
#include <stdio.h>
#include <stdlib.h>

/* The numbers stay far below 2^53, so that this is exact. */
static double next(double *seed) {
  long scaled = (long)(*seed * 3877 + 29573);
  *seed = (double)(scaled % 139968);
  return *seed / 139968;
}

int main(int count, char **arguments) {
  long throws = count > 1 ? atol(arguments[1]) : 40000000;
  double seed = 42;
  long inside = 0;
  for (long i = 0; i < throws; i++) {
    double x = next(&seed), y = next(&seed);
    if (x * x + y * y < 1) inside++;
  }
  printf("check: %ld\n", inside);
}
