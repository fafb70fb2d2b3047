public import VFIOCore
public import VFIOTypes

extension AppliedPlan {
  /// Carries out one step.
  @inlinable
  mutating func carryOut(
    _ operation: StepProgram.Operation,
    in kernel: inout some Kernel & ~Copyable,
    groupNumber: (PCIAddress) -> IOMMUGroupID?
  ) throws(StepFailure) {
    switch operation {
    case .openContainer(let container): try openContainer(container, in: &kernel)
    case .openGroup(let group): try openGroup(group, in: &kernel, groupNumber: groupNumber)
    case .attachGroup(let group, let container): try attach(group, to: container, in: &kernel)
    case .attachGroupToAccepting(let choice):
      try attach(program.accepting[Int(choice)], in: &kernel)
    case .setIOMMU(let container, let model): try setIOMMU(model, of: container, in: &kernel)
    case .readInformation(let container, let ranges):
      try readInformation(of: container, accepting: program.ranges[Int(ranges)], in: &kernel)
    case .openDevice(let device): try openDevice(device, in: &kernel)
    case .proveMapping(let proof): try proveMapping(proof, in: &kernel)
    case .readDevice(let device): try readDevice(device, in: &kernel)
    case .skip: break
    }
  }

  // MARK: Containers

  @usableFromInline
  mutating func openContainer(
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    do throws(KernelError) {
      let key = table.insert(try kernel.open(.container))
      containers[Int(container)].key = key
      deeds.append(.container(container))
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.checkVersion(of: descriptor)
      }
    } catch { throw .kernel(error.on("container '\(program.containers[Int(container)])'")) }
  }

  @usableFromInline
  mutating func setIOMMU(
    _ model: IOMMUModel,
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    try withContainer(container) { (descriptor, _) throws(KernelError) in
      _ = try kernel.perform(.setIOMMU(model), on: descriptor)
    }
    containers[Int(container)].space.model = model
  }

  @usableFromInline
  mutating func readInformation(
    of container: Int32,
    accepting: [IOVARange],
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    containers[Int(container)].accepting = accepting
    try compareRanges(of: container, in: &kernel)
  }

  /// Reads what a container offers and requires that the plan's ranges lie in it.
  private mutating func compareRanges(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let information = try withContainer(container) { (descriptor, space) throws(KernelError) in
      let information = try kernel.information(of: descriptor)
      space.information = information
      return information
    }
    // A kernel that does not say its ranges is asked by mapping alone.
    guard let offered = information.ranges else { return }
    for range in containers[Int(container)].accepting
    where !offered.contains(where: { $0.contains(range) }) {
      throw .ranges(container: program.containers[Int(container)], missing: range, offered: offered)
    }
  }

  @usableFromInline
  mutating func proveMapping(
    _ proof: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let proof = program.proofs[Int(proof)]
    containers[Int(proof.container)].proofs.append((proof.address, proof.pageSize))
    try prove(proof.container, address: proof.address, size: proof.pageSize, in: &kernel)
  }

  /// Maps and unmaps a page.
  private mutating func prove(
    _ container: Int32,
    address: UInt64,
    size: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    do throws(KernelError) {
      if memory == nil { memory = try kernel.allocate(program.memorySize) }
    } catch { throw .kernel(error.on("memory")) }
    guard let start = memory?.address, let range = IOVARange(iova: address, size: size) else {
      throw .kernel(KernelError(.iommuMapDMA, .range(size == 0 ? .empty : .wraps)))
    }
    let mapping = DMAMapping(iova: address, size: size, address: start)
    try withContainer(container, at: range) { (descriptor, space) throws(KernelError) in
      try space.map(mapping, on: descriptor, in: &kernel)
    }
    deeds.append(.mapped(container))
    try withContainer(container, at: range) { (descriptor, space) throws(KernelError) in
      try space.unmap(iova: address, size: size, on: descriptor, in: &kernel)
    }
    _ = deeds.popLast()
  }

  /// Lends a container with its bus address space.
  private mutating func withContainer<Result>(
    _ container: Int32,
    at range: IOVARange? = nil,
    _ body: (borrowing Descriptor, inout BusAddressSpace) throws(KernelError) -> Result
  ) throws(StepFailure) -> Result {
    guard let key = containers[Int(container)].key else {
      throw .notOpen("container '\(program.containers[Int(container)])'")
    }
    var space = containers[Int(container)].space
    do throws(KernelError) {
      let result = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try body(descriptor, &space)
      }
      containers[Int(container)].space = space
      return result
    } catch {
      containers[Int(container)].space = space
      let place = range.map { " at \($0)" } ?? ""
      throw .kernel(error.on("container '\(program.containers[Int(container)])'\(place)"))
    }
  }

  // MARK: Groups

  @inlinable
  mutating func openGroup(
    _ group: Int32,
    in kernel: inout some Kernel & ~Copyable,
    groupNumber: (PCIAddress) -> IOMMUGroupID?
  ) throws(StepFailure) {
    guard let id = groupNumber(program.groups[Int(group)]) else {
      throw .noGroup(program.groups[Int(group)])
    }
    groups[Int(group)].id = id
    do throws(KernelError) {
      let key = table.insert(try kernel.open(.group(id)))
      groups[Int(group)].key = key
      deeds.append(.group(group))
      let status = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.status(of: descriptor)
      }
      // Not refused here: attaching is what the kernel refuses, with a number of its own, and a driver can come in between.
      groups[Int(group)].isViable = status.contains(.viable)
    } catch { throw .kernel(error.on(subject(ofGroup: group))) }
  }

  @inlinable
  mutating func attach(
    _ group: Int32,
    to container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    do throws(KernelError) {
      try attach(group, trying: container, in: &kernel)
    } catch {
      let viable = groups[Int(group)].isViable
      throw .attach(
        error.on(subject(ofGroup: group)),
        container: program.containers[Int(container)],
        isViable: viable
      )
    }
  }

  @inlinable
  mutating func attach(
    _ group: Int32,
    trying container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let key = groups[Int(group)].key, let target = containers[Int(container)].key else {
      throw KernelError(.groupSetContainer, .system(.ebadf))
    }
    let number = table.number(of: target)
    try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
      _ = try kernel.perform(.groupSetContainer(number), on: descriptor)
    }
    containers[Int(container)].space.groupJoined()
    deeds.append(.attached(group))
  }

  /// Attaches a map-all group to the first container that takes it, else to one of its own with the same model, ranges and proofs.
  ///
  /// Refusals that another container can answer differently: Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
  @usableFromInline
  mutating func attach(
    _ choice: StepProgram.Accepting,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    for container in choice.containers where containers[Int(container)].key != nil {
      if try isTaken(choice.group, by: container, in: &kernel) { return }
    }
    guard let pattern = choice.containers.first.map({ containers[Int($0)] }), let model = pattern.space.model
    else {
      throw .notOpen("the container whose model is taken")
    }
    let own = choice.another
    guard containers[Int(own)].key == nil else {
      throw .notOpen("a container that takes \(subject(ofGroup: choice.group))")
    }
    try openContainer(own, in: &kernel)
    try attach(choice.group, to: own, in: &kernel)
    try setIOMMU(model, of: own, in: &kernel)
    containers[Int(own)].accepting = pattern.accepting
    containers[Int(own)].proofs = pattern.proofs
    try compareRanges(of: own, in: &kernel)
    for proof in pattern.proofs {
      try prove(own, address: proof.address, size: proof.size, in: &kernel)
    }
  }

  /// Attaches a map-all group to a container, unless that refuses it in a way another may not, or no longer has the ranges it must.
  ///
  /// With guest RAM mapped the kernel would itself refuse a group that narrows them; here nothing is mapped, so the group is taken
  /// out again.
  private mutating func isTaken(
    _ group: Int32,
    by container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> Bool {
    if let failure = refusal(of: group, by: container, in: &kernel) {
      guard failure.isAnotherWorthTrying else { throw failure }
      return false
    }
    if let failure = lack(of: container, in: &kernel) {
      guard failure.isAnotherWorthTrying else { throw failure }
      try detach(group, from: container, in: &kernel)
      return false
    }
    return true
  }

  private mutating func refusal(
    of group: Int32,
    by container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) -> StepFailure? {
    do throws(StepFailure) {
      try attach(group, to: container, in: &kernel)
      return nil
    } catch { return error }
  }

  private mutating func lack(of container: Int32, in kernel: inout some Kernel & ~Copyable) -> StepFailure? {
    do throws(StepFailure) {
      try compareRanges(of: container, in: &kernel)
      return nil
    } catch { return error }
  }

  /// Takes back the attaching that was done last.
  private mutating func detach(
    _ group: Int32,
    from container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let key = groups[Int(group)].key else { return }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        _ = try kernel.perform(.groupUnsetContainer, on: descriptor)
      }
    } catch { throw .kernel(error.on(subject(ofGroup: group))) }
    _ = deeds.popLast()
    containers[Int(container)].space.groupLeft()
  }

  // MARK: Devices

  @inlinable
  mutating func openDevice(
    _ device: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let group = program.devices[Int(device)].group
    guard let key = groups[Int(group)].key else { throw .notOpen(subject(ofGroup: group)) }
    do throws(KernelError) {
      let opened = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.openDevice(
          program.devices[Int(device)].address,
          vfToken: program.vfTokens.isEmpty ? nil : program.vfTokens[device],
          of: descriptor
        )
      }
      devices[Int(device)] = table.insert(opened)
      deeds.append(.device(device))
    } catch { throw .kernel(error.on("\(program.devices[Int(device)].address)")) }
  }

  @inlinable
  mutating func readDevice(
    _ device: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let key = devices[Int(device)] else {
      throw .notOpen("\(program.devices[Int(device)].address)")
    }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        let info = try kernel.information(ofDevice: descriptor)
        // A PCI function has nine regions and some of its driver; a number from outside is no reason to ask for ever.
        guard info.regions <= 256, info.irqs <= 256 else {
          throw KernelError(
            .deviceGetInfo,
            .malformed("\(info.regions) regions and \(info.irqs) kinds of interrupts")
          )
        }
        for index in 0..<info.regions { _ = try kernel.region(index, of: descriptor) }
        for index in 0..<info.irqs { _ = try kernel.irq(index, of: descriptor) }
      }
    } catch { throw .kernel(error.on("\(program.devices[Int(device)].address)")) }
  }
}
