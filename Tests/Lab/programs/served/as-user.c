// Runs a program as another user, who may lock so many bytes: `as-user UID BYTES PROGRAM...`.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int count, char **words) {
  if (count < 4) return 2;
  uid_t user = (uid_t)strtoul(words[1], NULL, 10);
  struct rlimit limit = { strtoul(words[2], NULL, 10), strtoul(words[2], NULL, 10) };
  if (setrlimit(RLIMIT_MEMLOCK, &limit) || setresgid(user, user, user) || setresuid(user, user, user)) {
    perror(words[0]);
    return 1;
  }
  execvp(words[3], words + 3);
  perror(words[3]);
  return 1;
}
