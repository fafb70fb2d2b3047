// Stands between the agent and its kernel: nodes of VFIO open as /dev/null, and each ioctl is written down, succeeds, and fills the
// structure with bytes that say where they stand.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int recorded_open(const char *path, int flags, ...);
int recorded_ioctl(int file, unsigned long request, ...);

int recorded_open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
  va_end(rest);
  if (strncmp(path, "/dev/vfio", 9) && strcmp(path, "/dev/iommu")) return open(path, flags, mode);
  fprintf(stderr, "open %s\n", path);
  return open("/dev/null", flags);
}

int recorded_ioctl(int file, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  unsigned long argument = va_arg(rest, unsigned long);
  va_end(rest);
  // Requests with a value, or with none, of containers, groups and devices.
  static const char values[] = { 0, 1, 2, 5, 11, 15, 16 };
  unsigned number = (unsigned)(request & 0xff) - 100;
  fprintf(stderr, "%lx", request);
  if (number < 100 && memchr(values, (int)number, sizeof values)) {
    fprintf(stderr, " value %lx\n", argument);
    return 0;
  }
  unsigned char *bytes = (unsigned char *)argument;
  uint32_t size = 4;
  if (number != 4) memcpy(&size, bytes, 4);  // all but VFIO_GROUP_SET_CONTAINER begin with their size
  if (number == 6) size = (uint32_t)strlen((char *)bytes) + 1;
  fprintf(stderr, " bytes ");
  for (uint32_t at = 0; at < size; at++) fprintf(stderr, "%02x", bytes[at]);
  fprintf(stderr, "\n");
  if (number == 6) return open("/dev/null", O_RDWR | O_CLOEXEC);
  for (uint32_t at = 4; at < size; at++) bytes[at] = (unsigned char)at;
  return file < 0 ? -1 : 0;
}
