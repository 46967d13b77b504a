/* The C version of programs/numeric/fannkuch.lua. */
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 16 };

static int size;
static int permutation[MOST + 1], scratch[MOST + 1], counter[MOST + 1];
static long total, most, seen;

static int count_flips(int *p) {
  int flips = 0;
  for (int first = p[1]; first != 1; first = p[1]) {
    for (int low = 1, high = first; low < high; low++, high--) {
      int kept = p[low];
      p[low] = p[high];
      p[high] = kept;
    }
    flips++;
  }
  return flips;
}

static void visit(void) {
  for (int i = 1; i <= size; i++) scratch[i] = permutation[i];
  int flips = count_flips(scratch);
  total += flips;
  seen++;
  if (flips > most) most = flips;
}

int main(int count, char **arguments) {
  size = count > 1 ? atoi(arguments[1]) : 10;
  if (size < 1 || size > MOST) return 1;
  for (int i = 1; i <= size; i++) {
    permutation[i] = i;
    counter[i] = 1;
  }
  visit();
  for (int i = 2; i <= size;) {
    int so_far = counter[i];
    if (so_far < i) {
      int other = i % 2 == 1 ? 1 : so_far, kept = permutation[other];
      permutation[other] = permutation[i];
      permutation[i] = kept;
      counter[i] = so_far + 1;
      i = 2;
      visit();
    } else {
      counter[i] = 1;
      i++;
    }
  }
  printf("permutations: %ld\n", seen);
  printf("most flips: %ld\n", most);
  printf("check: %ld\n", total);
}
