// vfio-calls GROUP ADDRESS ROUNDS: the bare sequence of 200 calls of one container, against which a program on the
// VFIO core is measured. Prints the nanoseconds of each round, a line each.
//
// A round: open /dev/vfio/vfio, GET_API_VERSION, CHECK_EXTENSION, open the group, GET_STATUS, SET_CONTAINER, SET_IOMMU,
// GET_INFO with room for its capabilities, GET_DEVICE_FD, DEVICE_GET_INFO, DEVICE_GET_REGION_INFO of the configuration
// space (11); 93 times MAP_DMA and UNMAP_DMA of a page, each pair a page above the one before (186); close of device,
// group and container (3).
#include "../Lab/programs/vfio.h"

#include <time.h>

enum { SIZE = 1 << 12, PAIRS = 93 };

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void read_information(int container) {
  union {
    struct vfio_iommu_type1_info info;
    char room[256];
  } reply = {.info.argsz = sizeof reply};
  must("GET_INFO", ioctl(container, VFIO_IOMMU_GET_INFO, &reply));
  if (reply.info.argsz > sizeof reply) exit(1);
}

static void round_of_calls(const char *number, const char *address, void *memory) {
  int container = open_container();
  if (must("GET_API_VERSION", ioctl(container, VFIO_GET_API_VERSION)) != VFIO_API_VERSION) exit(1);
  if (must("CHECK_EXTENSION", ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU)) == 0) exit(1);
  int group = open_group(number);
  struct vfio_group_status status = {.argsz = sizeof status};
  must("GET_STATUS", ioctl(group, VFIO_GROUP_GET_STATUS, &status));
  must("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  must("SET_IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  read_information(container);
  int device = must("GET_DEVICE_FD", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address));
  struct vfio_device_info info = {.argsz = sizeof info};
  must("DEVICE_GET_INFO", ioctl(device, VFIO_DEVICE_GET_INFO, &info));
  struct vfio_region_info region = {.argsz = sizeof region, .index = VFIO_PCI_CONFIG_REGION_INDEX};
  must("DEVICE_GET_REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region));
  for (uint64_t pair = 0; pair < PAIRS; pair++) {
    must("MAP_DMA", map(container, memory, pair * SIZE, SIZE));
    if (unmap(container, pair * SIZE, SIZE, 0) != SIZE) must("UNMAP_DMA", -1);
  }
  must("close the device", close(device));
  must("close the group", close(group));
  must("close the container", close(container));
}

int main(int count, char **words) {
  if (count != 4) return 2;
  void *memory = pages(SIZE);
  for (int round = atoi(words[3]); round > 0; round--) {
    uint64_t start = now();
    round_of_calls(words[1], words[2], memory);
    printf("%llu\n", (unsigned long long)(now() - start));
  }
  return 0;
}
