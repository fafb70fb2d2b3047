public import VFIOTypes

/// An open `/dev/vfio/devices/vfio<number>`: a device that is not bound yet, which answers to nothing else.
///
/// So it can be handed to another process, such as QEMU, that binds it itself.
///
/// Source: Linux 6.12 drivers/vfio/device_cdev.c.
public struct DeviceNode: ~Copyable, Sendable {
  /// The device's address on the host.
  public let address: PCIAddress
  private let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor, address: PCIAddress) {
    self.address = address
    self.descriptor = descriptor
  }

  /// Opens a device's node.
  ///
  /// - Parameters:
  ///   - number: the number of the folder `vfio<number>` in the device's `vfio-dev` in sysfs.
  ///   - address: the device's address, which errors name.
  ///   - kernel: the kernel to ask.
  /// - Returns: the node.
  /// - Throws: `ENOENT` where the device is not bound to a VFIO driver or the kernel has no device nodes, `EACCES` where the node is not
  ///   this user's.
  public static func open(
    _ number: UInt32,
    at address: PCIAddress,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> DeviceNode {
    do throws(KernelError) {
      return DeviceNode(try kernel.open(.deviceNode(number)), address: address)
    } catch { throw error.on("\(address)") }
  }

  /// The number of its file, to hand it over.
  public var number: DescriptorNumber { descriptor.number }

  /// Binds the device to an iommufd, for as long as it is open.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd.
  ///   - kernel: the kernel to ask.
  /// - Returns: the device, attached to nothing; where it fails the node is closed.
  /// - Throws: `EPERM` where a member of its group is in the hands of a host driver or interrupts are not remapped, `EBUSY` where its group
  ///   is open, `EINVAL` where the device is open elsewhere (vfio_df_ioctl_bind_iommufd).
  public consuming func bind(
    to iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Device {
    let address = address
    let descriptor = relinquish()
    do throws(KernelError) {
      let binding: ObjectID
      do throws(KernelError) {
        binding = try kernel.bind(descriptor, to: iommufd.number)
      } catch {
        // Why it could not be bound is what went wrong; that closing failed too would hide it.
        try? kernel.close(descriptor)
        throw error
      }
      return Device(descriptor, address: address, binding: binding)
    } catch { throw error.on("\(address)") }
  }

  /// Ends the node.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: what closing answered; the descriptor is gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    let address = address
    let descriptor = relinquish()
    do throws(KernelError) {
      try kernel.close(descriptor)
    } catch { throw error.on("\(address)") }
  }

  private consuming func relinquish() -> Descriptor { descriptor }
}

/// What a device bound to an iommufd does beside what every device does.
extension Device {
  /// Attaches the device to an address space, in the place of what it was attached to, by a page table the kernel chooses.
  ///
  /// All devices of a group go by the same.
  ///
  /// - Parameters:
  ///   - ioas: the address space; what it offers may become less.
  ///   - kernel: the kernel to ask.
  /// - Throws: `ENOTTY` of a device opened through its group, `EADDRINUSE` where its reserved addresses are mapped or allowed there,
  ///   `EINVAL` where another device of its group has other mappings (drivers/iommu/iommufd/device.c: iommufd_hw_pagetable_attach).
  public func attach(
    to ioas: inout IOAS,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.attach(descriptor, to: ioas.id)
    } catch { throw error.on("\(address)") }
    ioas.space.devicesChanged()
  }

  /// Attaches the device to a page table, in the place of what it was attached to.
  ///
  /// - Parameters:
  ///   - table: a page table over the address space.
  ///   - ioas: the address space; what it offers may become less.
  ///   - kernel: the kernel to ask.
  /// - Throws: as for an address space; `EINVAL` where the page table does not fit the device's IOMMU.
  public func attach(
    to table: borrowing PageTable,
    over ioas: inout IOAS,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.attach(descriptor, to: table.id)
    } catch { throw error.on("\(address)") }
    ioas.space.devicesChanged()
  }

  /// Detaches the device, which then reaches no memory.
  ///
  /// - Parameters:
  ///   - ioas: the address space it is attached to.
  ///   - kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel; a device that is attached to nothing is none.
  public func detach(
    from ioas: inout IOAS,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      try kernel.detach(descriptor)
    } catch { throw error.on("\(address)") }
    ioas.space.devicesChanged()
  }

  /// The device's number in its iommufd; of one that was opened through its group a number no object has, which is `ENOENT`.
  var boundNumber: ObjectID { binding ?? .none }
}
