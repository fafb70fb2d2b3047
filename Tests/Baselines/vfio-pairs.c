// vfio-pairs GROUP PAIRS ROUNDS: maps and unmaps one page again and again in one container, as a guest does that programs its
// own IOMMU: the bare sequence against which a program on the VFIO core is measured. Prints the nanoseconds of each round of
// so many pairs, a line each.
#include "../Lab/programs/vfio.h"

#include <time.h>

enum { SIZE = 1 << 12, PLACES = 512 };

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  void *memory = pages(SIZE);
  int container = open_container();
  if (must("GET_API_VERSION", ioctl(container, VFIO_GET_API_VERSION)) != VFIO_API_VERSION) exit(1);
  int group = open_group(words[1]);
  must("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  must("SET_IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  union {
    struct vfio_iommu_type1_info info;
    char room[256];
  } reply = {.info.argsz = sizeof reply};
  must("GET_INFO", ioctl(container, VFIO_IOMMU_GET_INFO, &reply));
  for (int round = atoi(words[3]); round > 0; round--) {
    uint64_t start = now();
    for (uint64_t pair = 0, pairs = strtoull(words[2], NULL, 0); pair < pairs; pair++) {
      uint64_t iova = pair % PLACES * SIZE;
      must("MAP_DMA", map(container, memory, iova, SIZE));
      if (unmap(container, iova, SIZE, 0) != SIZE) must("UNMAP_DMA", -1);
    }
    printf("%llu\n", (unsigned long long)(now() - start));
  }
  return 0;
}
