// iommufd-answers NODE GROUP: asks the kernel the questions of iommufd and of a device's own node in order, right ones and
// wrong ones, and prints what it answered, a line each. Ends early where the device is not bound: the rest would mean nothing.
#include "ioas.h"

enum { PAGE = 4096, SIZE = 1 << 20 };

static int said(const char *question, int answer) {
  if (answer < 0)
    printf("%s: %s\n", question, strerrorname_np(errno));
  else
    printf("%s: yes\n", question);
  return answer;
}

static void unmapped(const char *question, int64_t bytes) {
  if (bytes < 0)
    said(question, -1);
  else
    printf("%s: %lld bytes\n", question, (long long)bytes);
}

static void ranges(const char *question, int iommufd, uint32_t ioas) {
  struct iommu_iova_range found[8];
  struct iommu_ioas_iova_ranges request = {
      .size = sizeof request, .ioas_id = ioas, .num_iovas = 8, .allowed_iovas = (uintptr_t)found};
  if (said(question, ioctl(iommufd, IOMMU_IOAS_IOVA_RANGES, &request)) < 0) return;
  printf("  alignment %llu\n", (unsigned long long)request.out_iova_alignment);
  for (uint32_t i = 0; i < request.num_iovas && i < 8; i++)
    printf("  range %#llx-%#llx\n", (unsigned long long)found[i].start, (unsigned long long)found[i].last);
}

/// Whether the room for ranges is too small, and how many there are.
static void room_for_ranges(int iommufd, uint32_t ioas) {
  struct iommu_ioas_iova_ranges request = {.size = sizeof request, .ioas_id = ioas};
  said("IOVA_RANGES without room", ioctl(iommufd, IOMMU_IOAS_IOVA_RANGES, &request));
  printf("  needs %u\n", request.num_iovas);
}

static uint32_t allocate_hwpt(const char *question, int iommufd, int device, uint32_t ioas, uint32_t flags) {
  struct iommu_hwpt_alloc request = {.size = sizeof request, .flags = flags, .dev_id = (uint32_t)device, .pt_id = ioas};
  said(question, ioctl(iommufd, IOMMU_HWPT_ALLOC, &request));
  return request.out_hwpt_id;
}

static void hardware(int iommufd, int device) {
  char data[256];
  struct iommu_hw_info request = {
      .size = sizeof request, .dev_id = (uint32_t)device, .data_len = sizeof data, .data_uptr = (uintptr_t)data};
  if (said("GET_HW_INFO", ioctl(iommufd, IOMMU_GET_HW_INFO, &request)) < 0) return;
  printf("  type %u, %u bytes, capabilities %#llx\n", request.out_data_type, request.data_len,
         (unsigned long long)request.out_capabilities);
}

static void allow(const char *question, int iommufd, uint32_t ioas, uint64_t start, uint64_t last) {
  struct iommu_iova_range range = {.start = start, .last = last};
  struct iommu_ioas_allow_iovas request = {
      .size = sizeof request, .ioas_id = ioas, .num_iovas = 1, .allowed_iovas = (uintptr_t)&range};
  said(question, ioctl(iommufd, IOMMU_IOAS_ALLOW_IOVAS, &request));
}

static void maps(int iommufd, uint32_t ioas, char *memory) {
  said("MAP", map_fixed(iommufd, ioas, memory, SIZE, SIZE));
  said("MAP again", map_fixed(iommufd, ioas, memory, SIZE, SIZE));
  said("MAP of nothing", map_fixed(iommufd, ioas, memory, 0, 0));
  said("MAP off a page", map_fixed(iommufd, ioas, memory, 1, PAGE));
  said("MAP from off a page", map_fixed(iommufd, ioas, memory + 1, 8 * SIZE, PAGE));
  said("MAP over the interrupt range", map_fixed(iommufd, ioas, memory, 0xfee00000, PAGE));
  said("MAP past the end", map_fixed(iommufd, ioas, memory, UINT64_MAX - PAGE + 1, 2 * PAGE));
  said("MAP past the range", map_fixed(iommufd, ioas, memory, 1ull << 62, PAGE));
  said("MAP of no memory", map_fixed(iommufd, ioas, (void *)(1ull << 46), 8 * SIZE, PAGE));
  struct iommu_ioas_map chosen = {
      .size = sizeof chosen, .flags = IOMMU_IOAS_MAP_READABLE, .ioas_id = ioas, .user_va = (uintptr_t)memory, .length = PAGE};
  said("MAP anywhere", ioctl(iommufd, IOMMU_IOAS_MAP, &chosen));
  struct iommu_ioas_copy copy = {.size = sizeof copy,
                                 .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
                                 .dst_ioas_id = ioas,
                                 .src_ioas_id = ioas,
                                 .length = PAGE,
                                 .dst_iova = 16 * SIZE,
                                 .src_iova = SIZE};
  said("COPY of a part", ioctl(iommufd, IOMMU_IOAS_COPY, &copy));
  unmapped("UNMAP of a part", unmap_ioas(iommufd, ioas, SIZE, PAGE));
  unmapped("UNMAP of what is not mapped", unmap_ioas(iommufd, ioas, 8 * SIZE, SIZE));
  unmapped("UNMAP of more than is mapped", unmap_ioas(iommufd, ioas, 0, 3 * SIZE));
  unmapped("UNMAP of all", unmap_ioas(iommufd, ioas, 0, UINT64_MAX));
  unmapped("UNMAP of all again", unmap_ioas(iommufd, ioas, 0, UINT64_MAX));
}

/// One device is given by its group or by its own node, and not by both at once.
static void either_way(int iommufd, const char *node, const char *number) {
  int device = must(node, open(node, O_RDWR));
  int group = open_group(number), container = open_container();
  said("SET_CONTAINER", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
  said("BIND under a container", bind_device(device, iommufd));
  said("UNSET_CONTAINER", ioctl(group, VFIO_GROUP_UNSET_CONTAINER));
  said("BIND under an open group", bind_device(device, iommufd));
  close(group);
  said("BIND once the group is closed", bind_device(device, iommufd));
  char path[64];
  snprintf(path, sizeof path, "/dev/vfio/%s", number);
  group = said("open the group of a bound device", open(path, O_RDWR));
  if (group >= 0) {
    said("SET_CONTAINER of a bound device", ioctl(group, VFIO_GROUP_SET_CONTAINER, &container));
    close(group);
  }
  close(container);
  close(device);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  char *memory = pages(SIZE);
  int iommufd = must("open /dev/iommu", open("/dev/iommu", O_RDWR)), device = must(words[1], open(words[1], O_RDWR));
  int second = said("a second open of the device", open(words[1], O_RDWR));

  struct vfio_device_info info = {.argsz = sizeof info};
  said("GET_INFO before BIND", ioctl(device, VFIO_DEVICE_GET_INFO, &info));
  said("ATTACH before BIND", attach_device(device, 1));
  said("BIND to no descriptor", bind_device(device, -1));
  said("BIND to another file", bind_device(device, second));
  int identity = said("BIND", bind_device(device, iommufd));
  if (identity < 0) return 0;
  said("BIND again", bind_device(device, iommufd));
  said("BIND of the second", bind_device(second, iommufd));
  said("GET_INFO", ioctl(device, VFIO_DEVICE_GET_INFO, &info));
  said("ATTACH to nothing", attach_device(device, 1000));
  said("DETACH before ATTACH", detach_device(device));

  uint32_t ioas = allocate_ioas(iommufd);
  ranges("IOVA_RANGES before ATTACH", iommufd, ioas);
  said("ATTACH", attach_device(device, ioas));
  said("ATTACH again", attach_device(device, ioas));
  room_for_ranges(iommufd, ioas);
  ranges("IOVA_RANGES", iommufd, ioas);
  hardware(iommufd, identity);
  maps(iommufd, ioas, memory);

  allow("ALLOW of the interrupt range", iommufd, ioas, 0xfee00000, 0xfeefffff);
  allow("ALLOW", iommufd, ioas, 0, 0xffffff);
  said("MAP inside of what is allowed", map_fixed(iommufd, ioas, memory, 0, PAGE));
  said("MAP outside of what is allowed", map_fixed(iommufd, ioas, memory, 0x1000000, PAGE));
  unmapped("UNMAP of all", unmap_ioas(iommufd, ioas, 0, UINT64_MAX));

  uint32_t table = allocate_hwpt("HWPT_ALLOC", iommufd, identity, ioas, 0);
  said("ATTACH to the table", attach_device(device, table));
  allocate_hwpt("HWPT_ALLOC with dirty tracking", iommufd, identity, ioas, IOMMU_HWPT_ALLOC_DIRTY_TRACKING);
  allocate_hwpt("HWPT_ALLOC as a parent", iommufd, identity, ioas, IOMMU_HWPT_ALLOC_NEST_PARENT);
  said("DESTROY of a table in use", destroy(iommufd, table));
  said("DESTROY of an address space in use", destroy(iommufd, ioas));
  said("DESTROY of a device", destroy(iommufd, (uint32_t)identity));
  said("DETACH", detach_device(device));
  said("DETACH again", detach_device(device));
  said("DESTROY of the table", destroy(iommufd, table));
  said("DESTROY of the address space", destroy(iommufd, ioas));
  said("DESTROY again", destroy(iommufd, ioas));
  close(second);
  close(device);
  either_way(iommufd, words[1], words[2]);
  return 0;
}
