// noiommu-answers GROUP ADDRESS: asks the kernel the questions of a group without an IOMMU, and prints what it answered, a
// line each.
#include "vfio.h"

enum { PAGE = 4096 };

static int said(const char *question, int answer) {
  if (answer < 0)
    printf("%s: %s\n", question, strerrorname_np(errno));
  else
    printf("%s: yes\n", question);
  return answer;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  int container = open_container(), group = open_group(words[1]);
  struct vfio_iommu_type1_info offer = {.argsz = sizeof offer};
  struct vfio_device_info info = {.argsz = sizeof info};
  struct vfio_group_status status = {.argsz = sizeof status};
  printf("CHECK_EXTENSION no-IOMMU before a group: %d\n", ioctl(container, VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU));
  said("GET_STATUS", ioctl(group, VFIO_GROUP_GET_STATUS, &status));
  printf("  flags %u\n", status.flags);
  if (said("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0) return 0;
  printf("CHECK_EXTENSION no-IOMMU: %d\n", ioctl(container, VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU));
  printf("CHECK_EXTENSION Type1v2: %d\n", ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU));
  said("SET_IOMMU Type1v2", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  said("SET_IOMMU no-IOMMU", ioctl(container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU));
  said("GET_INFO", ioctl(container, VFIO_IOMMU_GET_INFO, &offer));
  said("MAP_DMA", map(container, pages(PAGE), 0, PAGE));
  int device = said("GET_DEVICE_FD", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, words[2]));
  if (device < 0) return 0;
  said("DEVICE_GET_INFO", ioctl(device, VFIO_DEVICE_GET_INFO, &info));
  return 0;
}
