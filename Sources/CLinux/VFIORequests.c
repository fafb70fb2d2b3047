#include "VFIORequests.h"

#include "Layout.h"

// Layouts as measured with the headers of Linux 6.12 on x86-64; a header that differs does not build.
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
PLACE(vfio_iommu_type1_dma_map, size, 24);

// Heads of structures that end in an open array: as long as the part before it, each field where the header has it.
#define SAME(ours, theirs, field) PLACE(ours, field, offsetof(struct theirs, field))
_Static_assert(sizeof(struct vfioplan_dma_unmap) == offsetof(struct vfio_iommu_type1_dma_unmap, data), "head");
SAME(vfioplan_dma_unmap, vfio_iommu_type1_dma_unmap, iova);
SAME(vfioplan_dma_unmap, vfio_iommu_type1_dma_unmap, size);
_Static_assert(sizeof(struct vfioplan_irq_set) == offsetof(struct vfio_irq_set, data), "head");
SIZE(vfioplan_irq_set, 20);
SAME(vfioplan_irq_set, vfio_irq_set, index);
SAME(vfioplan_irq_set, vfio_irq_set, start);
SAME(vfioplan_irq_set, vfio_irq_set, count);
_Static_assert(sizeof(struct vfioplan_hot_reset) == offsetof(struct vfio_pci_hot_reset_info, devices), "head");
_Static_assert(sizeof(struct vfioplan_hot_reset) == offsetof(struct vfio_pci_hot_reset, group_fds), "head");
SIZE(vfioplan_hot_reset, 12);
SAME(vfioplan_hot_reset, vfio_pci_hot_reset_info, count);
SAME(vfioplan_hot_reset, vfio_pci_hot_reset, count);
SIZE(vfio_pci_dependent_device, 8);
PLACE(vfio_pci_dependent_device, segment, 4);
PLACE(vfio_pci_dependent_device, bus, 6);
PLACE(vfio_pci_dependent_device, devfn, 7);
SAME(vfioplan_device_feature, vfio_device_feature, data);
SIZE(vfioplan_device_feature, 24);

// The query of a bitmap and its two parts.
SIZE(vfio_bitmap, 24);
SIZE(vfio_iommu_type1_dirty_bitmap_get, 40);
SIZE(vfioplan_dirty_bitmap, 48);
PLACE(vfioplan_dirty_bitmap, iova, offsetof(struct vfio_iommu_type1_dirty_bitmap, data));
#define QUERY(ours, theirs) \
  PLACE(vfioplan_dirty_bitmap, ours, 8 + offsetof(struct vfio_iommu_type1_dirty_bitmap_get, theirs))
QUERY(size, size);
QUERY(pgsize, bitmap.pgsize);
QUERY(bytes, bitmap.size);
QUERY(data, bitmap.data);

SIZE(vfio_iommu_spapr_tce_info, 32);
PLACE(vfio_iommu_spapr_tce_info, dma32_window_start, 8);
PLACE(vfio_iommu_spapr_tce_info, dma32_window_size, 12);
PLACE(vfio_iommu_spapr_tce_info, ddw, 16);
PLACE(vfio_iommu_spapr_tce_ddw_info, max_dynamic_windows_supported, 8);
PLACE(vfio_iommu_spapr_tce_ddw_info, levels, 12);
SIZE(vfio_iommu_spapr_register_memory, 24);
PLACE(vfio_iommu_spapr_register_memory, vaddr, 8);
PLACE(vfio_iommu_spapr_register_memory, size, 16);
SIZE(vfio_iommu_spapr_tce_create, 40);
PLACE(vfio_iommu_spapr_tce_create, page_shift, 8);
PLACE(vfio_iommu_spapr_tce_create, window_size, 16);
PLACE(vfio_iommu_spapr_tce_create, levels, 24);
PLACE(vfio_iommu_spapr_tce_create, start_addr, 32);
SIZE(vfio_iommu_spapr_tce_remove, 16);
PLACE(vfio_iommu_spapr_tce_remove, start_addr, 8);
SIZE(vfio_eeh_pe_op, 40);
SIZE(vfioplan_eeh_pe_op, 40);
SAME(vfioplan_eeh_pe_op, vfio_eeh_pe_op, op);
PLACE(vfioplan_eeh_pe_op, type, offsetof(struct vfio_eeh_pe_op, err.type));
PLACE(vfioplan_eeh_pe_op, func, offsetof(struct vfio_eeh_pe_op, err.func));
PLACE(vfioplan_eeh_pe_op, addr, offsetof(struct vfio_eeh_pe_op, err.addr));
PLACE(vfioplan_eeh_pe_op, mask, offsetof(struct vfio_eeh_pe_op, err.mask));

SIZE(vfioplan_device_bind_iommufd, 16);
PLACE(vfioplan_device_bind_iommufd, iommufd, 8);
PLACE(vfioplan_device_bind_iommufd, out_devid, 12);
SIZE(vfioplan_device_attach_iommufd_pt, 12);
PLACE(vfioplan_device_attach_iommufd_pt, pt_id, 8);
SIZE(vfioplan_device_detach_iommufd_pt, 8);

NUMBER(VFIO_GET_API_VERSION, 0x3b64);
NUMBER(VFIO_CHECK_EXTENSION, 0x3b65);
NUMBER(VFIO_SET_IOMMU, 0x3b66);
NUMBER(VFIO_GROUP_GET_STATUS, 0x3b67);
NUMBER(VFIO_GROUP_SET_CONTAINER, 0x3b68);
NUMBER(VFIO_GROUP_UNSET_CONTAINER, 0x3b69);
NUMBER(VFIO_GROUP_GET_DEVICE_FD, 0x3b6a);
NUMBER(VFIO_DEVICE_GET_INFO, 0x3b6b);
NUMBER(VFIO_DEVICE_GET_REGION_INFO, 0x3b6c);
NUMBER(VFIO_DEVICE_GET_IRQ_INFO, 0x3b6d);
NUMBER(VFIO_DEVICE_SET_IRQS, 0x3b6e);
NUMBER(VFIO_DEVICE_RESET, 0x3b6f);
NUMBER(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, 0x3b70);
NUMBER(VFIO_DEVICE_PCI_HOT_RESET, 0x3b71);
NUMBER(VFIO_DEVICE_FEATURE, 0x3b75);
NUMBER(_IO(VFIO_TYPE, VFIO_BASE + 18), 0x3b76);
NUMBER(_IO(VFIO_TYPE, VFIO_BASE + 19), 0x3b77);
NUMBER(_IO(VFIO_TYPE, VFIO_BASE + 20), 0x3b78);
NUMBER(VFIO_IOMMU_GET_INFO, 0x3b70);
NUMBER(VFIO_IOMMU_MAP_DMA, 0x3b71);
NUMBER(VFIO_IOMMU_UNMAP_DMA, 0x3b72);
NUMBER(VFIO_IOMMU_DIRTY_PAGES, 0x3b75);
NUMBER(VFIO_IOMMU_SPAPR_TCE_GET_INFO, 0x3b70);
NUMBER(VFIO_IOMMU_ENABLE, 0x3b73);
NUMBER(VFIO_IOMMU_DISABLE, 0x3b74);
NUMBER(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 0x3b75);
NUMBER(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, 0x3b76);
NUMBER(VFIO_IOMMU_SPAPR_TCE_CREATE, 0x3b77);
NUMBER(VFIO_IOMMU_SPAPR_TCE_REMOVE, 0x3b78);
NUMBER(VFIO_EEH_PE_OP, 0x3b79);
