// What the lab's small VFIO programs share: opening things, and ending with a sentence when that fails.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/// The answer, or the end of the program with the name of the call and its errno.
static inline int must(const char *call, int answer) {
  if (answer < 0) {
    fprintf(stderr, "%s: %s\n", call, strerrorname_np(errno));
    exit(1);
  }
  return answer;
}

static inline int open_container(void) { return must("open /dev/vfio/vfio", open("/dev/vfio/vfio", O_RDWR)); }

static inline int open_group(const char *number) {
  char path[64];
  snprintf(path, sizeof path, "/dev/vfio/%s", number);
  return must(path, open(path, O_RDWR));
}

/// Zeroed memory of the program's own, whole pages.
static inline void *pages(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) must("mmap", -1);
  return memory;
}

static inline int map(int container, void *memory, uint64_t iova, uint64_t size) {
  struct vfio_iommu_type1_dma_map request = {
      .argsz = sizeof request,
      .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
      .vaddr = (uintptr_t)memory,
      .iova = iova,
      .size = size,
  };
  return ioctl(container, VFIO_IOMMU_MAP_DMA, &request);
}

/// Bytes really unmapped, or -1.
static inline int64_t unmap(int container, uint64_t iova, uint64_t size, uint32_t flags) {
  struct vfio_iommu_type1_dma_unmap request = {.argsz = sizeof request, .flags = flags, .iova = iova, .size = size};
  return ioctl(container, VFIO_IOMMU_UNMAP_DMA, &request) < 0 ? -1 : (int64_t)request.size;
}
