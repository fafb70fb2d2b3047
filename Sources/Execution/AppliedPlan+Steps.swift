public import VFIOCore
import VFIOTypes

extension AppliedPlan {
  /// Carries out one step.
  @inlinable
  mutating func carryOut(
    _ operation: StepProgram.Operation,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(StepFailure) {
    switch operation {
    case .openContainer(let container): try openContainer(container, in: &kernel)
    case .openGroup(let group): try openGroup(group, in: &kernel, numbers: numbers)
    case .attachGroup(let pair):
      let pair = program.pairs[Int(pair)]
      try attach(pair.first, to: pair.second, in: &kernel)
    case .attachGroupToAccepting(let choice):
      try attach(program.accepting[Int(choice)], in: &kernel)
    case .setIOMMU(let container, let model): try setIOMMU(model, of: container, in: &kernel)
    case .readInformation(let requirement):
      let required = program.requirements[Int(requirement)]
      try readInformation(of: required.container, accepting: required.ranges, in: &kernel)
    case .openDevice(let device): try openDevice(device, in: &kernel)
    case .proveMapping(let proof): try proveMapping(proof, in: &kernel)
    case .readDevice(let device): try readDevice(device, in: &kernel)
    case .mapMemory, .enable, .registerMemory, .removeDefaultWindow, .createWindow, .enableEEH, .openIOMMUFD,
      .allocateIOAS, .bindDevice, .attachDevice:
      try carryOutRarer(operation, in: &kernel, numbers: numbers)
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
    } catch { throw .kernel(error.on(subject(ofContainer: container))) }
  }

  // MARK: Groups

  @inlinable
  mutating func openGroup(
    _ group: Int32,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(StepFailure) {
    guard let id = numbers.group(program.groups.addresses[Int(group)]) else {
      throw .noGroup(program.groups.addresses[Int(group)])
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

  /// Carries out what few plans have many of: apart, so that what all have is compiled for each kernel.
  @usableFromInline
  mutating func carryOutRarer(
    _ operation: StepProgram.Operation,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(StepFailure) {
    switch operation {
    case .mapMemory(let mapping): try mapRAM(mapping, in: &kernel)
    case .enable(let container): try enable(container, in: &kernel)
    case .registerMemory(let pair):
      let pair = program.pairs[Int(pair)]
      try register(pair.second, in: pair.first, &kernel)
    case .removeDefaultWindow(let container): try removeDefaultWindow(of: container, in: &kernel)
    case .createWindow(let window): try create(program.windows[Int(window)], in: &kernel)
    case .enableEEH(let container): try enableEEH(of: container, in: &kernel)
    case .openIOMMUFD(let iommufd): try openIOMMUFD(iommufd, in: &kernel)
    case .allocateIOAS(let pair):
      let pair = program.pairs[Int(pair)]
      try allocateIOAS(pair.first, of: pair.second, in: &kernel)
    case .bindDevice(let pair):
      let pair = program.pairs[Int(pair)]
      try bind(pair.first, to: pair.second, in: &kernel, numbers: numbers)
    case .attachDevice(let pair):
      let pair = program.pairs[Int(pair)]
      try attach(device: pair.first, to: pair.second, in: &kernel)
    case .openContainer, .openGroup, .attachGroup, .attachGroupToAccepting, .setIOMMU, .readInformation,
      .openDevice, .proveMapping, .readDevice, .skip:
      try carryOut(operation, in: &kernel, numbers: numbers)
    }
  }

  // MARK: Devices

  @inlinable
  mutating func openDevice(
    _ device: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let group = program.deviceGroups[Int(device)]
    guard let key = groups[Int(group)].key else { throw .notOpen(subject(ofGroup: group)) }
    do throws(KernelError) {
      let opened = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.openDevice(
          program.devices.addresses[Int(device)],
          vfToken: program.vfTokens.isEmpty ? nil : program.vfTokens[device],
          of: descriptor
        )
      }
      devices[Int(device)] = table.insert(opened)
      deeds.append(.device(device))
    } catch { throw .kernel(error.on("\(program.devices.addresses[Int(device)])")) }
  }

  @inlinable
  mutating func readDevice(
    _ device: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let key = devices[Int(device)] else {
      throw .notOpen("\(program.devices.addresses[Int(device)])")
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
    } catch { throw .kernel(error.on("\(program.devices.addresses[Int(device)])")) }
  }
}
