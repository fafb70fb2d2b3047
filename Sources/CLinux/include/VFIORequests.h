// VFIO as Swift can use it: the ioctl numbers are macros with casts, which Swift does not import.
//
// The structures are those of linux/vfio.h as Debian 12 has it; what this program adds to it stands here with its own name. Sizes
// are asserted in VFIORequests.c.
#ifndef VFIOPLAN_VFIOREQUESTS_H
#define VFIOPLAN_VFIOREQUESTS_H

#include <linux/vfio.h>

// struct vfio_device_info as of Linux 6.6, which made its end explicit; Debian 12 has it four bytes shorter.
struct vfioplan_device_info {
  __u32 argsz;
  __u32 flags;
  __u32 num_regions;
  __u32 num_irqs;
  __u32 cap_offset;
  __u32 pad;
};

static const unsigned long vfioplan_get_api_version = VFIO_GET_API_VERSION;
static const unsigned long vfioplan_check_extension = VFIO_CHECK_EXTENSION;
static const unsigned long vfioplan_set_iommu = VFIO_SET_IOMMU;
static const unsigned long vfioplan_group_get_status = VFIO_GROUP_GET_STATUS;
static const unsigned long vfioplan_group_set_container = VFIO_GROUP_SET_CONTAINER;
static const unsigned long vfioplan_group_unset_container = VFIO_GROUP_UNSET_CONTAINER;
static const unsigned long vfioplan_group_get_device_fd = VFIO_GROUP_GET_DEVICE_FD;
static const unsigned long vfioplan_device_get_info = VFIO_DEVICE_GET_INFO;
static const unsigned long vfioplan_device_get_region_info = VFIO_DEVICE_GET_REGION_INFO;
static const unsigned long vfioplan_device_get_irq_info = VFIO_DEVICE_GET_IRQ_INFO;
static const unsigned long vfioplan_device_reset = VFIO_DEVICE_RESET;
static const unsigned long vfioplan_iommu_get_info = VFIO_IOMMU_GET_INFO;
static const unsigned long vfioplan_iommu_map_dma = VFIO_IOMMU_MAP_DMA;
static const unsigned long vfioplan_iommu_unmap_dma = VFIO_IOMMU_UNMAP_DMA;

// The values of VFIO_CHECK_EXTENSION and VFIO_SET_IOMMU.
static const unsigned long vfioplan_type1 = VFIO_TYPE1_IOMMU;
static const unsigned long vfioplan_type1v2 = VFIO_TYPE1v2_IOMMU;
static const unsigned long vfioplan_spapr_tce = VFIO_SPAPR_TCE_IOMMU;
static const unsigned long vfioplan_spapr_tce_v2 = VFIO_SPAPR_TCE_v2_IOMMU;
static const unsigned long vfioplan_noiommu = VFIO_NOIOMMU_IOMMU;
static const unsigned long vfioplan_dma_cc = VFIO_DMA_CC_IOMMU;
static const unsigned long vfioplan_unmap_all = VFIO_UNMAP_ALL;

#endif
