/* The C version of programs/calls/fib.lua, on doubles as there. The functions are kept from being inlined into
   themselves: it is calls that are timed. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline, noipa)) static double fib(double k) {
  if (k < 2) return k;
  return fib(k - 1) + fib(k - 2);
}

__attribute__((noinline, noipa)) static double tak(double x, double y, double z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

int main(int count, char **arguments) {
  double n = count > 1 ? atof(arguments[1]) : 34;
  printf("fib: %.0f\n", fib(n));
  printf("check: %.0f\n", fib(n) + tak(n - 12, 12, 6));
}
