import Resolution
import VFIOPlan
import VFIOTypes

/// The order of an IOAS: devices are bound to the one `/dev/iommu` of the guest, then attached, then it is asked and
/// mapped.
///
/// Linux 6.12, drivers/vfio/device_cdev.c: vfio_df_ioctl_bind_iommufd before anything else is answered; the ranges of
/// an IOAS are those of the devices that are attached: drivers/iommu/iommufd/io_pagetable.c.
enum IOMMUFDSteps {
  /// The name of the guest's `/dev/iommu`.
  static let name = "iommufd"

  static func opening(_ context: GuestContext) -> [PlannedStep] {
    let container = context.guest.containers.first { $0.model.value == .iommufd }
    return [
      PlannedStep(.openIOMMUFD(name), from: container.map { context.modelOrigin(of: $0) } ?? context.origin)
    ]
  }

  static func steps(for container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    let devices = container.devices.compactMap { index in
      let device = context.guest.devices[index]
      return device.hostAddress.map { (address: $0, origin: context.origin(of: device)) }
    }
    guard !devices.isEmpty else { return [] }
    let ioas = container.name.value
    let origin = context.origin(of: container)
    let ranges = MappingSteps.accepting(container, context)
    var steps = devices.map { PlannedStep(.bindDevice($0.address, iommufd: name), from: $0.origin) }
    steps.append(PlannedStep(.allocateIOAS(container: ioas, iommufd: name), from: origin))
    steps += devices.map { PlannedStep(.attachDevice($0.address, container: ioas), from: $0.origin) }
    steps.append(PlannedStep(.readRanges(container: ioas, accepting: ranges), from: origin))
    steps += MappingSteps.proving(container, ranges, pageSize: container.pageSize, context)
    switch container.use {
    case .mapAll, .nested: steps += MappingSteps.mapping(container, context)
    case .guestVisible: break
    }
    return steps + devices.map { PlannedStep(.readDevice($0.address), from: $0.origin) }
  }
}
