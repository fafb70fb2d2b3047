public import VFIOTypes

/// Which memory lies at which addresses of a guest: what a memory listener follows, for an IOMMU that maps all of it.
///
/// A block is mapped as a whole and by one map, so that what will be unplugged by itself is a block by itself.
public struct GuestRAM: Hashable, Sendable {
  /// Contiguous memory at contiguous addresses.
  public struct Block: Hashable, Sendable {
    /// The first address of the guest, which is the first bus address.
    public var start: UInt64
    /// The memory.
    public var memory: MemoryRange
    /// What devices may do with it; reading alone for a ROM.
    public var access: DMAMapping.Access

    /// Its addresses in the guest.
    public var range: IOVARange { IOVARange(start: start, last: start + (memory.size - 1)) }
  }

  /// The blocks, ascending by address.
  public private(set) var blocks: [Block] = []

  /// No memory at all.
  public init() {}

  /// Bytes of all blocks.
  public var size: UInt64 { blocks.reduce(0) { $0 + $1.memory.size } }

  /// Puts a part of some memory at an address of the guest.
  ///
  /// - Parameters:
  ///   - memory: the memory.
  ///   - offset: where the part starts, in bytes.
  ///   - size: bytes.
  ///   - start: the first address of the guest.
  ///   - access: what devices may do with it.
  /// - Returns: the block.
  /// - Throws: `range` where the part does not lie in the memory, or the addresses are another block's.
  @discardableResult
  public mutating func add(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    at start: UInt64,
    access: DMAMapping.Access = [.read, .write]
  ) throws(KernelError) -> Block {
    let block = Block(start: start, memory: try memory.part(offset, size, .iommuMapDMA), access: access)
    guard size > 0 else { throw KernelError(.iommuMapDMA, .range(.empty)) }
    guard let range = IOVARange(iova: start, size: size) else {
      throw KernelError(.iommuMapDMA, .range(.wraps))
    }
    if let other = blocks.first(where: { $0.range.overlaps(range) }) {
      throw KernelError(.iommuMapDMA, .range(.overlaps(other.range)))
    }
    blocks.insert(block, at: blocks.firstIndex { $0.start > start } ?? blocks.count)
    return block
  }

  /// Takes the block away that starts at an address.
  ///
  /// - Parameter start: the first address.
  /// - Returns: the block, nil where none starts there.
  @discardableResult
  public mutating func remove(at start: UInt64) -> Block? {
    blocks.firstIndex { $0.start == start }.map { blocks.remove(at: $0) }
  }
}

extension GuestRAM.Block {
  /// The maps of the block: one, unless it is longer than what can be mapped at once.
  package func mappings(longest: UInt64?) -> [DMAMapping] {
    let part = min(longest ?? UInt64.max, memory.size)
    return stride(from: 0, to: memory.size, by: UInt64.Stride(clamping: part)).map { offset in
      DMAMapping(
        iova: start + offset,
        size: min(part, memory.size - offset),
        address: memory.address + offset,
        access: access
      )
    }
  }
}

/// Where mappings are made: in a container, or in an IOAS of an iommufd.
package enum MappingDoor: Hashable, Sendable {
  /// The file is a container.
  case container
  /// The file is an iommufd, the mappings are of that IOAS.
  case ioas(ObjectID)

  fileprivate var call: Call {
    switch self {
    case .container: .iommuMapDMA
    case .ioas: .ioasMap
    }
  }
}

extension BusAddressSpace {
  /// Maps blocks of guest RAM, all or none: the first question to the kernel comes after every check of all of them.
  package mutating func mapAll(
    _ blocks: [GuestRAM.Block],
    _ door: MappingDoor,
    on file: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard model != nil else { throw KernelError(door.call, .range(.noIOMMU)) }
    let offer: IOMMUInformation
    if let information {
      offer = information
    } else {
      switch door {
      case .container: offer = try kernel.information(of: file)
      case .ioas(let ioas): offer = try kernel.information(ofIOAS: ioas, of: file)
      }
      information = offer
    }
    let mappings = blocks.flatMap { $0.mappings(longest: offer.longestMapping) }
    for mapping in mappings {
      if let fault = fault(of: mapping) {
        throw KernelError(door.call, .range(fault), on: "0x\(Hexadecimal.text(mapping.iova))")
      }
    }
    if let available = offer.available, mappings.count > Int(available) {
      throw KernelError(door.call, .range(.noEntries))
    }
    try checkLocking(blocks.reduce(0) { $0 + $1.memory.size }, door, &kernel)
    for (done, mapping) in mappings.enumerated() {
      do throws(KernelError) {
        try map(mapping, door, on: file, in: &kernel)
      } catch {
        for earlier in mappings[..<done].reversed() {
          // Why it could not be mapped is what went wrong; what cannot be unmapped goes with the file.
          try? unmap(iova: earlier.iova, size: earlier.size, door, on: file, in: &kernel)
        }
        throw error.on("0x\(Hexadecimal.text(mapping.iova))")
      }
    }
  }

  /// Unmaps a block of guest RAM.
  package mutating func unmap(
    _ block: GuestRAM.Block,
    _ door: MappingDoor,
    on file: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try unmap(iova: block.start, size: block.memory.size, door, on: file, in: &kernel)
  }

  /// A container charges each page it pins to the process.
  ///
  /// What an iommufd charges to the user others may have charged too, so that of it no more is known than that one's own must fit.
  private func checkLocking(
    _ bytes: UInt64,
    _ door: MappingDoor,
    _ kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    var memory = try kernel.processMemory()
    if door != .container { memory.locked = 0 }
    if let fault = memory.fault(ofLocking: bytes) { throw KernelError(door.call, .lockedMemory(fault)) }
  }

  private mutating func map(
    _ mapping: DMAMapping,
    _ door: MappingDoor,
    on file: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    switch door {
    case .container: try map(mapping, on: file, in: &kernel)
    case .ioas(let ioas): try map(mapping, ioas: ioas, on: file, in: &kernel)
    }
  }

  private mutating func unmap(
    iova: UInt64,
    size: UInt64,
    _ door: MappingDoor,
    on file: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    switch door {
    case .container: try unmap(iova: iova, size: size, on: file, in: &kernel)
    case .ioas(let ioas): try unmap(iova: iova, size: size, ioas: ioas, on: file, in: &kernel)
    }
  }
}

extension Container {
  /// Maps guest RAM, all or none of it, at the guest's own addresses.
  ///
  /// - Parameters:
  ///   - ram: the memory of the guest.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for a block the container cannot map, `lockedMemory` where all together is more than the process may lock, both
  ///   before anything is asked; otherwise as `map`, with what was mapped unmapped again.
  public mutating func mapAll(
    _ ram: GuestRAM,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      guard model?.isSPAPR != true else { throw KernelError(.iommuMapDMA, .window(.notMapAll)) }
      try space.mapAll(ram.blocks, .container, on: descriptor, in: &kernel)
    } catch {
      throw error.subject.isEmpty
        ? error.on(subject) : KernelError(error.call, error.cause, on: "\(subject) at \(error.subject)")
    }
  }
}

extension IOAS {
  /// Maps guest RAM, all or none of it, at the guest's own addresses.
  ///
  /// - Parameters:
  ///   - ram: the memory of the guest.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: as `Container.mapAll`.
  public mutating func mapAll(
    _ ram: GuestRAM,
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    do throws(KernelError) {
      try space.mapAll(ram.blocks, .ioas(id), on: iommufd.descriptor, in: &kernel)
    } catch {
      throw error.subject.isEmpty
        ? error.on("IOAS '\(name)'")
        : KernelError(error.call, error.cause, on: "IOAS '\(name)' at \(error.subject)")
    }
  }
}
