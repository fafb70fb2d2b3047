import Diagnostics

/// Pages of decisions that need a longer word than the reason a plan gives.
enum NotePages {
  static let pages: [RulePage] = [
    RulePage(
      id: "papr-bridge-containers",
      kind: .note,
      severity: .note,
      summary:
        "a PAPR host bridge has a container of its own, and several where the host takes one group each",
      rationale: """
        The rule is one container a host bridge. sPAPR TCE v1 and PowerVM partitions take one group a container, so a \
        bridge with several groups needs as many; every change the guest makes is carried out in each. The cost: \
        locked memory is counted for each, and EEH is lost.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_attach_group"),
        .code(project: "Linux 6.12", place: "arch/powerpc/platforms/pseries/iommu.c: spapr_tce_set_window"),
      ]
    ),
    RulePage(
      id: "papr-multi-group-powernv",
      kind: .note,
      severity: .note,
      summary: "on bare POWER hardware the groups of a host bridge share its container under sPAPR TCE v2",
      rationale: """
        Groups whose tables are of one kind may share a container, and the hypervisor uses that within a host bridge. \
        EEH then works for none of them ('papr-spread-for-eeh').
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_attach_group")
      ],
      otherwise: "tce_vfio: Group 5 is incompatible with group 4"
    ),
    RulePage(
      id: "group-bridge-false-alarm",
      kind: .note,
      severity: .note,
      summary: "a PCI Express port in a group stays on its driver",
      rationale: """
        Ports share groups with what is behind them where the hardware cannot keep them apart. Their driver, pcieport, \
        does no DMA and declares so, and vfio-pci takes no bridge. Such a member is in nobody's way and needs no word \
        in the file.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/pci/pcie/portdrv.c: driver_managed_dma"),
        .code(
          project: "Linux 6.12",
          place: "drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device"
        ),
      ]
    ),
    RulePage(
      id: "alias-shared-as",
      kind: .note,
      severity: .note,
      summary: "devices behind one conventional bridge share a requester id, hence an address space",
      rationale: """
        Behind a 'pcie-pci-bridge' all speak as function 0 of device 0 of its bus, behind another conventional bridge \
        as that bridge. It is the way to give several devices of one host group to a guest with an IOMMU of its own, \
        at the cost of what PCI Express offers beyond PCI.
        """,
      sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_device_get_iommu_bus_devfn")]
    ),
    RulePage(
      id: "container-any-accepting",
      kind: .note,
      severity: .note,
      summary:
        "in map-all use a group joins any container that takes it, and gets one of its own where none does",
      rationale: """
        All map the same RAM at the same addresses, so which one a group is in makes no difference to the guest. A \
        second container maps all RAM again and counts it again against the locked-memory limit.
        """,
      sources: [.code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_connect_container")]
    ),
    RulePage(
      id: "container-merge-limits",
      kind: .note,
      severity: .note,
      summary: "a container refuses a further group whose IOMMU cannot hold what is mapped",
      rationale: """
        A narrower range of addresses, or a reserved region that lies in a mapping, makes the kernel refuse; a second \
        container is made then. Other cache behaviour refuses nothing: the kernel keeps two domains in one container.
        """,
      sources: [
        .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_attach_group")
      ],
      otherwise: "VFIO_GROUP_SET_CONTAINER: Invalid argument"
    ),
  ]
}
