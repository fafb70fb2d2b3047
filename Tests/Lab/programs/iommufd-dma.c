// iommufd-dma NODE: lets QEMU's edu device move bytes through a range of iommufd, and again after it was unmapped.
// Prints `arrived` or `lost`, then `stopped` or `written`. Registers: QEMU, docs/specs/edu.rst.
#include "ioas.h"

#include <linux/pci_regs.h>

enum { PAGE = 4096, BUFFER = 0x40000, SOURCE = 0x80, TARGET = 0x88, COUNT = 0x90, COMMAND = 0x98, START = 1, TO_MEMORY = 2 };

static volatile char *registers;

static struct vfio_region_info region(int device, uint32_t index) {
  struct vfio_region_info info = {.argsz = sizeof info, .index = index};
  must("GET_REGION_INFO", ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info));
  return info;
}

static void transfer(uint64_t from, uint64_t to, uint64_t command) {
  *(volatile uint64_t *)(registers + SOURCE) = from;
  *(volatile uint64_t *)(registers + TARGET) = to;
  *(volatile uint64_t *)(registers + COUNT) = PAGE;
  *(volatile uint64_t *)(registers + COMMAND) = START | command;
  for (int try = 0; try < 1000 && *(volatile uint64_t *)(registers + COMMAND) & START; try++) usleep(1000);
}

int main(int count, char **words) {
  if (count != 2) return 2;
  const uint64_t iova = 0x200000;
  unsigned char *memory = pages(2 * PAGE), pattern[PAGE], zeros[PAGE] = {0};
  memset(pattern, 0x5a, PAGE);
  memset(memory, 0x5a, PAGE);
  int iommufd = must("open /dev/iommu", open("/dev/iommu", O_RDWR)), device = must(words[1], open(words[1], O_RDWR));
  must("BIND", bind_device(device, iommufd));
  uint32_t ioas = allocate_ioas(iommufd);
  must("ATTACH", attach_device(device, ioas));
  must("MAP", map_fixed(iommufd, ioas, memory, iova, 2 * PAGE));

  uint16_t command;
  off_t place = (off_t)region(device, VFIO_PCI_CONFIG_REGION_INDEX).offset + PCI_COMMAND;
  must("read the command", (int)pread(device, &command, sizeof command, place));
  command |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
  must("write the command", (int)pwrite(device, &command, sizeof command, place));
  struct vfio_region_info bar = region(device, VFIO_PCI_BAR0_REGION_INDEX);
  void *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)bar.offset);
  if (mapped == MAP_FAILED) must("mmap", -1);
  registers = mapped;

  transfer(iova, BUFFER, 0);
  transfer(BUFFER, iova + PAGE, TO_MEMORY);
  puts(memcmp(memory + PAGE, pattern, PAGE) == 0 ? "arrived" : "lost");
  if (unmap_ioas(iommufd, ioas, iova, 2 * PAGE) != 2 * PAGE) must("UNMAP", -1);
  memset(memory + PAGE, 0, PAGE);
  transfer(BUFFER, iova + PAGE, TO_MEMORY);
  puts(memcmp(memory + PAGE, zeros, PAGE) == 0 ? "stopped" : "written");
  return 0;
}
