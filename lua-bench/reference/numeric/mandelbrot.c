/* The C version of programs/numeric/mandelbrot.lua. */
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 100 };

static int escape_time(double cr, double ci) {
  double zr = 0.0, zi = 0.0;
  for (int i = 1; i <= LIMIT; i++) {
    double rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4.0) return i;
    zi = 2.0 * zr * zi + ci;
    zr = rr - ii + cr;
  }
  return 0;
}

int main(int count, char **arguments) {
  int size = count > 1 ? atoi(arguments[1]) : 2500;
  long inside = 0, total = 0;
  for (int row = 0; row < size; row++) {
    double ci = 2.5 * row / size - 1.25;
    for (int column = 0; column < size; column++) {
      int time = escape_time(3.0 * column / size - 2.25, ci);
      if (time == 0) inside++; else total += time;
    }
  }
  printf("inside: %ld of %ld\n", inside, (long)size * size);
  printf("check: %ld\n", total);
}
