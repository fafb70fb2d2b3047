import VFIOCore
import VFIOTypes

/// An IOAS with what is known of it.
struct IOASState: Sendable {
  var iommufd: Int32
  var id: ObjectID
}

/// IOASes of iommufd, and devices by their own nodes.
extension AppliedPlan {
  mutating func openIOMMUFD(_ iommufd: Int32, in kernel: inout some Kernel & ~Copyable) throws(StepFailure) {
    do throws(KernelError) {
      iommufds[Int(iommufd)] = table.insert(try kernel.open(.iommufd))
      deeds.append(.iommufd(iommufd))
    } catch { throw .kernel(error.on("/dev/iommu")) }
  }

  mutating func allocateIOAS(
    _ container: Int32,
    of iommufd: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let key = iommufds[Int(iommufd)] else {
      throw .notOpen("iommufd '\(program.iommufds[Int(iommufd)])'")
    }
    do throws(KernelError) {
      let id = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.makeIOAS(of: descriptor)
      }
      containers[Int(container)].ioas = IOASState(iommufd: iommufd, id: id)
      containers[Int(container)].space = .ofIOAS()
      deeds.append(.ioas(container))
    } catch { throw .kernel(error.on(subject(ofContainer: container))) }
  }

  mutating func destroyIOAS(
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let ioas = containers[Int(container)].ioas.take() else { return }
    try onIOAS(ioas, container) { (descriptor) throws(KernelError) in
      try kernel.destroy(ioas.id, of: descriptor)
    }
  }

  mutating func bind(
    _ device: Int32,
    to iommufd: Int32,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(StepFailure) {
    let address = program.devices.addresses[Int(device)]
    guard let key = iommufds[Int(iommufd)] else {
      throw .notOpen("iommufd '\(program.iommufds[Int(iommufd)])'")
    }
    guard let node = numbers.deviceNode(address) else { throw .noNode(address) }
    let number = table.number(of: key)
    do throws(KernelError) {
      let opened = table.insert(try kernel.open(.deviceNode(node)))
      devices[Int(device)] = opened
      deeds.append(.device(device))
      _ = try table.withDescriptor(for: opened) { (descriptor) throws(KernelError) in
        try kernel.bind(descriptor, to: number)
      }
    } catch { throw .kernel(error.on("\(address)")) }
  }

  mutating func attach(
    device: Int32,
    to container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let address = program.devices.addresses[Int(device)]
    guard let key = devices[Int(device)] else { throw .notOpen("\(address)") }
    guard let ioas = containers[Int(container)].ioas else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      _ = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.attach(descriptor, to: ioas.id)
      }
      containers[Int(container)].space.devicesChanged()
      deeds.append(.attachedDevice(device))
    } catch {
      throw .attach(error.on("\(address)"), container: program.containers[Int(container)], isViable: true)
    }
  }

  mutating func detach(_ device: Int32, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    guard let key = devices[Int(device)] else { return }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.detach(descriptor)
      }
    } catch { throw error.on("\(program.devices.addresses[Int(device)])") }
  }

  mutating func readRanges(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> [IOVARange]? {
    guard let ioas = containers[Int(container)].ioas else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      let information = try onIOAS(ioas, container) { (descriptor) throws(KernelError) in
        try kernel.information(ofIOAS: ioas.id, of: descriptor)
      }
      containers[Int(container)].space.information = information
      return information?.ranges
    } catch { throw .kernel(error) }
  }

  mutating func mapInIOAS(
    _ mapping: DMAMapping,
    _ range: IOVARange,
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let ioas = containers[Int(container)].ioas, let key = iommufds[Int(ioas.iommufd)] else {
      throw .notOpen(subject(ofContainer: container))
    }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try containers[Int(container)].space.map(mapping, ioas: ioas.id, on: descriptor, in: &kernel)
      }
    } catch { throw .kernel(error.on("\(subject(ofContainer: container)) at \(range)")) }
  }

  mutating func unmapInIOAS(
    _ range: IOVARange,
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    // An unmap that was refused left it; one that was answered strangely did not.
    guard let ioas = containers[Int(container)].ioas, let key = iommufds[Int(ioas.iommufd)],
      containers[Int(container)].space.mappings.first(overlapping: range) != nil
    else { return }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        let size = range.last &- range.start &+ 1
        try containers[Int(container)].space.unmap(
          iova: range.start,
          size: size,
          ioas: ioas.id,
          on: descriptor,
          in: &kernel
        )
      }
    } catch { throw error.on("\(subject(ofContainer: container)) at \(range)") }
  }

  /// Lends the iommufd of an IOAS; nil where it is closed.
  @discardableResult
  private func onIOAS<Result>(
    _ ioas: IOASState,
    _ container: Int32,
    _ body: (borrowing Descriptor) throws(KernelError) -> Result
  ) throws(KernelError) -> Result? {
    guard let key = iommufds[Int(ioas.iommufd)] else { return nil }
    do throws(KernelError) {
      return try table.withDescriptor(for: key, body)
    } catch { throw error.on(subject(ofContainer: container)) }
  }
}
