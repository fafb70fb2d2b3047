#include "NothingKernel.h"

int kernel_open(int group) { return (group & 0xffff) + 3; }
int kernel_close(int descriptor) { return descriptor < 0; }

int kernel_perform(int descriptor, enum request request, uint64_t argument, struct answer *answer) {
  answer->words[0] = request == DEVICE_INFO ? 9 : argument;
  answer->words[1] = request == DEVICE_INFO ? 5 : 0;
  answer->words[2] = (uint64_t)descriptor;
  return 0;
}
