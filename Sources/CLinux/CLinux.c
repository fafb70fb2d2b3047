#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int vfioplan_ioctl_pointer(int descriptor, unsigned long request, void *argument) {
  return ioctl(descriptor, request, argument);
}

int vfioplan_ioctl_value(int descriptor, unsigned long request, unsigned long argument) {
  return ioctl(descriptor, request, argument);
}

int vfioplan_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int vfioplan_memfd(unsigned int shift) {
  unsigned int huge = shift == 0 ? 0 : MFD_HUGETLB | shift << MFD_HUGE_SHIFT;
  return memfd_create("vfioplan", MFD_CLOEXEC | huge);
}

int vfioplan_memory_flags(unsigned int shift) {
  unsigned int huge = shift == 0 ? 0 : MAP_HUGETLB | shift << MAP_HUGE_SHIFT;
  return (int)(MAP_PRIVATE | MAP_ANONYMOUS | huge);
}

int vfioplan_open_below(int folder, const char *path, uint64_t flags) {
  struct open_how how = {.flags = flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int vfioplan_open_folder(int folder, const char *path) {
  int follow = folder == AT_FDCWD ? 0 : O_NOFOLLOW;
  return openat(folder, path, O_PATH | O_DIRECTORY | O_CLOEXEC | follow);
}

int vfioplan_usable_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int vfioplan_lock(int descriptor) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_SETLK, &lock);
}
