// Declarations Swift cannot import itself: macros with types, variadic calls, and kernel interfaces newer than
// the system headers of the oldest distribution served (Debian 12 has no linux/iommufd.h).
#ifndef VFIOPLAN_CLINUX_H
#define VFIOPLAN_CLINUX_H

#include "VFIORequests.h"

/// ioctl with a pointer argument; returns what the kernel returned, errno set by the C library.
int vfioplan_ioctl_pointer(int descriptor, unsigned long request, void *argument);

/// ioctl with a value argument, for requests that take a number and no structure.
int vfioplan_ioctl_value(int descriptor, unsigned long request, unsigned long argument);

#endif
