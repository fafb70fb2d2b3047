import Diagnostics

/// Pages of what no output has, because there is no key to ask for it.
enum ConstructionPages {
  static let pages: [RulePage] = [
    RulePage(
      id: "papr-no-bypass-iommu",
      kind: .byConstruction,
      severity: .error,
      summary: "no PAPR host bridge is printed with 'bypass-iommu'",
      rationale: """
        Bypass is map-all use of a bridge, which a PAPR host bridge cannot have ('papr-guest-visible-only'); the \
        property is written for no other reason. QEMU takes it without a word, and an assigned device then fails when \
        RAM is mapped into its sPAPR container.
        """,
      sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_device_get_iommu_bus_devfn")],
      otherwise: "can't map guest IOVA region"
    ),
    RulePage(
      id: "papr-v2-first",
      kind: .byConstruction,
      severity: .note,
      summary: "sPAPR TCE v2 is tried first and v1 taken where the host refuses it",
      rationale: """
        That an extension is offered does not say that a group takes it: a host bridge without dynamic windows refuses \
        v2 when it is set. So the model left open is v2, and only the attempt decides.
        """,
      sources: [
        .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_get_iommu_type, vfio_set_iommu")
      ]
    ),
    RulePage(
      id: "papr-index-required",
      kind: .byConstruction,
      severity: .error,
      summary: "every added PAPR host bridge has an index",
      rationale: "An index that is left out is chosen: the next free one from 1.",
      sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
      otherwise: "\"index\" for PAPR PHB is mandatory"
    ),
    RulePage(
      id: "papr-default-bridge-properties",
      kind: .byConstruction,
      severity: .warning,
      summary: "a property of the built-in PAPR host bridge changes no other",
      rationale: """
        The built-in host bridge takes properties by '-global' only, which sets them for all. So where the built-in one \
        differs from the standard, every added one is printed with its own value.
        """,
      sources: [.document("QEMU 10.0, seen in a run with -global spapr-pci-host-bridge")]
    ),
    RulePage(
      id: "papr-bridge-id-required",
      kind: .byConstruction,
      severity: .warning,
      summary: "every added PAPR host bridge has an id, and its bus is named after it",
      rationale: """
        Without one the bus is numbered in order of creation and not by index, and a device lands on another bridge. \
        The id is the bridge's name in the file.
        """,
      sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
      otherwise: "Bus 'phb1' not found"
    ),
    RulePage(
      id: "viommu-before-devices",
      kind: .byConstruction,
      severity: .error,
      summary: "the guest IOMMU is printed before every device it serves",
      rationale: """
        A device looks for its address space when it is made, in the order of the command line. One made before the \
        IOMMU stays in the system's: RAM is mapped for it, the guest believes it is translated, and its DMA goes to \
        the wrong addresses without a message.
        """,
      sources: [
        .code(project: "QEMU 10.0", place: "system/vl.c: qemu_create_cli_devices"),
        .code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_device_iommu_address_space"),
      ]
    ),
  ]
}

/// Pages of rules that look at what is imported from another tool.
enum ImportPages {
  static let pages: [RulePage] = [
    RulePage(
      id: "papr-no-manual-windows",
      kind: .importing,
      severity: .error,
      summary: "no PAPR host bridge is given bus ids, window numbers or window addresses by hand",
      rationale: """
        'buid', 'liobn', 'mem_win_addr' and 'io_win_addr' are gone since QEMU 2.11: they follow from the index, as in \
        the file here.
        """,
      sources: [.document("QEMU 10.0, seen in a run with each property")],
      otherwise: "Property 'spapr-pci-host-bridge.buid' not found"
    ),
    RulePage(
      id: "papr-legacy-vfio-bridge",
      kind: .importing,
      severity: .error,
      summary: "no device 'spapr-pci-vfio-host-bridge' is used",
      rationale: """
        It tied one host group to a bridge of its own kind and is gone since QEMU 2.12. An ordinary PAPR host bridge \
        with assigned devices takes its place.
        """,
      sources: [.document("QEMU, commit a716766889 of 2.12")],
      otherwise: "'spapr-pci-vfio-host-bridge' is not a valid device model name"
    ),
    RulePage(
      id: "viommu-single-x86",
      kind: .importing,
      severity: .error,
      summary: "a PC has one guest IOMMU at most",
      rationale:
        "Models exclude each other. The file has one 'viommu' a guest, so only imported arguments can have two.",
      sources: [
        .code(project: "QEMU 10.0", place: "hw/i386/pc.c: pc_machine_device_pre_plug_cb"),
        .code(project: "QEMU 10.0", place: "hw/i386/x86-iommu.c: x86_iommu_realize"),
      ],
      otherwise: "QEMU does not support multiple vIOMMUs for x86 yet."
    ),
  ]
}
