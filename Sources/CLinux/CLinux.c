#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
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

int vfioplan_signal_file(const sigset_t *signals) { return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK); }

int vfioplan_next_signal(int file, int *is_typed) {
  struct signalfd_siginfo info;
  if (read(file, &info, sizeof info) != sizeof info) return 0;
  *is_typed = info.ssi_code == SI_KERNEL;
  return (int)info.ssi_signo;
}

int vfioplan_peer(int socket, uint32_t *user, int32_t *process) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  *user = peer.uid;
  *process = peer.pid;
  return 0;
}

long vfioplan_send(int socket, const void *bytes, size_t size, const int *descriptors, size_t count) {
  // As many as the kernel passes in one message: Linux 6.12 include/net/scm.h, SCM_MAX_FD.
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(253 * sizeof(int))];
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 253) {
    errno = EINVAL;
    return -1;
  }
  if (count > 0) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

int vfioplan_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_CLOEXEC); }

void vfioplan_allow_locking(uint64_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= bytes) return;
  struct rlimit raised = {.rlim_cur = bytes, .rlim_max = limit.rlim_max < bytes ? bytes : limit.rlim_max};
  if (setrlimit(RLIMIT_MEMLOCK, &raised) == 0) return;
  // Without privilege no further than to what is allowed at most.
  raised.rlim_cur = raised.rlim_max = limit.rlim_max;
  setrlimit(RLIMIT_MEMLOCK, &raised);
}

int vfioplan_process_file(int32_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }
