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
        try kernel.object(.ioasAlloc, on: descriptor)
      }
      containers[Int(container)].ioas = IOASState(iommufd: iommufd, id: id)
      deeds.append(.ioas(container))
    } catch { throw .kernel(error.on(subject(ofContainer: container))) }
  }

  mutating func destroyIOAS(
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let ioas = containers[Int(container)].ioas.take() else { return }
    try onIOAS(ioas, container) { (descriptor) throws(KernelError) in
      _ = try kernel.perform(.iommuDestroy(ioas.id), on: descriptor)
    }
  }

  mutating func bind(
    _ device: Int32,
    to iommufd: Int32,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(StepFailure) {
    let address = program.devices[Int(device)].address
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
        try kernel.object(.deviceBindIOMMUFD(number), on: descriptor)
      }
    } catch { throw .kernel(error.on("\(address)")) }
  }

  mutating func attach(
    device: Int32,
    to container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let address = program.devices[Int(device)].address
    guard let key = devices[Int(device)] else { throw .notOpen("\(address)") }
    guard let ioas = containers[Int(container)].ioas else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      _ = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try kernel.object(.deviceAttachIOMMUFDPT(ioas.id), on: descriptor)
      }
      deeds.append(.attachedDevice(device))
    } catch {
      throw .attach(error.on("\(address)"), container: program.containers[Int(container)], isViable: true)
    }
  }

  mutating func detach(_ device: Int32, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    guard let key = devices[Int(device)] else { return }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        _ = try kernel.perform(.deviceDetachIOMMUFDPT, on: descriptor)
      }
    } catch { throw error.on("\(program.devices[Int(device)].address)") }
  }

  mutating func readRanges(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> [IOVARange] {
    guard let ioas = containers[Int(container)].ioas else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      return try onIOAS(ioas, container) { (descriptor) throws(KernelError) in
        try kernel.ranges(ofIOAS: ioas.id, on: descriptor).ranges
      } ?? []
    } catch { throw .kernel(error) }
  }

  mutating func mapInIOAS(
    _ mapping: DMAMapping,
    _ range: IOVARange,
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let ioas = containers[Int(container)].ioas else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      try onIOAS(ioas, container, at: range) { (descriptor) throws(KernelError) in
        _ = try kernel.perform(.ioasMap(ioas.id, mapping), on: descriptor)
      }
    } catch { throw .kernel(error) }
  }

  mutating func unmapInIOAS(
    _ range: IOVARange,
    _ container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let ioas = containers[Int(container)].ioas else { return }
    try onIOAS(ioas, container, at: range) { (descriptor) throws(KernelError) in
      _ = try kernel.perform(.ioasUnmap(ioas.id, range), on: descriptor)
    }
  }

  /// Lends the iommufd of an IOAS; nil where it is closed.
  @discardableResult
  private func onIOAS<Result>(
    _ ioas: IOASState,
    _ container: Int32,
    at range: IOVARange? = nil,
    _ body: (borrowing Descriptor) throws(KernelError) -> Result
  ) throws(KernelError) -> Result? {
    guard let key = iommufds[Int(ioas.iommufd)] else { return nil }
    do throws(KernelError) {
      return try table.withDescriptor(for: key, body)
    } catch { throw error.on(subject(ofContainer: container) + (range.map { " at \($0)" } ?? "")) }
  }
}
