package import VFIOTypes

/// One thing the VFIO core does.
///
/// Containers, groups and devices go by their names in the plan: descriptors and group numbers are looked up when the step is carried out.
///
/// The order for each model: Linux 6.12 Documentation/driver-api/vfio.rst, drivers/vfio/{container,group}.c,
/// drivers/vfio/vfio_iommu_spapr_tce.c, drivers/iommu/iommufd.
package enum Step: Hashable, Sendable {
  // Groups and containers.

  /// Opens `/dev/vfio/vfio` under a name and checks the interface version.
  case openContainer(String)
  /// Opens `/dev/vfio/<number>` of the group and reads whether it is viable; one that is not is refused by the kernel
  /// when it is attached, and that refusal is the finding.
  case openGroup(PCIAddress)
  /// Attaches a group to this container or fails the plan.
  case attachGroup(PCIAddress, container: String)
  /// Map-all only: attaches a group to the first of these containers that accepts it, else to a new one of this name,
  /// which is given the IOMMU model and the mappings of the first.
  ///
  /// A container of the list that was not needed before does not exist and accepts nothing.
  case attachGroupToAccepting(PCIAddress, containers: [String], another: String)
  /// `VFIO_SET_IOMMU`; on sPAPR a refusal of v2 is answered by v1, since trying is the only way to know.
  case setIOMMU(container: String, model: IOMMUModel)
  /// Reads what the container offers and compares it with the ranges it must accept; none where nothing is known.
  case readInformation(container: String, accepting: [IOVARange])
  /// `VFIO_GROUP_GET_DEVICE_FD`, with the VF token where one is written.
  case openDevice(PCIAddress, group: PCIAddress, vfToken: String?)

  // sPAPR.

  /// v1: charges the whole 32-bit window.
  case enable(container: String)
  /// v2: pins and accounts a RAM range of the guest; maps nothing.
  case registerMemory(container: String, memory: String)
  /// v2: cancels the pending default window.
  case removeDefaultWindow(container: String)
  /// v2: makes a window, whose start the host chooses, by the order of creation, and this step requires.
  case createWindow(container: String, window: PlannedWindow)
  case enableEEH(container: String)

  // iommufd.

  /// Opens `/dev/iommu` under a name.
  case openIOMMUFD(String)
  /// Makes the IOAS that is a container of this name.
  case allocateIOAS(container: String, iommufd: String)
  /// Opens the cdev of a device and binds it.
  case bindDevice(PCIAddress, iommufd: String)
  /// Attaches a bound device to an IOAS.
  case attachDevice(PCIAddress, container: String)
  /// Reads the ranges of an IOAS and compares them with those it must accept.
  case readRanges(container: String, accepting: [IOVARange])

  // Mapping.

  /// Maps a RAM range at its guest physical address; carried out by the level `hold`.
  case mapMemory(container: String, memory: String, range: IOVARange)
  /// Maps and unmaps one page at a bus address; carried out by the level `prove`.
  case proveMapping(container: String, address: UInt64, pageSize: UInt64)

  // Devices.

  /// Reads what an open device is and offers.
  case readDevice(PCIAddress)
}

/// A step and what it follows from.
package struct PlannedStep: Hashable, Sendable {
  package var step: Step
  package var origin: Origin

  package init(_ step: Step, from origin: Origin) {
    self.step = step
    self.origin = origin
  }
}
