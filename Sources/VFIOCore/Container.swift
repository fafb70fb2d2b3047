public import VFIOTypes

/// An open `/dev/vfio/vfio`: one set of DMA mappings, which groups join.
///
/// The order of its life is the kernel's: open, attach a group, set the IOMMU model, map, and back. It is owned by whoever holds
/// it and ends by `close`.
///
/// ```swift
/// var container = try Container.open(in: &kernel)
/// var group = try Group.open(IOMMUGroupID(14), in: &kernel)
/// try group.attach(to: &container, in: &kernel)
/// try container.setIOMMU(.type1v2, in: &kernel)
/// ```
///
/// Source: Linux 6.12 Documentation/driver-api/vfio.rst; drivers/vfio/container.c.
public struct Container: ~Copyable, Sendable {
  /// What errors call it.
  public let name: String
  @usableFromInline let descriptor: Descriptor
  @usableFromInline var space = BusAddressSpace()
  /// Its windows; nil before the first question about them, and of every other model.
  var spapr: SPAPRSpace?

  private init(_ descriptor: consuming Descriptor, name: String) {
    self.name = name
    self.descriptor = descriptor
  }

  /// Opens a container and checks the version of the interface.
  ///
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - kernel: the kernel to ask.
  /// - Returns: the container, without groups and without an IOMMU.
  /// - Throws: `ENOENT` where the module `vfio` is not loaded, `EACCES` where the node is not this user's.
  public static func open(
    named name: String = "container",
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Container {
    do throws(KernelError) {
      let descriptor = try kernel.open(.container)
      do throws(KernelError) {
        try kernel.checkVersion(of: descriptor)
      } catch {
        // The version is what went wrong; that closing failed too would hide it.
        try? kernel.close(descriptor)
        throw error
      }
      return Container(descriptor, name: name)
    } catch { throw error.on("/dev/vfio/vfio") }
  }

  /// Whether the kernel has a model, of which none need be set.
  ///
  /// - Parameters:
  ///   - what: what to ask for.
  ///   - kernel: the kernel to ask.
  /// - Returns: whether it is supported.
  /// - Throws: any refusal of the kernel.
  public func offers(_ what: Extension, in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> Bool
  {
    do throws(KernelError) {
      return try kernel.offers(what, in: descriptor)
    } catch { throw error.on(subject) }
  }

  /// The model that was set; nil before `setIOMMU`.
  public var model: IOMMUModel? { space.model }

  /// The mappings of the container, ascending.
  public var mappings: [IOVARange] { space.mappings.all }

  /// Sets the IOMMU model, after the first group is attached and once.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EINVAL` without a group or when one is set, `ENODEV` where the module of the model is not loaded, `EPERM` where
  ///   interrupts are not remapped (Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_attach_group).
  public mutating func setIOMMU(
    _ model: IOMMUModel,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.setIOMMU(model), on: descriptor)
    } catch { throw error.on(subject) }
    space.model = model
  }

  /// Reads page sizes, bus address ranges and the number of mappings left.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: what the container offers now.
  /// - Throws: `EINVAL` before `setIOMMU`, `ENOTTY` where the model has no translation; `window` for sPAPR, of which `tceInformation` tells.
  public mutating func readInformation(
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOMMUInformation {
    do throws(KernelError) {
      // The number of this request is that of another on POWER, which succeeds and fills in something else.
      guard model?.isSPAPR != true else { throw KernelError(.iommuGetInfo, .window(.notType1)) }
      let information = try kernel.information(of: descriptor)
      space.information = information
      return information
    } catch { throw error.on(subject) }
  }

  /// Lets devices of the container's groups reach a part of some memory.
  ///
  /// The range is checked against the ranges, page sizes and mappings of the container before the kernel is asked.
  ///
  /// - Parameters:
  ///   - memory: the memory, which is pinned until the range is unmapped.
  ///   - offset: where the part starts, in bytes; a multiple of the smallest page size.
  ///   - size: bytes; a multiple of the smallest page size.
  ///   - iova: the first bus address.
  ///   - access: what devices may do with it.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find; `ENOMEM` past the limit of locked memory, `EFAULT` for memory that cannot be
  ///   pinned, `ENOSPC` past `dma_entry_limit` (Linux 6.12 vfio_iommu_type1.c: vfio_dma_do_map).
  @inlinable
  public mutating func map(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    at iova: UInt64,
    access: DMAMapping.Access = [.read, .write],
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      let part = try memory.part(offset, size, .iommuMapDMA)
      let mapping = DMAMapping(iova: iova, size: size, address: part.address, access: access)
      guard !isSPAPR else { return try mapInWindow(mapping, in: &kernel) }
      try space.map(mapping, on: descriptor, in: &kernel)
    } catch { throw named(error, at: iova) }
  }

  /// Takes back whole mappings.
  ///
  /// - Parameters:
  ///   - iova: the first bus address.
  ///   - size: bytes; every mapping in the range lies in it whole.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` where nothing is mapped there or a mapping would be cut; any refusal of the kernel.
  @inlinable
  public mutating func unmap(
    at iova: UInt64,
    size: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      guard !isSPAPR else { return try unmapInWindow(iova, size, in: &kernel) }
      try space.unmap(iova: iova, size: size, on: descriptor, in: &kernel)
    } catch { throw named(error, at: iova) }
  }

  @inlinable var isSPAPR: Bool {
    switch space.model {
    case .spaprTCE, .spaprTCEv2: true
    case .type1, .type1v2, .noIOMMU, .iommufd, nil: false
    }
  }

  // Apart, so that what a guest does at run time is compiled for each kernel and nothing else is.

  @usableFromInline
  mutating func mapInWindow(
    _ mapping: DMAMapping,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try onSPAPR(.iommuMapDMA, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.map(mapping, on: container, in: &kernel)
    }
  }

  @usableFromInline
  mutating func unmapInWindow(
    _ iova: UInt64,
    _ size: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try onSPAPR(.iommuUnmapDMA, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.unmap(iova: iova, size: size, on: container, in: &kernel)
    }
  }

  @usableFromInline
  func named(_ error: KernelError, at iova: UInt64) -> KernelError {
    error.on("\(subject) at 0x\(Hexadecimal.text(iova))")
  }

  /// Ends the container; groups that are still attached keep it alive in the kernel until they are closed.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: what closing answered; the descriptor is gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    let subject = subject
    let descriptor = relinquish()
    do throws(KernelError) {
      try kernel.close(descriptor)
    } catch { throw error.on(subject) }
  }

  /// What errors say it was.
  var subject: String { "container '\(name)'" }

  private consuming func relinquish() -> Descriptor { descriptor }
}
