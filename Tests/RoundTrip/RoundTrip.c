// A peer that gives back whatever it reads, and a loop that asks it.
#define _GNU_SOURCE
#include "RoundTrip.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int round_trip_open(pid_t *peer) {
  int ends[2];
  char bytes[4096];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return -1;
  *peer = fork();
  if (*peer == 0) {
    close(ends[0]);
    for (;;) {
      ssize_t count = read(ends[1], bytes, sizeof bytes);
      if (count <= 0 || write(ends[1], bytes, (size_t)count) != count) _exit(0);
    }
  }
  close(ends[1]);
  return ends[0];
}

long round_trip_run(int stream, long times, size_t request, size_t reply) {
  char bytes[4096] = {0};
  for (long time = 0; time < times; time++) {
    if (write(stream, bytes, request) != (ssize_t)request) return time;
    for (size_t got = 0; got < reply;) {
      ssize_t count = read(stream, bytes, sizeof bytes);
      if (count <= 0) return time;
      got += (size_t)count;
    }
  }
  return times;
}

void round_trip_close(int stream, pid_t peer) {
  close(stream);
  waitpid(peer, NULL, 0);
}

void round_trip_share_processor(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  sched_setaffinity(0, sizeof one, &one);
}
