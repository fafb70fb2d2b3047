// hold GROUP SECONDS: keeps a group open, as a hypervisor would, and says so once it is.
#include "vfio.h"

int main(int count, char **words) {
  if (count != 3) return 2;
  open_group(words[1]);
  puts("held");
  fflush(stdout);
  sleep((unsigned)atoi(words[2]));
  return 0;
}
