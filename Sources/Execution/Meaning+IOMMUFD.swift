import VFIOCore

extension Meaning {
  /// Address spaces of iommufd and devices by their own nodes: drivers/iommu/iommufd, device_cdev.c.
  static let iommufd: [Meaning] = [
    // vfio_df_ioctl_bind_iommufd; iommufd_device_bind.
    Meaning(
      .deviceBindIOMMUFD,
      .ebusy,
      "another process has the device or its group open",
      "group-open-twice"
    ),
    Meaning(
      .deviceBindIOMMUFD,
      .eperm,
      "a member of the group is in the hands of a host driver, or interrupts are not remapped",
      "group-not-viable",
      "no-interrupt-remapping"
    ),
    Meaning(.deviceBindIOMMUFD, .einval, "the device is bound already", "device-used-twice"),
    // iommufd_device_attach; iopt_table_add_domain.
    Meaning(
      .deviceAttachIOMMUFDPT,
      .einval,
      "another device of the group is attached elsewhere, or no IOMMU domain serves this device with the others",
      "iommufd-group-same-hwpt"
    ),
    Meaning(
      .deviceAttachIOMMUFDPT,
      .eaddrinuse,
      "regions the device reserves meet bus addresses that are mapped or promised",
      "ram-overlaps-resv"
    ),
    // iopt_map_user_pages.
    Meaning(
      .ioasMap,
      .enomem,
      "the limit of locked memory is reached, or the host is out of memory",
      "memlock-too-low"
    ),
    Meaning(.ioasMap, .eexist, "something is mapped there already"),
    Meaning(
      .ioasMap,
      .einval,
      "the bus addresses are outside what the attached devices leave, or no multiple of the alignment",
      "ram-outside-aperture",
      "map-alignment"
    ),
    Meaning(.ioasMap, .efault, "the memory cannot be pinned", "backend-disk-file"),
    Meaning(.ioasMap, .enospc, "no bus address is left", "ram-outside-aperture"),
    Meaning(.ioasUnmap, .enoent, "nothing is mapped there, or a mapping would be cut"),
    Meaning(.iommuDestroy, .ebusy, "a device is still attached, or a page table still made of it"),
  ]
}
