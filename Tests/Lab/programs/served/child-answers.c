// What a child is told of the container its parent enabled: `child-answers GROUP` prints an answer a line, in the order of the
// rows of the state `child` in Tests/VFIOCoreTests/Conformance/power.tsv. An error is its number, negative.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static long say(long answer) {
  printf("%ld\n", answer < 0 ? -(long)errno : answer);
  fflush(stdout);
  return answer;
}

static void say_locked(void) {
  char line[256];
  long kilobytes = -1;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmLck: %ld", &kilobytes);
  if (status) fclose(status);
  say(kilobytes);
}

static long opened(long file) {
  say(file < 0 ? file : 0);
  return file;
}

int main(int count, char **words) {
  char path[64];
  if (count != 2) return 2;
  snprintf(path, sizeof path, "/dev/vfio/%s", words[1]);
  int container = (int)opened(open("/dev/vfio/vfio", O_RDWR));
  int group = (int)opened(open(path, O_RDWR));
  say(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  say(ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_IOMMU));
  void *memory = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  say(memory == MAP_FAILED ? -1 : 0);
  say(ioctl(container, VFIO_IOMMU_ENABLE));
  say_locked();
  pid_t child = fork();
  if (child) return child < 0 || wait(NULL) < 0;
  say(0);
  struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof info };
  struct vfio_iommu_type1_dma_map map = {
    .argsz = sizeof map, .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .vaddr = (uintptr_t)memory, .size = 0x10000,
  };
  say(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info));
  say_locked();
  say(ioctl(container, VFIO_IOMMU_MAP_DMA, &map));
  say(ioctl(container, VFIO_IOMMU_DISABLE));
  say(ioctl(container, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_IOMMU));
  return 0;
}
