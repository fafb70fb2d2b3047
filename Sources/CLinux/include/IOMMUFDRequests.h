// iommufd as Swift can use it: Debian 12 has no linux/iommufd.h, so the structures of Linux 6.12 stand here with names of this
// program. Sizes and places are asserted in IOMMUFDRequests.c.
#ifndef VFIOPLAN_IOMMUFDREQUESTS_H
#define VFIOPLAN_IOMMUFDREQUESTS_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct vfioplan_iommu_destroy {
  __u32 size;
  __u32 id;
};

struct vfioplan_ioas_alloc {
  __u32 size;
  __u32 flags;
  __u32 out_ioas_id;
};

struct vfioplan_iova_range {
  __u64 start;
  __u64 last;
};

struct vfioplan_ioas_iova_ranges {
  __u32 size;
  __u32 ioas_id;
  __u32 num_iovas;
  __u32 reserved;
  __u64 allowed_iovas;
  __u64 out_iova_alignment;
};

struct vfioplan_ioas_allow_iovas {
  __u32 size;
  __u32 ioas_id;
  __u32 num_iovas;
  __u32 reserved;
  __u64 allowed_iovas;
};

// The flags of a map: the bus address is given, devices may write, devices may read.
enum { vfioplan_ioas_map_fixed_iova = 1, vfioplan_ioas_map_writeable = 2, vfioplan_ioas_map_readable = 4 };

struct vfioplan_ioas_map {
  __u32 size;
  __u32 flags;
  __u32 ioas_id;
  __u32 reserved;
  __u64 user_va;
  __u64 length;
  __u64 iova;
};

struct vfioplan_ioas_copy {
  __u32 size;
  __u32 flags;
  __u32 dst_ioas_id;
  __u32 src_ioas_id;
  __u64 length;
  __u64 dst_iova;
  __u64 src_iova;
};

struct vfioplan_ioas_unmap {
  __u32 size;
  __u32 ioas_id;
  __u64 iova;
  __u64 length;
};

enum { vfioplan_option_set = 0, vfioplan_option_get = 1 };

struct vfioplan_iommu_option {
  __u32 size;
  __u32 option_id;
  __u16 op;
  __u16 reserved;
  __u32 object_id;
  __u64 val64;
};

enum { vfioplan_vfio_ioas_get = 0, vfioplan_vfio_ioas_set = 1, vfioplan_vfio_ioas_clear = 2 };

struct vfioplan_iommu_vfio_ioas {
  __u32 size;
  __u32 ioas_id;
  __u16 op;
  __u16 reserved;
};

struct vfioplan_hwpt_alloc {
  __u32 size;
  __u32 flags;
  __u32 dev_id;
  __u32 pt_id;
  __u32 out_hwpt_id;
  __u32 reserved;
  __u32 data_type;
  __u32 data_len;
  __u64 data_uptr;
  __u32 fault_id;
  __u32 reserved2;
};

struct vfioplan_hw_info {
  __u32 size;
  __u32 flags;
  __u32 dev_id;
  __u32 data_len;
  __u64 data_uptr;
  __u32 out_data_type;
  __u8 out_max_pasid_log2;
  __u8 reserved[3];
  __u64 out_capabilities;
};

struct vfioplan_hwpt_set_dirty_tracking {
  __u32 size;
  __u32 flags;
  __u32 hwpt_id;
  __u32 reserved;
};

struct vfioplan_hwpt_get_dirty_bitmap {
  __u32 size;
  __u32 hwpt_id;
  __u32 flags;
  __u32 reserved;
  __u64 iova;
  __u64 length;
  __u64 page_size;
  __u64 data;
};

// The type is that of VFIO: include/uapi/linux/iommufd.h of Linux 6.12.
#define VFIOPLAN_IOMMUFD(number) _IO(';', 0x80 + (number))

static const unsigned long vfioplan_iommu_destroy_request = VFIOPLAN_IOMMUFD(0);
static const unsigned long vfioplan_ioas_alloc_request = VFIOPLAN_IOMMUFD(1);
static const unsigned long vfioplan_ioas_allow_iovas_request = VFIOPLAN_IOMMUFD(2);
static const unsigned long vfioplan_ioas_copy_request = VFIOPLAN_IOMMUFD(3);
static const unsigned long vfioplan_ioas_iova_ranges_request = VFIOPLAN_IOMMUFD(4);
static const unsigned long vfioplan_ioas_map_request = VFIOPLAN_IOMMUFD(5);
static const unsigned long vfioplan_ioas_unmap_request = VFIOPLAN_IOMMUFD(6);
static const unsigned long vfioplan_iommu_option_request = VFIOPLAN_IOMMUFD(7);
static const unsigned long vfioplan_iommu_vfio_ioas_request = VFIOPLAN_IOMMUFD(8);
static const unsigned long vfioplan_hwpt_alloc_request = VFIOPLAN_IOMMUFD(9);
static const unsigned long vfioplan_get_hw_info_request = VFIOPLAN_IOMMUFD(10);
static const unsigned long vfioplan_hwpt_set_dirty_tracking_request = VFIOPLAN_IOMMUFD(11);
static const unsigned long vfioplan_hwpt_get_dirty_bitmap_request = VFIOPLAN_IOMMUFD(12);

#endif
