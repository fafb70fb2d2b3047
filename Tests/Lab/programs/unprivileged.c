// unprivileged USER COMMAND...: runs a command without any privilege, as that user and in the group of the same number.
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
  if (count < 3) return 2;
  unsigned user = (unsigned)atoi(words[1]);
  if (setgroups(0, NULL) != 0 || setgid(user) != 0 || setuid(user) != 0) {
    perror("unprivileged");
    return 1;
  }
  execvp(words[2], words + 2);
  perror(words[2]);
  return 127;
}
