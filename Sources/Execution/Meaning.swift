import VFIOCore
import VFIOTypes

/// What an error number of a call means, and the rules that say more.
///
/// Source: Linux 6.12, the functions each row names.
struct Meaning: Sendable {
  /// Whose answer it is, where models answer with one number for different reasons.
  enum Side: Sendable {
    case every
    case type1
    case spapr
  }

  var side: Side
  var call: Call
  var errno: ErrorNumber
  /// One clause, lower case, no full stop.
  var sentence: String
  var rules: [String]

  /// The meaning of an error number of a call; nil where it says nothing but itself.
  static func of(_ call: Call, _ errno: ErrorNumber, on model: IOMMUModel?) -> Meaning? {
    let side: Side = model == .spaprTCE || model == .spaprTCEv2 ? .spapr : .type1
    return table.first { $0.call == call && $0.errno == errno && ($0.side == .every || $0.side == side) }
  }

  init(
    _ call: Call,
    _ errno: ErrorNumber,
    on side: Side = .every,
    _ sentence: String,
    _ rules: String...
  ) {
    self.side = side
    self.call = call
    self.errno = errno
    self.sentence = sentence
    self.rules = rules
  }

  static let table = groups + spapr + iommufd

  /// Groups, containers of Type1 and devices.
  private static let groups: [Meaning] = [
    // fs/open.c, group.c: vfio_group_fops_open.
    Meaning(
      .open,
      .enoent,
      "the node is not there: the module vfio is not loaded, or no member of the group is bound to a VFIO driver",
      "modules-missing",
      "driver-not-vfio"
    ),
    Meaning(.open, .eacces, "the node is not this user's to open", "group-node-permission"),
    Meaning(
      .open,
      .eperm,
      "opening it is not permitted: a group without IOMMU needs CAP_SYS_RAWIO",
      "noiommu-rawio"
    ),
    Meaning(
      .open,
      .ebusy,
      "another process has the group open, or a device of it by its own node",
      "group-open-twice"
    ),
    Meaning(.open, .enodev, "the group lost its last device to another driver", "driver-not-vfio"),
    Meaning(.open, .emfile, "the process has as many files open as it may", "msi-limit-kvm"),
    // group.c: vfio_group_ioctl_set_container; iommu.c: iommu_group_claim_dma_owner.
    Meaning(
      .groupSetContainer,
      .eperm,
      on: .type1,
      "a member of the group is in the hands of a host driver, or the group has another owner",
      "group-not-viable"
    ),
    Meaning(
      .groupSetContainer,
      .einval,
      on: .type1,
      "the group has a container already, its reserved regions meet mappings, or firmware wants a 1:1 map of a member",
      "group-one-container",
      "resv-direct-blocks"
    ),
    Meaning(
      .groupSetContainer,
      .ebusy,
      on: .type1,
      "something else uses the group's IOMMU domain",
      "dma-owner-elsewhere"
    ),
    Meaning(.groupSetContainer, .enodev, on: .type1, "the group lost its last device", "driver-not-vfio"),
    Meaning(.groupGetStatus, .enodev, "the group lost its last device", "driver-not-vfio"),
    Meaning(.groupUnsetContainer, .ebusy, "a device of the group is still open"),
    // container.c: vfio_ioctl_set_iommu; vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
    Meaning(
      .setIOMMU,
      .eperm,
      "interrupts are not remapped, so a device could raise any interrupt of the host",
      "no-interrupt-remapping"
    ),
    Meaning(.setIOMMU, .enodev, "the module of the model is not loaded", "modules-missing"),
    Meaning(
      .setIOMMU,
      .einval,
      on: .type1,
      "no group is attached, or a model is set already",
      "set-iommu-before-map"
    ),
    Meaning(.iommuGetInfo, .einval, "no IOMMU model is set", "set-iommu-before-map"),
    // vfio_iommu_type1.c: vfio_dma_do_map.
    Meaning(
      .iommuMapDMA,
      .einval,
      on: .type1,
      "the bus addresses are outside what the host accepts, or no multiple of its pages",
      "ram-outside-aperture",
      "map-alignment"
    ),
    Meaning(
      .iommuMapDMA,
      .enomem,
      on: .type1,
      "the limit of locked memory is reached, or the host is out of memory",
      "memlock-too-low"
    ),
    Meaning(.iommuMapDMA, .enospc, "the container takes no more mappings", "dma-entry-limit"),
    Meaning(.iommuMapDMA, .efault, "the memory cannot be pinned", "backend-disk-file"),
    Meaning(.iommuMapDMA, .eexist, "something is mapped there already"),
    Meaning(.iommuUnmapDMA, .einval, on: .type1, "a mapping would be cut in two", "v2-unmap-no-bisect"),
    // group.c: vfio_group_ioctl_get_device_fd; vfio_pci_core.c: vfio_pci_validate_vf_token.
    Meaning(
      .groupGetDeviceFD,
      .enodev,
      "the device is not bound to a VFIO driver, or is of another group",
      "driver-not-vfio"
    ),
    Meaning(.groupGetDeviceFD, .einval, "the container has no IOMMU model, or the VF token is not wanted"),
    Meaning(.groupGetDeviceFD, .eacces, "the VF token is missing or wrong", "vf-token-missing"),
    Meaning(.groupGetDeviceFD, .ebusy, "another process has the device open", "device-used-twice"),
    Meaning(.deviceReset, .einval, "no method of the host resets this function alone", "no-reset-method"),
    Meaning(.mmap, .enomem, "the host is out of memory", "host-ram-must-fit"),
  ]
}
