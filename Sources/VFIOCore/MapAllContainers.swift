public import VFIOTypes

/// The containers of a guest whose IOMMU maps all of its memory, and the memory they map.
///
/// A group joins the first container that accepts it, and else one of its own, since in this use one is as good as another: each has all
/// of the guest's memory. Where a guest programs its own IOMMU that is not so, and a group joins the container it is told, or fails.
///
/// It follows the guest's memory as a memory listener does: a block that comes is mapped in all containers, one that goes is unmapped.
public struct MapAllContainers: ~Copyable, Sendable {
  private struct Entry: Sendable {
    var key: DescriptorTable.Key
    var space = BusAddressSpace()
    var groups: [IOMMUGroupID] = []
  }

  /// The memory that is mapped.
  public private(set) var ram: GuestRAM
  private var table = DescriptorTable()
  private var entries: [Entry] = []

  /// No container yet.
  ///
  /// - Parameter ram: the memory to map in each.
  public init(_ ram: GuestRAM) { self.ram = ram }

  /// The groups by container, in the order of joining.
  public var groups: [[IOMMUGroupID]] { entries.map(\.groups) }

  /// Attaches a group to the first container that accepts it, or to a new one in which all memory is mapped.
  ///
  /// - Parameters:
  ///   - group: the group.
  ///   - kernel: the kernel to ask.
  /// - Throws: what a new container was refused with, which then is gone again.
  public mutating func attach(
    _ group: borrowing Group,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    for index in entries.indices {
      let number = table.number(of: entries[index].key)
      do throws(KernelError) {
        _ = try kernel.perform(.groupSetContainer(number), on: group.descriptor)
      } catch {
        // Whatever the reason, the next container may be without it.
        continue
      }
      entries[index].groups.append(group.id)
      entries[index].space.groupJoined()
      return
    }
    do throws(KernelError) {
      try open(for: group, &kernel)
    } catch { throw error.on("group \(group.id)") }
  }

  /// Detaches a group, whose devices must be closed; a container without groups ends.
  ///
  /// - Parameters:
  ///   - group: a group that was attached here.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EBUSY` while a device of it is open; what closing its container answered, which is gone all the same.
  public mutating func detach(
    _ group: borrowing Group,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let id = group.id
    guard let index = entries.firstIndex(where: { $0.groups.contains(id) }) else {
      preconditionFailure("a group is detached where it was attached")
    }
    do throws(KernelError) {
      _ = try kernel.perform(.groupUnsetContainer, on: group.descriptor)
      entries[index].groups.removeAll { $0 == id }
      entries[index].space.groupLeft()
      guard entries[index].groups.isEmpty else { return }
      try kernel.close(table.remove(entries.remove(at: index).key))
    } catch { throw error.on("group \(id)") }
  }

  /// Maps more memory, in all containers or in none.
  ///
  /// - Parameters:
  ///   - memory: the memory.
  ///   - offset: where the part starts, in bytes.
  ///   - size: bytes.
  ///   - start: the first address of the guest.
  ///   - access: what devices may do with it.
  ///   - kernel: the kernel to ask.
  /// - Throws: as `Container.mapAll`.
  public mutating func add(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    at start: UInt64,
    access: DMAMapping.Access = [.read, .write],
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    var more = ram
    let block = try more.add(memory, offset: offset, size: size, at: start, access: access)
    for index in entries.indices {
      do throws(KernelError) {
        try inSpace(index) { space, file throws(KernelError) in
          try space.mapAll([block], .container, on: file, in: &kernel)
        }
      } catch {
        for earlier in (0..<index).reversed() {
          // Why it could not be mapped is what went wrong.
          try? inSpace(earlier) { space, file throws(KernelError) in
            try space.unmap(block, .container, on: file, in: &kernel)
          }
        }
        throw error.on("guest memory at 0x\(Hexadecimal.text(start))")
      }
    }
    ram = more
  }

  /// Unmaps memory in all containers; the guest uses it no more.
  ///
  /// - Parameters:
  ///   - start: the first address of a block.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` where no block starts there; the first refusal of the kernel, after all containers were asked.
  public mutating func remove(
    at start: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let subject = "guest memory at 0x\(Hexadecimal.text(start))"
    guard let block = ram.remove(at: start) else {
      throw KernelError(.iommuUnmapDMA, .range(.unmapped), on: subject)
    }
    var first: KernelError?
    for index in entries.indices {
      do throws(KernelError) {
        try inSpace(index) { space, file throws(KernelError) in
          try space.unmap(block, .container, on: file, in: &kernel)
        }
      } catch { first = first ?? error.on(subject) }
    }
    if let first { throw first }
  }

  /// Ends all containers; groups that are still attached keep them alive in the kernel until they are closed.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: the first answer that was no success; the descriptors are gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    var first: KernelError?
    for entry in entries.reversed() {
      do throws(KernelError) {
        try kernel.close(table.remove(entry.key))
      } catch { first = first ?? error.on("container") }
    }
    if let first { throw first }
  }

  private mutating func open(
    for group: borrowing Group,
    _ kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let container = try kernel.open(.container)
    var space = BusAddressSpace()
    do throws(KernelError) {
      try kernel.checkVersion(of: container)
      _ = try kernel.perform(.groupSetContainer(container.number), on: group.descriptor)
      do throws(KernelError) {
        _ = try kernel.perform(.setIOMMU(.type1v2), on: container)
        space.groupJoined()
        space.model = .type1v2
        try space.mapAll(ram.blocks, .container, on: container, in: &kernel)
      } catch {
        _ = try? kernel.perform(.groupUnsetContainer, on: group.descriptor)
        throw error
      }
    } catch {
      // Why it could not be had is what went wrong.
      try? kernel.close(container)
      throw error
    }
    entries.append(Entry(key: table.insert(container), space: space, groups: [group.id]))
  }

  private mutating func inSpace(
    _ index: Int,
    _ body: (inout BusAddressSpace, borrowing Descriptor) throws(KernelError) -> Void
  ) throws(KernelError) {
    // Taken out, so that its mappings are changed in place.
    var space = BusAddressSpace()
    swap(&space, &entries[index].space)
    let result: Result<Void, KernelError> = table.withDescriptor(for: entries[index].key) { file in
      do throws(KernelError) {
        try body(&space, file)
        return .success(())
      } catch { return .failure(error) }
    }
    swap(&space, &entries[index].space)
    try result.get()
  }
}
