import Resolution
import VFIOPlan
import VFIOTypes

/// The order of a container of the host's sPAPR TCE driver.
///
/// Nothing of guest RAM is ever mapped here: the guest does that, TCE by TCE. Registering pins and accounts RAM so that
/// the guest's mappings are found in it, and maps nothing. Linux 6.12, drivers/vfio/vfio_iommu_spapr_tce.c.
enum SPAPRSteps {
  /// Version 1: one group, the host's own window, charged whole when it is enabled.
  static func stepsV1(for container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    let groups = context.groups(of: container)
    guard !groups.isEmpty else { return [] }
    let windows = container.windows.map(PlannedWindow.init)
    let origin = context.origin(of: container)
    let name = container.name.value
    var steps = attaching(groups, container, context)
    steps.append(
      PlannedStep(.readInformation(container: name, accepting: windows.compactMap(\.range)), from: origin)
    )
    steps.append(PlannedStep(.enable(container: name), from: origin))
    steps += proving(windows, container, context)
    return steps + closing(groups, container, context)
  }

  /// Version 2: RAM is registered, then the default window, which is only pending, is cancelled, and the windows are
  /// made in the order of their places: the first one made is the low one, the second the high one.
  ///
  /// Linux 6.12, arch/powerpc/platforms/powernv/pci-ioda.c: pnv_pci_ioda2_create_table places by slot.
  static func stepsV2(for container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    let groups = context.groups(of: container)
    guard !groups.isEmpty else { return [] }
    let windows = container.windows.map(PlannedWindow.init)
    let origin = context.origin(of: container)
    let name = container.name.value
    var steps = attaching(groups, container, context)
    steps.append(PlannedStep(.readInformation(container: name, accepting: []), from: origin))
    steps += context.guest.memory.ranges.map { range in
      PlannedStep(.registerMemory(container: name, memory: range.name), from: context.memoryOrigin)
    }
    steps.append(PlannedStep(.removeDefaultWindow(container: name), from: origin))
    steps += windows.map { window in
      PlannedStep(
        .createWindow(container: name, window: window),
        from: context.windowOrigin(of: container, window)
      )
    }
    steps += proving(windows, container, context)
    return steps + closing(groups, container, context)
  }

  /// The container, its first group, the model, then the groups that follow it there.
  private static func attaching(
    _ groups: [(name: PCIAddress, devices: [ResolvedDevice])],
    _ container: ResolvedContainer,
    _ context: GuestContext
  ) -> [PlannedStep] {
    let name = container.name.value
    var steps = [PlannedStep(.openContainer(name), from: context.origin(of: container))]
    for (position, group) in groups.enumerated() {
      let origin = context.origin(of: group, in: container)
      steps.append(PlannedStep(.openGroup(group.name), from: origin))
      steps.append(PlannedStep(.attachGroup(group.name, container: name), from: origin))
      guard position == 0 else { continue }
      steps.append(
        PlannedStep(
          .setIOMMU(container: name, model: container.model.value),
          from: context.modelOrigin(of: container)
        )
      )
    }
    return steps
  }

  /// A page of each window's own size at both its ends.
  private static func proving(
    _ windows: [PlannedWindow],
    _ container: ResolvedContainer,
    _ context: GuestContext
  ) -> [PlannedStep] {
    windows.flatMap { window in
      window.range.map {
        MappingSteps.proving(container, [$0], pageSize: window.pageSize, context)
      } ?? []
    }
  }

  private static func closing(
    _ groups: [(name: PCIAddress, devices: [ResolvedDevice])],
    _ container: ResolvedContainer,
    _ context: GuestContext
  ) -> [PlannedStep] {
    var steps = MappingSteps.openingDevices(of: groups, context)
    if container.enablesEEH?.value == true {
      steps.append(
        PlannedStep(.enableEEH(container: container.name.value), from: context.origin(of: container))
      )
    }
    return steps
  }
}
