public import VFIOTypes

/// Single requests with their replies taken apart, for whoever holds descriptors of its own: `Container`, `Group`, `Device`, and
/// executors that keep many in one table.
extension Kernel where Self: ~Copyable {
  /// Checks that a container speaks version 0 of the interface, the only one there ever was.
  @inlinable
  package mutating func checkVersion(of container: borrowing Descriptor) throws(KernelError) {
    guard case .version(let number) = try perform(.getAPIVersion, on: container) else {
      throw KernelError.strange(.getAPIVersion)
    }
    guard number == 0 else { throw KernelError(.getAPIVersion, .version(number)) }
  }

  /// Whether a container supports something.
  package mutating func offers(
    _ what: Extension,
    in container: borrowing Descriptor
  ) throws(KernelError) -> Bool {
    guard case .support(let number) = try perform(.checkExtension(what), on: container) else {
      throw KernelError.strange(.checkExtension)
    }
    return number > 0
  }

  /// What a container with an IOMMU offers.
  @usableFromInline
  package mutating func information(
    of container: borrowing Descriptor
  ) throws(KernelError) -> IOMMUInformation {
    // Room for ten ranges: one call on every machine seen. More makes the kernel say how much it needs.
    var capacity: UInt32 = 256
    // The need can grow between two calls only by a group that is attached meanwhile.
    for _ in 0..<4 {
      guard case .iommuInfo(let info) = try perform(.iommuGetInfo(capacity: capacity), on: container) else {
        throw KernelError.strange(.iommuGetInfo)
      }
      if info.size > capacity {
        capacity = info.size
        continue
      }
      do throws(CapabilityChain.Fault) {
        return try IOMMUInformation(info)
      } catch { throw KernelError(.iommuGetInfo, .malformed(error.what)) }
    }
    throw KernelError(.iommuGetInfo, .malformed("a need for room that does not end"))
  }

  /// The state of a group.
  @inlinable
  package mutating func status(of group: borrowing Descriptor) throws(KernelError) -> GroupStatus {
    guard case .groupStatus(let status) = try perform(.groupGetStatus, on: group) else {
      throw KernelError.strange(.groupGetStatus)
    }
    return status
  }

  /// Opens a device of a group.
  @inlinable
  package mutating func openDevice(
    _ address: PCIAddress,
    vfToken: String?,
    of group: borrowing Descriptor
  ) throws(KernelError) -> Descriptor {
    let request = Request.groupGetDeviceFD(address, vfToken: vfToken)
    guard case .descriptor(let number) = try perform(request, on: group) else {
      throw KernelError.strange(.groupGetDeviceFD)
    }
    return Descriptor(adopting: number)
  }

  /// What a device is.
  @inlinable
  package mutating func information(ofDevice device: borrowing Descriptor) throws(KernelError) -> DeviceInfo {
    guard case .deviceInfo(let info) = try perform(.deviceGetInfo, on: device) else {
      throw KernelError.strange(.deviceGetInfo)
    }
    return info
  }

  /// One region of a device, or nil where the function has none of that index (VGA of most).
  @inlinable
  package mutating func region(
    _ index: UInt32,
    of device: borrowing Descriptor
  ) throws(KernelError) -> RegionInfo? {
    var capacity: UInt32 = 64
    for _ in 0..<4 {
      let reply: Reply
      do throws(KernelError) {
        reply = try perform(.deviceGetRegionInfo(index: index, capacity: capacity), on: device)
      } catch  where error.cause == .system(.einval) {
        // Linux 6.12 vfio_pci_core.c: vfio_pci_ioctl_get_region_info refuses the VGA index of a device without.
        return nil
      }
      guard case .regionInfo(let info) = reply else { throw KernelError.strange(.deviceGetRegionInfo) }
      guard info.size > capacity else { return info }
      capacity = info.size
    }
    throw KernelError(.deviceGetRegionInfo, .malformed("a need for room that does not end"))
  }

  /// One kind of interrupt of a device, or nil where it has none (the error interrupt of conventional PCI).
  @inlinable
  package mutating func irq(
    _ index: UInt32,
    of device: borrowing Descriptor
  ) throws(KernelError) -> IRQInfo? {
    let reply: Reply
    do throws(KernelError) {
      reply = try perform(.deviceGetIRQInfo(index: index), on: device)
    } catch  where error.cause == .system(.einval) {
      // Linux 6.12 vfio_pci_core.c: vfio_pci_ioctl_get_irq_info.
      return nil
    }
    guard case .irqInfo(let info) = reply else { throw KernelError.strange(.deviceGetIRQInfo) }
    return info
  }
}

extension KernelError {
  /// A reply of another request than was made: a fault of the kernel behind the protocol.
  @usableFromInline
  static func strange(_ call: Call) -> KernelError {
    KernelError(call, .malformed("with the reply of another request"))
  }
}
