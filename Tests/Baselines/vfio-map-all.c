// vfio-map-all GROUP BYTES ROUNDS: maps the memory of a guest in one container, half of it below 4 GiB and half above, by
// pages of 2 MiB: the bare sequence against which a program on the VFIO core is measured. Prints the nanoseconds of each
// round, a line each.
//
// A round: open /dev/vfio/vfio, GET_API_VERSION, SET_CONTAINER, SET_IOMMU, GET_INFO with room for its capabilities, MAP_DMA
// twice, UNSET_CONTAINER, which unmaps all, close of the container.
#include "../Lab/programs/vfio.h"

#include <time.h>

static const uint64_t above = 1ull << 32;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void round_of_calls(int group, char *memory, uint64_t half) {
  union {
    struct vfio_iommu_type1_info info;
    char room[256];
  } reply = {.info.argsz = sizeof reply};
  int container = open_container();
  if (must("GET_API_VERSION", ioctl(container, VFIO_GET_API_VERSION)) != VFIO_API_VERSION) exit(1);
  must("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  must("SET_IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  must("GET_INFO", ioctl(container, VFIO_IOMMU_GET_INFO, &reply));
  must("MAP_DMA", map(container, memory, 0, half));
  must("MAP_DMA", map(container, memory + half, above, half));
  must("UNSET_CONTAINER", ioctl(group, VFIO_GROUP_UNSET_CONTAINER));
  must("close the container", close(container));
}

int main(int count, char **words) {
  if (count != 4) return 2;
  uint64_t size = strtoull(words[2], NULL, 0);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) must("mmap", -1);
  int group = open_group(words[1]);
  for (int round = atoi(words[3]); round > 0; round--) {
    uint64_t start = now();
    round_of_calls(group, memory, size / 2);
    printf("%llu\n", (unsigned long long)(now() - start));
  }
  return 0;
}
