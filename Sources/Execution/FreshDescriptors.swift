package import VFIOCore
package import VFIOPlan
package import VFIOTypes

/// What another program is given that sets up its own mappings: nodes that were opened and nothing else.
///
/// QEMU takes an iommufd that is empty and a device node that is bound to none: QEMU 10.0, hw/vfio/iommufd.c:
/// iommufd_cdev_attach binds the descriptor it was given. So what was proven with is closed, and all of it opened anew.
package struct FreshDescriptors: ~Copyable, Sendable {
  /// A node that is opened.
  package enum Item: Hashable, Sendable {
    /// `/dev/iommu`, by its name in the plan.
    case iommufd(String)
    /// A device's own node, by its name in the plan.
    case device(PCIAddress, name: String)
  }

  private var table = DescriptorTable()
  private var keys: [DescriptorTable.Key] = []

  private init() {}

  /// What is opened for a guest, in order: the iommufd, then each device of it.
  package static func items(of guest: GuestPlan) -> [Item] {
    guest.steps.compactMap { planned in
      switch planned.step {
      case .openIOMMUFD(let name): .iommufd(name)
      case .bindDevice(let address, _):
        .device(address, name: guest.device(at: address)?.name ?? "\(address)")
      default: nil
      }
    }
  }

  /// Opens all of a guest's, or none.
  ///
  /// - Parameters:
  ///   - guest: whose.
  ///   - kernel: the kernel to ask.
  ///   - numbers: where devices are.
  /// - Returns: the open descriptors.
  /// - Throws: why one cannot be opened; the others are closed again.
  package static func open(
    for guest: GuestPlan,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers
  ) throws(FreshFailure) -> FreshDescriptors {
    var fresh = FreshDescriptors()
    do throws(FreshFailure) {
      for item in items(of: guest) { try fresh.open(item, in: &kernel, numbers) }
      return fresh
    } catch {
      // Why it could not be opened is what went wrong; what cannot be closed is gone all the same.
      _ = fresh.end(in: &kernel)
      throw error
    }
  }

  private mutating func open(
    _ item: Item,
    in kernel: inout some Kernel & ~Copyable,
    _ numbers: HostNumbers
  ) throws(FreshFailure) {
    let node: Node
    let subject: String
    switch item {
    case .iommufd:
      node = .iommufd
      subject = "/dev/iommu"
    case .device(let address, _):
      guard let number = numbers.deviceNode(address) else { throw .noNode(address) }
      node = .deviceNode(number)
      subject = "\(address)"
    }
    do throws(KernelError) {
      keys.append(table.insert(try kernel.open(node)))
    } catch { throw .kernel(error.on(subject)) }
  }

  /// The numbers of the descriptors, lent, in the order of the items.
  package var numbers: [Int32] {
    var numbers: [Int32] = []
    for key in keys { numbers.append(table.number(of: key).number) }
    return numbers
  }

  /// Closes all of them, the last first; who was given them keeps his own.
  package consuming func end(in kernel: inout some Kernel & ~Copyable) -> [KernelError] {
    var failures: [KernelError] = []
    while let key = keys.popLast() {
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { failures.append(error) }
    }
    return failures
  }
}

/// Why what is to be handed over cannot be opened.
package enum FreshFailure: Error, Hashable, Sendable {
  case kernel(KernelError)
  /// The host has no node for the device.
  case noNode(PCIAddress)
}
