/* The C version of programs/numeric/nbody.lua. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 5 };

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

static Body bodies[COUNT] = {{.mass = 40}};

static void place_planets(void) {
  for (int i = 1; i < COUNT; i++) {
    double radius = 4.0 * i + 0.5 * i * i;
    double speed = sqrt(40 / radius);
    Body planet = {.z = 0.05 * i, .vz = -0.01 * i, .mass = 0.02 / i};
    if (i % 2 == 0) {
      planet.x = radius;
      planet.vy = speed;
    } else {
      planet.y = -radius;
      planet.vx = speed;
    }
    bodies[i] = planet;
  }
}

static void cancel_momentum(void) {
  double px = 0, py = 0, pz = 0;
  for (int i = 0; i < COUNT; i++) {
    px += bodies[i].vx * bodies[i].mass;
    py += bodies[i].vy * bodies[i].mass;
    pz += bodies[i].vz * bodies[i].mass;
  }
  bodies[0].vx = -px / bodies[0].mass;
  bodies[0].vy = -py / bodies[0].mass;
  bodies[0].vz = -pz / bodies[0].mass;
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < COUNT; i++) {
    Body *a = &bodies[i];
    sum += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < COUNT; j++) {
      Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      sum -= a->mass * b->mass / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return sum;
}

static void advance(double dt) {
  for (int i = 0; i < COUNT; i++) {
    Body *a = &bodies[i];
    for (int j = i + 1; j < COUNT; j++) {
      Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double square = dx * dx + dy * dy + dz * dz;
      double pull = dt / (square * sqrt(square));
      double from_b = b->mass * pull, from_a = a->mass * pull;
      a->vx -= dx * from_b;
      a->vy -= dy * from_b;
      a->vz -= dz * from_b;
      b->vx += dx * from_a;
      b->vy += dy * from_a;
      b->vz += dz * from_a;
    }
    a->x += dt * a->vx;
    a->y += dt * a->vy;
    a->z += dt * a->vz;
  }
}

int main(int count, char **arguments) {
  int steps = count > 1 ? atoi(arguments[1]) : 5000000;
  place_planets();
  cancel_momentum();
  printf("energy: %.9f\n", energy());
  for (int i = 0; i < steps; i++) advance(0.005);
  printf("check: %.9f\n", energy());
}
