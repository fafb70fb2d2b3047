// Declarations Swift cannot import itself: macros with types, variadic calls, and kernel interfaces newer than
// the system headers of the oldest distribution served (Debian 12 has no linux/iommufd.h).
#ifndef VFIOPLAN_CLINUX_H
#define VFIOPLAN_CLINUX_H

#include "IOMMUFDRequests.h"
#include "VFIORequests.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/// ioctl with a pointer argument; returns what the kernel returned, errno set by the C library.
int vfioplan_ioctl_pointer(int descriptor, unsigned long request, void *argument);

/// ioctl with a value argument, for requests that take a number and no structure.
int vfioplan_ioctl_value(int descriptor, unsigned long request, unsigned long argument);

/// A counter for interrupts at 0: eventfd, closed on exec and never blocking, whose flags the Swift overlay hides.
int vfioplan_eventfd(void);

/// memfd_create, closed on exec, of huge pages of 1 << shift bytes where the shift is not 0.
int vfioplan_memfd(unsigned int shift);

/// The flags of mmap for memory of this process alone, of huge pages of 1 << shift bytes where the shift is not 0.
int vfioplan_memory_flags(unsigned int shift);

/// A folder as a place to look below: O_PATH, which the Swift overlay of the C library hides; a final link is not followed
/// but for the starting folder, AT_FDCWD.
int vfioplan_open_folder(int folder, const char *path);

/// How many processors this process may run on, which in a container are fewer than there are.
int vfioplan_usable_processors(void);

/// openat2 that never leaves the folder: RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS. The C library has no such function.
int vfioplan_open_below(int folder, const char *path, uint64_t flags);

/// Locks a whole file for writing, by an open-file-description lock, without waiting; 0, or -1 with errno.
int vfioplan_lock(int descriptor);

/// A file that these signals are read from, once they are blocked: signalfd, closed on exec and never blocking.
int vfioplan_signal_file(const sigset_t *signals);

/// The next signal of such a file, and whether the kernel sent it for a key that was typed; 0 where none is there.
int vfioplan_next_signal(int file, int *is_typed);

/// A file that is ready when a process ends: pidfd_open, which the C library of Debian 12 has, and its Swift overlay not.
int vfioplan_process_file(int32_t process);

/// Who is at the other end of a socket of this machine; 0, or -1 with errno.
int vfioplan_peer(int socket, uint32_t *user, int32_t *process);

/// Sends bytes and at most 253 descriptors in one message; as sendmsg, and never by a signal.
long vfioplan_send(int socket, const void *bytes, size_t size, const int *descriptors, size_t count);

/// Lets this process and its children lock that many bytes where fewer are allowed, as far as it may.
void vfioplan_allow_locking(uint64_t bytes);

/// The next who came to a socket, closed on exec: accept4, whose flags the Swift overlay hides.
int vfioplan_accept(int socket);

#endif
