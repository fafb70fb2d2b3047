// answers GROUP ADDRESS [CONTAINER]: asks the kernel the questions of a Type1 container in order, right ones and wrong
// ones, and prints what it answered, a line each. Ends early where a group is refused: the rest would mean nothing. The
// container is /dev/vfio/vfio, or what takes its place.
#include "vfio.h"

enum { PAGE = 4096, SIZE = 1 << 20 };

static int said(const char *question, int answer) {
  if (answer < 0)
    printf("%s: %s\n", question, strerrorname_np(errno));
  else
    printf("%s: yes\n", question);
  return answer;
}

static void information(int container) {
  union {
    struct vfio_iommu_type1_info info;
    char bytes[4096];
  } reply = {.info.argsz = sizeof reply};
  if (said("GET_INFO", ioctl(container, VFIO_IOMMU_GET_INFO, &reply)) < 0) return;
  printf("  page sizes %#llx\n", (unsigned long long)reply.info.iova_pgsizes);
  for (uint32_t at = reply.info.cap_offset; at != 0;) {
    struct vfio_info_cap_header *head = (void *)(reply.bytes + at);
    if (head->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
      struct vfio_iommu_type1_info_cap_iova_range *ranges = (void *)head;
      for (uint32_t i = 0; i < ranges->nr_iovas; i++)
        printf("  range %#llx-%#llx\n", (unsigned long long)ranges->iova_ranges[i].start,
               (unsigned long long)ranges->iova_ranges[i].end);
    } else if (head->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) {
      printf("  entries %u\n", ((struct vfio_iommu_type1_info_dma_avail *)head)->avail);
    }
    at = head->next;
  }
}

static void unmapped(const char *question, int64_t bytes) {
  if (bytes < 0)
    said(question, -1);
  else
    printf("%s: %lld bytes\n", question, (long long)bytes);
}

int main(int count, char **words) {
  if (count != 3 && count != 4) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  char *memory = pages(SIZE), path[64];
  const char *place = count == 4 ? words[3] : "/dev/vfio/vfio";
  int container = must(place, open(place, O_RDWR)), group = open_group(words[1]);
  snprintf(path, sizeof path, "/dev/vfio/%s", words[1]);

  printf("API version %d\n", ioctl(container, VFIO_GET_API_VERSION));
  said("a second open of the group", open(path, O_RDWR));
  said("SET_IOMMU before a group", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  said("MAP_DMA before an IOMMU", map(container, memory, 0, SIZE));
  said("GET_DEVICE_FD before a container", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, words[2]));
  struct vfio_group_status status = {.argsz = sizeof status};
  said("GET_STATUS", ioctl(group, VFIO_GROUP_GET_STATUS, &status));
  printf("  flags %u\n", status.flags);
  if (said("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0) return 0;
  said("SET_CONTAINER again", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  said("GET_DEVICE_FD before an IOMMU", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, words[2]));
  said("SET_IOMMU sPAPR TCE v2", ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU));
  if (said("SET_IOMMU Type1v2", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) < 0) return 0;
  said("SET_IOMMU again", ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU));
  information(container);

  said("MAP_DMA", map(container, memory, SIZE, SIZE));
  said("MAP_DMA again", map(container, memory, SIZE, SIZE));
  said("MAP_DMA of nothing", map(container, memory, 0, 0));
  said("MAP_DMA off a page", map(container, memory, 1, PAGE));
  said("MAP_DMA over the interrupt range", map(container, memory, 0xfee00000, PAGE));
  said("MAP_DMA past the end", map(container, memory, UINT64_MAX - PAGE + 1, 2 * PAGE));
  unmapped("UNMAP_DMA of a part", unmap(container, SIZE, PAGE, 0));
  unmapped("UNMAP_DMA of what is not mapped", unmap(container, 8 * SIZE, SIZE, 0));
  unmapped("UNMAP_DMA of all", unmap(container, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL));

  said("GET_DEVICE_FD of a stranger", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:00:00.0"));
  int device = said("GET_DEVICE_FD", ioctl(group, VFIO_GROUP_GET_DEVICE_FD, words[2]));
  if (device < 0) return 0;
  said("UNSET_CONTAINER under an open device", ioctl(group, VFIO_GROUP_UNSET_CONTAINER));
  close(device);
  said("UNSET_CONTAINER", ioctl(group, VFIO_GROUP_UNSET_CONTAINER));
  return 0;
}
