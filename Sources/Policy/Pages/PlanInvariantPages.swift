import Diagnostics

/// Pages of what holds of every plan; the checks themselves look at plans, further down the pipeline.
enum PlanInvariantPages {
  static let pages: [RulePage] = [
    RulePage(
      id: "papr-no-ram-listener",
      kind: .planInvariant,
      severity: .error,
      summary: "no step maps guest RAM by its address into a PAPR host bridge's container",
      rationale: """
        What a device of a PAPR host bridge reaches is what the guest entered into that bridge's tables. The address \
        space of the bridge holds windows and no RAM, so nothing that follows RAM may map there.
        """,
      sources: [
        .mail("qemu-ppc, 23 April 2013, David Gibson, point b"),
        .code(project: "QEMU 10.0", place: "hw/vfio/common.c: vfio_listener_region_add"),
      ],
      otherwise: "can't map guest IOVA region"
    ),
    RulePage(
      id: "papr-prereg-is-not-mapping",
      kind: .planInvariant,
      severity: .error,
      summary: "a plan on sPAPR TCE v2 registers all guest RAM, and only RAM, before the first map",
      rationale: """
        Registering pins memory for a process and makes nothing reachable. Mapping a TCE later looks a registered page \
        up; without registration it is refused.
        """,
      sources: [
        .code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_prereg_listener_region_add"),
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_build_v2"),
      ],
      otherwise: "VFIO_IOMMU_MAP_DMA: Operation not permitted\nVFIO_IOMMU_MAP_DMA: Invalid argument"
    ),
    RulePage(
      id: "papr-prereg-ranges-equal",
      kind: .planInvariant,
      severity: .error,
      summary: "all containers of a process register the same memory ranges, or disjoint ones",
      rationale: """
        The kernel keeps one list of registered ranges for a process. The identical range is shared by a count; one \
        that overlaps another in part is refused, and the same range twice in one container too.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "arch/powerpc/mm/book3s64/iommu_api.c: mm_iommu_do_alloc"),
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_register_pages"),
      ],
      otherwise:
        "VFIO_IOMMU_SPAPR_REGISTER_MEMORY: Invalid argument\nVFIO_IOMMU_SPAPR_REGISTER_MEMORY: Device or resource busy"
    ),
    RulePage(
      id: "papr-prereg-alignment",
      kind: .planInvariant,
      severity: .error,
      summary: "every registered range begins and ends on a page of the host",
      rationale: """
        Pages of most POWER hosts have 64 KiB. The hypervisor prints a line about an unaligned block and goes on \
        without registering it, so that DMA to it fails much later.
        """,
      sources: [
        .code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_prereg_listener_region_add"),
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_register_pages"),
      ],
      otherwise: "vfio_prereg_listener_region_add received unaligned region"
    ),
    RulePage(
      id: "papr-same-process",
      kind: .planInvariant,
      severity: .error,
      summary: "one process opens an sPAPR container, registers memory with it and maps",
      rationale: """
        The first registration ties the container to the memory of its process; every later call of another process \
        is refused, so a container that was set up cannot be handed over.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_mm_set")
      ],
      otherwise: "VFIO_IOMMU_SPAPR_REGISTER_MEMORY: Operation not permitted"
    ),
    RulePage(
      id: "group-one-container",
      kind: .planInvariant,
      severity: .error,
      summary: "a group joins exactly one container",
      rationale: "A group is attached to one set of mappings at a time; a second one is refused.",
      sources: [.code(project: "Linux 6.12", place: "drivers/vfio/group.c: vfio_group_ioctl_set_container")],
      otherwise: "VFIO_GROUP_SET_CONTAINER: Invalid argument"
    ),
    RulePage(
      id: "container-named-in-guest-visible",
      kind: .planInvariant,
      severity: .error,
      summary: "in guest-visible use a step names the container a group joins, and no other is tried",
      rationale: """
        The container belongs to an address space the guest programs. A group in another one would be translated by \
        the wrong tables, and its DMA would end in the wrong memory; so failure to join is failure of the plan.
        """,
      sources: [
        .mail("qemu-ppc, 23 April 2013, David Gibson, point a"),
        .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_connect_container"),
      ]
    ),
    RulePage(
      id: "one-process-memory",
      kind: .planInvariant,
      severity: .error,
      summary: "the process that maps is the one whose memory is the guest's RAM",
      rationale: """
        The kernel pins pages of the calling process. Mapped from elsewhere, a device would write into memory the \
        guest never sees.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_type1.c: vfio_dma_do_map"),
        .code(project: "Linux 6.12", place: "drivers/iommu/iommufd/ioas.c: iommufd_ioas_map"),
      ]
    ),
    RulePage(
      id: "set-iommu-before-map",
      kind: .planInvariant,
      severity: .error,
      summary:
        "the first group is attached, the IOMMU model set and the ranges read before anything is mapped",
      rationale: """
        A container without a group has no IOMMU, and one whose model is not set knows no mappings; what it accepts is \
        known only then.
        """,
      sources: [.code(project: "Linux 6.12", place: "drivers/vfio/container.c: vfio_ioctl_set_iommu")],
      otherwise: "VFIO_SET_IOMMU: Invalid argument\nVFIO_IOMMU_MAP_DMA: Invalid argument"
    ),
  ]
}
