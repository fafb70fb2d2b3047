// VFIO and iommufd as Swift can use them: the ioctl numbers are macros with casts, which Swift does not import, and a structure that
// ends in an open array comes by no value.
//
// The structures are those of linux/vfio.h as Debian 12 has it; what this program adds to it stands here with its own name. Sizes
// and places are asserted in VFIORequests.c.
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

// struct vfio_irq_set without its data.
struct vfioplan_irq_set {
  __u32 argsz;
  __u32 flags;
  __u32 index;
  __u32 start;
  __u32 count;
};

// struct vfio_pci_hot_reset_info and struct vfio_pci_hot_reset without their arrays.
struct vfioplan_hot_reset {
  __u32 argsz;
  __u32 flags;
  __u32 count;
};

// struct vfio_device_feature without its data, and with what the two features that are used have.
struct vfioplan_device_feature {
  __u32 argsz;
  __u32 flags;
  __u8 data[16];
};

// struct vfio_iommu_type1_dirty_bitmap with a struct vfio_iommu_type1_dirty_bitmap_get behind it.
struct vfioplan_dirty_bitmap {
  __u32 argsz;
  __u32 flags;
  __u64 iova;
  __u64 size;
  __u64 pgsize;
  __u64 bytes;
  __u64 data;
};

// struct vfio_iommu_type1_dma_unmap without its data.
struct vfioplan_dma_unmap {
  __u32 argsz;
  __u32 flags;
  __u64 iova;
  __u64 size;
};

// struct vfio_eeh_pe_op with the error it may carry, which C puts into a union.
struct vfioplan_eeh_pe_op {
  __u32 argsz;
  __u32 flags;
  __u32 op;
  __u32 pad;
  __u32 type;
  __u32 func;
  __u64 addr;
  __u64 mask;
};

// The requests of a device node: linux/vfio.h of Linux 6.6 and later.
struct vfioplan_device_bind_iommufd {
  __u32 argsz;
  __u32 flags;
  __s32 iommufd;
  __u32 out_devid;
};

struct vfioplan_device_attach_iommufd_pt {
  __u32 argsz;
  __u32 flags;
  __u32 pt_id;
};

struct vfioplan_device_detach_iommufd_pt {
  __u32 argsz;
  __u32 flags;
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
static const unsigned long vfioplan_device_set_irqs = VFIO_DEVICE_SET_IRQS;
static const unsigned long vfioplan_device_reset = VFIO_DEVICE_RESET;
static const unsigned long vfioplan_device_get_pci_hot_reset_info = VFIO_DEVICE_GET_PCI_HOT_RESET_INFO;
static const unsigned long vfioplan_device_pci_hot_reset = VFIO_DEVICE_PCI_HOT_RESET;
static const unsigned long vfioplan_device_feature_request = VFIO_DEVICE_FEATURE;
static const unsigned long vfioplan_device_bind_iommufd_request = _IO(VFIO_TYPE, VFIO_BASE + 18);
static const unsigned long vfioplan_device_attach_iommufd_pt_request = _IO(VFIO_TYPE, VFIO_BASE + 19);
static const unsigned long vfioplan_device_detach_iommufd_pt_request = _IO(VFIO_TYPE, VFIO_BASE + 20);
static const unsigned long vfioplan_iommu_get_info = VFIO_IOMMU_GET_INFO;
static const unsigned long vfioplan_iommu_map_dma = VFIO_IOMMU_MAP_DMA;
static const unsigned long vfioplan_iommu_unmap_dma = VFIO_IOMMU_UNMAP_DMA;
static const unsigned long vfioplan_iommu_dirty_pages = VFIO_IOMMU_DIRTY_PAGES;
static const unsigned long vfioplan_iommu_spapr_tce_get_info = VFIO_IOMMU_SPAPR_TCE_GET_INFO;
static const unsigned long vfioplan_iommu_enable = VFIO_IOMMU_ENABLE;
static const unsigned long vfioplan_iommu_disable = VFIO_IOMMU_DISABLE;
static const unsigned long vfioplan_iommu_spapr_register_memory = VFIO_IOMMU_SPAPR_REGISTER_MEMORY;
static const unsigned long vfioplan_iommu_spapr_unregister_memory = VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY;
static const unsigned long vfioplan_iommu_spapr_tce_create = VFIO_IOMMU_SPAPR_TCE_CREATE;
static const unsigned long vfioplan_iommu_spapr_tce_remove = VFIO_IOMMU_SPAPR_TCE_REMOVE;
static const unsigned long vfioplan_eeh_pe_op_request = VFIO_EEH_PE_OP;

// The values of VFIO_CHECK_EXTENSION and VFIO_SET_IOMMU.
static const unsigned long vfioplan_type1 = VFIO_TYPE1_IOMMU;
static const unsigned long vfioplan_type1v2 = VFIO_TYPE1v2_IOMMU;
static const unsigned long vfioplan_spapr_tce = VFIO_SPAPR_TCE_IOMMU;
static const unsigned long vfioplan_spapr_tce_v2 = VFIO_SPAPR_TCE_v2_IOMMU;
static const unsigned long vfioplan_noiommu = VFIO_NOIOMMU_IOMMU;
static const unsigned long vfioplan_dma_cc = VFIO_DMA_CC_IOMMU;
static const unsigned long vfioplan_eeh = VFIO_EEH;
static const unsigned long vfioplan_unmap_all = VFIO_UNMAP_ALL;

#endif
