/* The C version of programs/numeric/sieve.lua. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 100000 };

static bool flags[LIMIT + 1];

static int sieve(int *last) {
  for (int i = 2; i <= LIMIT; i++) flags[i] = true;
  for (int i = 2; i * i <= LIMIT; i++) {
    if (!flags[i]) continue;
    for (int multiple = i * i; multiple <= LIMIT; multiple += i) flags[multiple] = false;
  }
  int count = 0;
  for (int candidate = 2; candidate <= LIMIT; candidate++) {
    if (flags[candidate]) {
      count++;
      *last = candidate;
    }
  }
  return count;
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 2500;
  long total = 0;
  int last = 0;
  for (int round = 0; round < rounds; round++) total += sieve(&last);
  printf("last prime: %d\n", last);
  printf("check: %ld\n", total);
}
