// What the lab's programs on iommufd share: an address space and its requests.
#pragma once

#include "vfio.h"

#include <linux/iommufd.h>

static inline uint32_t allocate_ioas(int iommufd) {
  struct iommu_ioas_alloc request = {.size = sizeof request};
  must("IOAS_ALLOC", ioctl(iommufd, IOMMU_IOAS_ALLOC, &request));
  return request.out_ioas_id;
}

/// Maps where it is told to.
static inline int map_fixed(int iommufd, uint32_t ioas, void *memory, uint64_t iova, uint64_t size) {
  struct iommu_ioas_map request = {
      .size = sizeof request,
      .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
      .ioas_id = ioas,
      .user_va = (uintptr_t)memory,
      .iova = iova,
      .length = size,
  };
  return ioctl(iommufd, IOMMU_IOAS_MAP, &request);
}

/// Bytes really unmapped, or -1.
static inline int64_t unmap_ioas(int iommufd, uint32_t ioas, uint64_t iova, uint64_t size) {
  struct iommu_ioas_unmap request = {.size = sizeof request, .ioas_id = ioas, .iova = iova, .length = size};
  return ioctl(iommufd, IOMMU_IOAS_UNMAP, &request) < 0 ? -1 : (int64_t)request.length;
}

static inline int bind_device(int device, int iommufd) {
  struct vfio_device_bind_iommufd request = {.argsz = sizeof request, .iommufd = iommufd};
  return ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &request) < 0 ? -1 : (int)request.out_devid;
}

static inline int attach_device(int device, uint32_t to) {
  struct vfio_device_attach_iommufd_pt request = {.argsz = sizeof request, .pt_id = to};
  return ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &request);
}

static inline int detach_device(int device) {
  struct vfio_device_detach_iommufd_pt request = {.argsz = sizeof request};
  return ioctl(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &request);
}

static inline int destroy(int iommufd, uint32_t object) {
  struct iommu_destroy request = {.size = sizeof request, .id = object};
  return ioctl(iommufd, IOMMU_DESTROY, &request);
}
