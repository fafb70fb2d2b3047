/* measure FILE PROGRAM ARGUMENT...: runs a program with its output thrown away and writes to FILE what it cost: its
   status, nanoseconds from start to end, and the most memory it held in KiB.

   A child's memory counts from before its exec: started by a large process, it would be charged with that one's. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long long start = now();
  pid_t child = vfork();
  if (child == 0) {
    int in = open("/dev/null", O_RDONLY), out = open("/dev/null", O_WRONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return 1;
  long long end = now();
  FILE *file = fopen(argv[1], "w");
  if (!file) return 1;
  fprintf(file, "%d %lld %ld\n", status, end - start, usage.ru_maxrss);
  return fclose(file) != 0;
}
