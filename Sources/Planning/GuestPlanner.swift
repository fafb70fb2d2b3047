import Diagnostics
import GuestSchema
import Resolution
import VFIOPlan
import VFIOTypes

/// Plans one guest.
struct GuestPlanner {
  let context: GuestContext
  var guest: ResolvedGuest { context.guest }

  init(_ context: GuestContext) { self.context = context }

  func plan() -> GuestPlan {
    GuestPlan(
      name: guest.name,
      machine: machine(),
      memory: memory(),
      viommu: guest.viommu.map(guestIOMMU),
      bridges: guest.bridges.map(bridge),
      ports: guest.ports.map(port),
      devices: guest.devices.map(device),
      groups: groups(),
      containers: guest.containers.map(container),
      lockedMemory: lockedMemory(),
      decisions: Decisions.decisions(in: context),
      steps: steps(),
      origin: context.origin
    )
  }

  // MARK: The machine

  private func machine() -> PlannedMachine {
    let written = guest.configuration
    return PlannedMachine(
      type: guest.machine,
      architecture: guest.architecture.value,
      hypervisor: guest.hypervisor.value,
      hypervisorVersion: guest.hypervisorVersion.value,
      accelerator: guest.accelerator.value,
      interruptChip: guest.interruptChip.value,
      rootBusBypassesIOMMU: guest.bridges.first?.bypassesIOMMU ?? false,
      pciHole64: written.pciHole64?.value.bytes,
      processors: written.cpu.count?.value ?? 1,
      processorModel: guest.processorModel.value,
      rawArguments: written.hypervisor.rawArguments.map(\.value),
      passesDescriptors: written.passDescriptors?.value ?? false
    )
  }

  private func memory() -> PlannedMemory {
    let written = guest.configuration.memory
    return PlannedMemory(
      size: guest.memory.size,
      maximum: guest.memory.maximum,
      slots: written.slots?.value ?? 0,
      hugePageSize: written.hugepages?.value.bytes,
      backing: guest.memory.backing.value,
      path: written.path?.value,
      isShared: written.share?.value ?? false,
      isPreallocated: written.preallocate?.value ?? false,
      nodes: guest.configuration.numa.sorted { $0.number.value < $1.number.value }.map { node in
        .init(
          number: node.number.value,
          size: node.memory?.value.bytes ?? 0,
          cpus: node.cpus?.value,
          hostNodes: node.hostNodes.map(\.value)
        )
      },
      ranges: guest.memory.ranges.map { range in
        .init(name: range.name, start: range.range.start, size: range.range.last - range.range.start + 1)
      }
    )
  }

  private func guestIOMMU(_ resolved: ResolvedGuestIOMMU) -> PlannedGuestIOMMU {
    let written = resolved.configuration
    var iommu = PlannedGuestIOMMU(
      model: guest.guestIOMMU,
      origin: context.origins.origin("\(guest.path).viommu", at: written.model?.range ?? written.range)
    )
    iommu.cachingMode = resolved.cachingMode?.value
    iommu.addressBits = resolved.addressBits?.value
    iommu.interruptRemapping = resolved.interruptRemapping?.value
    iommu.extendedInterruptMode = resolved.extendedInterruptMode?.value
    iommu.x2apicSupport = written.x2apicSupport?.value
    iommu.deviceIOTLB = written.deviceIOTLB?.value
    iommu.snoopControl = written.snoopControl?.value
    iommu.dmaDrain = written.dmaDrain?.value
    iommu.scalableMode = written.scalableMode?.value
    iommu.firstStage = written.firstStage?.value
    iommu.pasid = written.pasid?.value
    iommu.dmaTranslation = written.dmaTranslation?.value
    iommu.dmaRemap = written.dmaRemap?.value
    iommu.granule = written.granule?.value.rawValue
    iommu.bootBypass = written.bootBypass?.value
    iommu.slot = resolved.slot?.value
    iommu.properties = written.properties.map { .init(name: $0.name.value, value: $0.value.value) }
      .sorted { $0.name < $1.name }
    return iommu
  }

  private func lockedMemory() -> LockedMemory {
    let need = guest.lockedMemory
    var allowed: UInt64?
    if case .bytes(let bytes) = need.limit { allowed = bytes }
    return LockedMemory(
      parts: need.parts.map { .init(what: $0.what, bytes: $0.bytes) },
      allowed: allowed,
      isUnlimited: need.limit == .unlimited
    )
  }

  // MARK: Groups and containers

  private func groups() -> [PlannedGroup] {
    guest.groups.compactMap { group in
      let members = group.members.map(\.address)
      return members.first.map { PlannedGroup(name: $0, members: members) }
    }.sorted { $0.name < $1.name }
  }

  private func container(_ container: ResolvedContainer) -> PlannedContainer {
    PlannedContainer(
      name: container.name.value,
      model: container.model.value,
      use: container.use,
      bridge: container.addressSpace == .system
        ? nil : container.bridges.first.map { guest.bridges[$0].name },
      groups: container.groups.compactMap(context.groupName),
      ranges: container.ranges ?? [],
      windows: container.windows.map(PlannedWindow.init),
      origin: context.origin(of: container)
    )
  }

  // MARK: Steps

  private func steps() -> [PlannedStep] {
    var steps: [PlannedStep] = []
    let isIOMMUFD = guest.containers.contains { $0.model.value == .iommufd }
    if isIOMMUFD { steps += IOMMUFDSteps.opening(context) }
    for container in guest.containers {
      switch container.model.value {
      case .type1, .type1v2, .noIOMMU: steps += Type1Steps.steps(for: container, context)
      case .spaprTCE: steps += SPAPRSteps.stepsV1(for: container, context)
      case .spaprTCEv2: steps += SPAPRSteps.stepsV2(for: container, context)
      case .iommufd: steps += IOMMUFDSteps.steps(for: container, context)
      }
    }
    return steps
  }
}

extension PlannedWindow {
  init(_ window: ResolvedWindow) {
    let kind: Kind =
      switch window.kind {
      case .default: .default
      case .dynamic: .dynamic
      }
    self.init(
      kind: kind,
      start: window.start,
      size: window.size,
      pageSize: window.pageSize,
      levels: window.levels,
      tableBytes: window.tableBytes
    )
  }
}
