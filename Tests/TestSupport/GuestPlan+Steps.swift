package import VFIOPlan
import VFIOTypes

extension GuestPlan {
  /// A guest of which only the steps matter.
  package init(name: String, steps: [PlannedStep]) {
    self.init(
      name: name,
      machine: PlannedMachine(
        type: MachineType("q35"),
        architecture: .x86,
        hypervisor: .qemu,
        hypervisorVersion: Version(10, 0),
        accelerator: .kvm,
        interruptChip: nil,
        rootBusBypassesIOMMU: false,
        pciHole64: nil,
        processors: 1,
        processorModel: "host",
        rawArguments: [],
        passesDescriptors: false
      ),
      memory: PlannedMemory(
        size: 1 << 30,
        maximum: 1 << 30,
        slots: 0,
        hugePageSize: nil,
        backing: .anonymous,
        path: nil,
        isShared: false,
        isPreallocated: false,
        nodes: [],
        ranges: []
      ),
      viommu: nil,
      bridges: [],
      ports: [],
      devices: [],
      groups: [],
      containers: [],
      lockedMemory: LockedMemory(parts: [], allowed: nil, isUnlimited: false),
      decisions: [],
      steps: steps,
      origin: Origin(path: "guests.\(name)", line: 1, column: 1, length: 2)
    )
  }
}
