import VFIOCore

extension Meaning {
  /// Containers of POWER hosts: vfio_iommu_spapr_tce.c, and below it iommu_api.c, pci-ioda.c (powernv) and pseries/iommu.c.
  static let spapr: [Meaning] = [
    // tce_iommu_attach_group; iommu.c: spapr_tce_platform_iommu_attach_dev.
    Meaning(
      .groupSetContainer,
      .eperm,
      on: .spapr,
      "a member of the group is in the hands of a host driver, or the container is of a pseries host and has a group",
      "papr-group-viable",
      "papr-multi-group-pseries"
    ),
    Meaning(
      .groupSetContainer,
      .einval,
      on: .spapr,
      "the group has a container already, or has no windows of its own beside a container of version 2",
      "group-one-container",
      "papr-v1-only-host"
    ),
    Meaning(
      .groupSetContainer,
      .ebusy,
      on: .spapr,
      "a container of version 1 takes one group",
      "papr-multi-group-v1"
    ),
    Meaning(
      .groupSetContainer,
      .enodev,
      on: .spapr,
      "the group is behind no host bridge that VFIO knows",
      "papr-host-bind-broken"
    ),
    Meaning(
      .setIOMMU,
      .einval,
      on: .spapr,
      "no group is attached, a model is set already, or the host has neither version",
      "papr-v1-only-host"
    ),
    Meaning(
      .setIOMMU,
      .ebusy,
      on: .spapr,
      "version 1 takes one group, and several were attached",
      "papr-multi-group-v1"
    ),
    // tce_iommu_enable.
    Meaning(
      .iommuEnable,
      .enomem,
      "the limit of locked memory is below the 32-bit window, all of which is charged",
      "papr-memlock-v1"
    ),
    Meaning(.iommuEnable, .eperm, "the host has no 32-bit window here", "papr-v2-first"),
    Meaning(.iommuEnable, .ebusy, "the container is enabled already"),
    // tce_iommu_register_pages; mm_iommu_do_alloc.
    Meaning(
      .iommuSPAPRRegisterMemory,
      .enomem,
      "the limit of locked memory is reached, or the host is out of memory",
      "papr-memlock-v2"
    ),
    Meaning(
      .iommuSPAPRRegisterMemory,
      .einval,
      "the range is no multiple of the host's pages, or overlaps one that is registered",
      "papr-prereg-alignment",
      "papr-prereg-ranges-equal"
    ),
    Meaning(
      .iommuSPAPRRegisterMemory,
      .ebusy,
      "the container has this very range already",
      "papr-prereg-ranges-equal"
    ),
    Meaning(.iommuSPAPRRegisterMemory, .efault, "the memory cannot be pinned", "backend-disk-file"),
    Meaning(
      .iommuSPAPRRegisterMemory,
      .eperm,
      "the container belongs to the process that used it first",
      "papr-same-process"
    ),
    // tce_iommu_create_window.
    Meaning(
      .iommuSPAPRTCECreate,
      .einval,
      "the host makes no window of this page size, size or number of levels",
      "papr-ddw-page-size",
      "papr-pseries-single-level"
    ),
    Meaning(.iommuSPAPRTCECreate, .enospc, "both places for windows are taken", "papr-two-windows"),
    Meaning(
      .iommuSPAPRTCECreate,
      .enomem,
      "the limit of locked memory is reached, or the host has no room for the table in one piece",
      "papr-memlock-late",
      "papr-memlock-leak"
    ),
    Meaning(
      .iommuSPAPRTCECreate,
      .eperm,
      "the host makes no such window beside those that are there",
      "papr-creation-order"
    ),
    Meaning(
      .iommuSPAPRTCECreate,
      .enodev,
      "the firmware makes no window for this device, or one failed since the machine started",
      "papr-no-retry-after-ddw-failure"
    ),
    Meaning(.iommuSPAPRTCERemove, .einval, "no window is there"),
    // tce_iommu_build, tce_iommu_build_v2.
    Meaning(
      .iommuMapDMA,
      .eperm,
      on: .spapr,
      "no memory is registered, or the container is not enabled",
      "papr-prereg-is-not-mapping"
    ),
    Meaning(
      .iommuMapDMA,
      .einval,
      on: .spapr,
      "the memory is not registered, or its pages are smaller than the window's",
      "papr-iommu-page-vs-ram",
      "papr-prereg-is-not-mapping"
    ),
    Meaning(.iommuMapDMA, .enxio, on: .spapr, "the bus address is in no window", "papr-map-inside-window"),
    Meaning(
      .iommuMapDMA,
      .enomem,
      on: .spapr,
      "the limit of locked memory leaves no room for the window's table, which the first map makes",
      "papr-memlock-late"
    ),
    Meaning(
      .iommuMapDMA,
      .eintr,
      on: .spapr,
      "the firmware refused the bus address, which reads as an interruption and must not be tried again",
      "papr-map-inside-window"
    ),
    Meaning(.eehPEOp, .enodev, "errors of this device cannot be handled on this host", "papr-eeh-one-group"),
  ]
}
