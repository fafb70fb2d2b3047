import Resolution
import VFIOPlan
import VFIOTypes

/// The order of a container of the host's Type1 driver, and of one without an IOMMU.
///
/// The first group is attached before the model is set, and the model is set before anything is asked or mapped:
/// Linux 6.12, drivers/vfio/container.c: vfio_ioctl_set_iommu; drivers/vfio/vfio_iommu_type1.c. In map-all use RAM is
/// mapped before a further group is tried, as QEMU 10.0 does, hw/vfio/container.c: vfio_connect_container: a group that
/// cannot reach what is mapped is refused then, and gets a container of its own.
enum Type1Steps {
  static func steps(for container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    let groups = context.groups(of: container)
    guard let first = groups.first else { return [] }
    let others = groups.dropFirst()
    var steps = opening(container, context, first: first)
    switch container.use {
    case .mapAll:
      steps += MappingSteps.reading(container, context)
      steps += MappingSteps.mapping(container, context)
      steps += findingContainers(for: others, container, context)
    case .guestVisible:
      steps += attaching(others, container, context)
      steps += MappingSteps.reading(container, context)
    case .nested:
      steps += attaching(others, container, context)
      steps += MappingSteps.reading(container, context)
      steps += MappingSteps.mapping(container, context)
    }
    return steps + MappingSteps.openingDevices(of: groups, context)
  }

  private typealias Group = (name: PCIAddress, devices: [ResolvedDevice])

  /// The container with its first group and its model.
  private static func opening(_ container: ResolvedContainer, _ context: GuestContext, first: Group)
    -> [PlannedStep]
  {
    let name = container.name.value
    return [PlannedStep(.openContainer(name), from: context.origin(of: container))]
      + attaching([first], container, context) + [
        PlannedStep(
          .setIOMMU(container: name, model: container.model.value),
          from: context.modelOrigin(of: container)
        )
      ]
  }

  /// Groups that join this container and no other.
  private static func attaching(
    _ groups: some Sequence<Group>,
    _ container: ResolvedContainer,
    _ context: GuestContext
  )
    -> [PlannedStep]
  {
    groups.flatMap { group in
      let origin = context.origin(of: group, in: container)
      return [
        PlannedStep(.openGroup(group.name), from: origin),
        PlannedStep(.attachGroup(group.name, container: container.name.value), from: origin),
      ]
    }
  }

  /// Groups that join whichever container of map-all use takes them, a new one where none does.
  private static func findingContainers(
    for groups: some Sequence<Group>,
    _ container: ResolvedContainer,
    _ context: GuestContext
  ) -> [PlannedStep] {
    var taken = Set(context.guest.containers.map(\.name.value))
    var containers = [container.name.value]
    var steps: [PlannedStep] = []
    var number = 2
    for group in groups {
      while taken.contains("\(container.name.value)-\(number)") { number += 1 }
      let another = "\(container.name.value)-\(number)"
      let origin = context.origin(of: group, in: container)
      steps.append(PlannedStep(.openGroup(group.name), from: origin))
      steps.append(
        PlannedStep(
          .attachGroupToAccepting(group.name, containers: containers, another: another),
          from: origin
        )
      )
      taken.insert(another)
      containers.append(another)
    }
    return steps
  }
}
