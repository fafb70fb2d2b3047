// edu-dma GROUP ADDRESS: lets the device move bytes through a mapped range, and again after it was unmapped.
// Prints `arrived` or `lost`, then `stopped` or `written`. The device: QEMU, docs/specs/edu.rst.
#include "vfio.h"

enum { PAGE = 4096, IOVA = 0x200000, DEVICE_BUFFER = 0x40000 };
enum { SOURCE = 0x80, DESTINATION = 0x88, COUNT = 0x90, COMMAND = 0x98 };
enum { RUN = 1, FROM_DEVICE = 2, COMMAND_REGISTER = 4, MEMORY_AND_MASTER = 6 };

static int device;
static off_t registers;

static uint64_t read_register(off_t at) {
  uint64_t value;
  must("read a register", pread(device, &value, sizeof value, registers + at));
  return value;
}

static void write_register(off_t at, uint64_t value) {
  must("write a register", pwrite(device, &value, sizeof value, registers + at));
}

/// One transfer of a page, waited for: the device clears RUN about 100 ms later.
static void transfer(uint64_t source, uint64_t destination, uint64_t direction) {
  write_register(SOURCE, source);
  write_register(DESTINATION, destination);
  write_register(COUNT, PAGE);
  write_register(COMMAND, RUN | direction);
  for (int wait = 0; read_register(COMMAND) & RUN; wait++) {
    if (wait == 500) {
      fprintf(stderr, "the transfer did not end\n");
      exit(1);
    }
    usleep(10000);
  }
}

static off_t region(uint32_t index) {
  struct vfio_region_info info = {.argsz = sizeof info, .index = index};
  must("GET_REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info));
  return info.offset;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  int container = open_container(), group = open_group(words[1]);
  must("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  must("SET_IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  device = must("GET_DEVICE_FD", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, words[2]));
  uint16_t command = MEMORY_AND_MASTER;
  off_t configuration = region(VFIO_PCI_CONFIG_REGION_INDEX);
  must("enable the device", pwrite(device, &command, sizeof command, configuration + COMMAND_REGISTER));
  registers = region(VFIO_PCI_BAR0_REGION_INDEX);

  char *memory = pages(2 * PAGE);
  must("MAP_DMA", map(container, memory, IOVA, 2 * PAGE));
  memset(memory, 0x5a, PAGE);
  transfer(IOVA, DEVICE_BUFFER, 0);
  transfer(DEVICE_BUFFER, IOVA + PAGE, FROM_DEVICE);
  puts(memcmp(memory, memory + PAGE, PAGE) == 0 ? "arrived" : "lost");

  if (unmap(container, IOVA, 2 * PAGE, 0) != 2 * PAGE) must("UNMAP_DMA", -1);
  memset(memory + PAGE, 0, PAGE);
  transfer(DEVICE_BUFFER, IOVA + PAGE, FROM_DEVICE);
  int untouched = 1;
  for (int i = 0; i < PAGE; i++) untouched &= memory[PAGE + i] == 0;
  puts(untouched ? "stopped" : "written");
  return 0;
}
