#include "VFIORequests.h"

#include <stddef.h>

// Layouts as measured with the headers of Linux 6.12 on x86-64; a header that differs does not build.
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "the size of struct " #type)
#define PLACE(type, field, offset) \
  _Static_assert(offsetof(struct type, field) == (offset), "the place of " #field " in struct " #type)

SIZE(vfio_group_status, 8);
SIZE(vfioplan_device_info, 24);
PLACE(vfioplan_device_info, cap_offset, offsetof(struct vfio_device_info, cap_offset));
SIZE(vfio_region_info, 32);
PLACE(vfio_region_info, cap_offset, 12);
PLACE(vfio_region_info, size, 16);
PLACE(vfio_region_info, offset, 24);
SIZE(vfio_irq_info, 16);
SIZE(vfio_info_cap_header, 8);
SIZE(vfio_iommu_type1_info, 24);
PLACE(vfio_iommu_type1_info, iova_pgsizes, 8);
PLACE(vfio_iommu_type1_info, cap_offset, 16);
SIZE(vfio_iommu_type1_info_dma_avail, 12);
SIZE(vfio_iommu_type1_dma_map, 32);
PLACE(vfio_iommu_type1_dma_map, vaddr, 8);
PLACE(vfio_iommu_type1_dma_map, iova, 16);
SIZE(vfio_iommu_type1_dma_unmap, 24);
PLACE(vfio_iommu_type1_dma_unmap, iova, 8);
PLACE(vfio_iommu_type1_dma_unmap, size, 16);
