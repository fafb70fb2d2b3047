/// An open `/dev/iommu`: address spaces, page tables and the devices that are bound to it.
///
/// ```swift
/// let iommufd = try IOMMUFD.open(in: &kernel)
/// let device = try DeviceNode.open(3, at: address, in: &kernel).bind(to: iommufd, in: &kernel)
/// var ioas = try iommufd.makeIOAS(in: &kernel)
/// try device.attach(to: &ioas, in: &kernel)
/// try ioas.map(memory, size: memory.size, at: 0, of: iommufd, in: &kernel)
/// ```
///
/// Back again in the other order: detach, unmap, end the page tables, then the IOAS, close the devices, then the iommufd. Closing the
/// devices and the iommufd ends everything else too.
///
/// Source: Linux 6.12 Documentation/userspace-api/iommufd.rst; drivers/iommu/iommufd.
public struct IOMMUFD: ~Copyable, Sendable {
  let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Opens an iommufd.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the iommufd, without any object.
  /// - Throws: `ENOENT` of a kernel without iommufd, `EACCES` where the node is not this user's.
  public static func open(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> IOMMUFD {
    do throws(KernelError) {
      return IOMMUFD(try kernel.open(.iommufd))
    } catch { throw error.on("/dev/iommu") }
  }

  /// The number of its file, to hand it over.
  public var number: DescriptorNumber { descriptor.number }

  /// Charges pinned pages to the process, as containers do, and no longer to the user: before anything else is asked.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: `EPERM` without `CAP_SYS_RESOURCE`, `EBUSY` where an object is there already (drivers/iommu/iommufd/ioas.c:
  ///   iommufd_option_rlimit_mode).
  public func chargeToProcess(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.iommuOptionSet(.rlimitMode, .none, 1), on: descriptor)
    } catch { throw error.on("iommufd") }
  }

  /// Makes an address space.
  ///
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - kernel: the kernel to ask.
  /// - Returns: the address space, with nothing mapped and no device attached.
  /// - Throws: `ENOMEM`.
  public func makeIOAS(
    named name: String = "IOAS",
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOAS {
    do throws(KernelError) {
      return IOAS(try kernel.makeIOAS(of: descriptor), of: descriptor.number, name: name)
    } catch { throw error.on("iommufd") }
  }

  /// Makes a page table for a device, where the kernel's own choice does not do: to note what devices write.
  ///
  /// - Parameters:
  ///   - device: the bound device it is for.
  ///   - ioas: the address space whose mappings it has.
  ///   - flags: what it is to do.
  ///   - kernel: the kernel to ask.
  /// - Returns: the page table, with no device attached.
  /// - Throws: `EOPNOTSUPP` for what the IOMMU cannot do, `EINVAL` where the mappings do not fit it (drivers/iommu/iommufd/
  ///   hw_pagetable.c: iommufd_hwpt_paging_alloc).
  public func makePageTable(
    for device: borrowing Device,
    over ioas: borrowing IOAS,
    flags: HWPTAllocation.Flags = [],
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> PageTable {
    ioas.check(of: self)
    do throws(KernelError) {
      let allocation = HWPTAllocation(device: device.boundNumber, parent: ioas.id, flags: flags)
      return PageTable(try kernel.object(.hwptAlloc(allocation), of: descriptor), of: descriptor.number)
    } catch { throw error.on("\(device.address)") }
  }

  /// What IOMMU a device is behind.
  ///
  /// - Parameters:
  ///   - device: a device that is bound to this iommufd.
  ///   - kernel: the kernel to ask.
  /// - Returns: its registers, and whether page tables can note writes.
  /// - Throws: `ENOENT` for a device that is not bound to this iommufd.
  public func hardware(
    of device: borrowing Device,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOMMUHardware {
    do throws(KernelError) {
      return try kernel.hardware(of: device.boundNumber, of: descriptor)
    } catch { throw error.on("\(device.address)") }
  }

  /// Ends the iommufd; devices that are still bound keep it alive in the kernel until they are closed.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: what closing answered; the descriptor is gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    let descriptor = relinquish()
    do throws(KernelError) {
      try kernel.close(descriptor)
    } catch { throw error.on("iommufd") }
  }

  private consuming func relinquish() -> Descriptor { descriptor }
}
