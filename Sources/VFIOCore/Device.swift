public import VFIOTypes

/// An open device: a PCI function with its regions and interrupts.
///
/// Source: Linux 6.12 drivers/vfio/pci/vfio_pci_core.c.
public struct Device: ~Copyable, Sendable {
  /// Its address on the host.
  public let address: PCIAddress
  /// Its number in the iommufd it is bound to; nil of a device that was opened through its group.
  public let binding: ObjectID?
  let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor, address: PCIAddress, binding: ObjectID? = nil) {
    self.address = address
    self.binding = binding
    self.descriptor = descriptor
  }

  /// What the device is and how many regions and kinds of interrupts it has.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the answer of `VFIO_DEVICE_GET_INFO`.
  /// - Throws: any refusal of the kernel.
  public func readInformation(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> DeviceInfo {
    do throws(KernelError) {
      return try kernel.information(ofDevice: descriptor)
    } catch { throw error.on("\(address)") }
  }

  /// One region.
  ///
  /// - Parameters:
  ///   - index: 0 to 5 the BARs, 6 the ROM, 7 the configuration space, 8 VGA, above those of the driver.
  ///   - kernel: the kernel to ask.
  /// - Returns: the region, nil where the function has none of that index.
  /// - Throws: any refusal of the kernel but `EINVAL`, which is that answer.
  public func region(
    _ index: UInt32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> RegionInfo? {
    do throws(KernelError) {
      return try kernel.region(index, of: descriptor)
    } catch { throw error.on("\(address)") }
  }

  /// One kind of interrupt.
  ///
  /// - Parameters:
  ///   - index: 0 INTx, 1 MSI, 2 MSI-X, 3 error, 4 release request.
  ///   - kernel: the kernel to ask.
  /// - Returns: the kind, nil where the function has none of that index.
  /// - Throws: any refusal of the kernel but `EINVAL`, which is that answer.
  public func irq(
    _ index: UInt32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IRQInfo? {
    do throws(KernelError) {
      return try kernel.irq(index, of: descriptor)
    } catch { throw error.on("\(address)") }
  }

  /// Reads from a region.
  ///
  /// - Parameters:
  ///   - region: the region, as `region` gave it.
  ///   - offset: bytes from its start.
  ///   - count: how many bytes.
  ///   - kernel: the kernel to ask.
  /// - Returns: that many bytes.
  /// - Throws: `range` past the region's end, any refusal of the kernel.
  public func read(
    _ region: RegionInfo,
    at offset: UInt64,
    count: Int,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> [UInt8] {
    do throws(KernelError) {
      guard count >= 0, offset <= region.bytes, UInt64(count) <= region.bytes - offset else {
        throw KernelError(.pread, .range(.pastMemory(region.bytes)))
      }
      let request = Request.read(offset: region.offset + offset, count: count)
      guard case .bytes(let bytes) = try kernel.perform(request, on: descriptor) else {
        throw KernelError.strange(.pread)
      }
      guard bytes.count == count else {
        throw KernelError(.pread, .malformed("\(bytes.count) bytes, expected \(count)"))
      }
      return bytes
    } catch { throw error.on("\(address) region \(region.index)") }
  }

  /// Writes into a region.
  ///
  /// - Parameters:
  ///   - bytes: what to write.
  ///   - region: the region, as `region` gave it.
  ///   - offset: bytes from its start.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` past the region's end, any refusal of the kernel.
  public func write(
    _ bytes: [UInt8],
    to region: RegionInfo,
    at offset: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      guard offset <= region.bytes, UInt64(bytes.count) <= region.bytes - offset else {
        throw KernelError(.pwrite, .range(.pastMemory(region.bytes)))
      }
      _ = try kernel.perform(.write(offset: region.offset + offset, bytes: bytes), on: descriptor)
    } catch { throw error.on("\(address) region \(region.index)") }
  }

  /// Resets the function, which loses all its state.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: `EINVAL` where no method of the host resets this function alone (vfio_pci_ioctl_reset).
  public func reset(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.deviceReset, on: descriptor)
    } catch { throw error.on("\(address)") }
  }

  /// Ends the device; the kernel resets it when the last descriptor goes.
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
