// A kernel that does nothing, in a file of its own so that no call of it is compiled away.
#ifndef VFIOPLAN_NOTHINGKERNEL_H
#define VFIOPLAN_NOTHINGKERNEL_H

#include <stdint.h>

enum request {
  VERSION, GROUP_STATUS, SET_CONTAINER, UNSET_CONTAINER, SET_MODEL, DEVICE_FD, DEVICE_INFO, REGION_INFO, IRQ_INFO
};

struct answer {
  uint64_t words[6];
};

int kernel_open(int group);
int kernel_close(int descriptor);
int kernel_perform(int descriptor, enum request request, uint64_t argument, struct answer *answer);

#endif
