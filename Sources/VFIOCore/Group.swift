public import VFIOTypes

/// An open `/dev/vfio/<number>`: the kernel's unit of ownership, which one process holds at a time.
///
/// Source: Linux 6.12 drivers/vfio/group.c.
public struct Group: ~Copyable, Sendable {
  /// Its number on this boot.
  public let id: IOMMUGroupID
  let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor, id: IOMMUGroupID) {
    self.id = id
    self.descriptor = descriptor
  }

  /// The number of its file, to name it in a hot reset or to hand it over.
  public var number: DescriptorNumber { descriptor.number }

  /// Opens a group.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - kernel: the kernel to ask.
  /// - Returns: the group, attached to nothing.
  /// - Throws: `ENOENT` where no member is bound to a VFIO driver, `EBUSY` where it is open already (vfio_group_fops_open),
  ///   `EACCES` where the node is not this user's.
  public static func open(
    _ id: IOMMUGroupID,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Group {
    do throws(KernelError) {
      return Group(try kernel.open(.group(id)), id: id)
    } catch { throw error.on("group \(id)") }
  }

  /// Opens a group that no IOMMU stands behind: its devices reach all memory of the host, so that no guest may have one.
  ///
  /// Its container takes the model `noIOMMU` and no maps: DMA goes by the host's own addresses.
  ///
  /// - Parameters:
  ///   - id: the number of `/dev/vfio/noiommu-<number>`.
  ///   - kernel: the kernel to ask.
  /// - Returns: the group, attached to nothing.
  /// - Throws: `ENOENT` where `enable_unsafe_noiommu_mode` of the module `vfio` is off, `EPERM` without `CAP_SYS_RAWIO`, `EBUSY` where it
  ///   is open already (vfio_group_fops_open).
  public static func openWithoutIOMMU(
    _ id: IOMMUGroupID,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Group {
    do throws(KernelError) {
      return Group(try kernel.open(.noIOMMUGroup(id)), id: id)
    } catch { throw error.on("group noiommu-\(id)") }
  }

  /// Whether the group is viable and attached.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: both facts.
  /// - Throws: `ENODEV` where the group lost its last device.
  public func status(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> GroupStatus {
    do throws(KernelError) {
      return try kernel.status(of: descriptor)
    } catch { throw error.on("group \(id)") }
  }

  /// Attaches the group to a container, which then is the one of all its devices.
  ///
  /// - Parameters:
  ///   - container: the container; what it offers may become less.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EPERM` where a member is in the hands of a host driver (iommu.c: iommu_group_claim_dma_owner), `EINVAL` where the
  ///   group is attached already, or its reserved regions meet mappings of the container.
  public func attach(
    to container: inout Container,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      // A pseries kernel takes a second group where no window exists yet, and then maps nothing for either.
      if container.spapr?.isPSeries == true, container.space.groups > 0 {
        throw KernelError(.groupSetContainer, .window(.severalGroups))
      }
      _ = try kernel.perform(.groupSetContainer(container.descriptor.number), on: descriptor)
    } catch { throw error.on("group \(id)") }
    container.space.groupJoined()
    container.spapr?.groups += 1
  }

  /// Detaches the group; its devices must be closed.
  ///
  /// The last group takes all mappings and the IOMMU of the container with it.
  ///
  /// - Parameters:
  ///   - container: the container it is attached to.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EBUSY` while a device is open, `EINVAL` where it is not attached (vfio_group_ioctl_unset_container).
  public func detach(
    from container: inout Container,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.groupUnsetContainer, on: descriptor)
    } catch { throw error.on("group \(id)") }
    container.space.groupLeft()
    // The windows and what is registered go with the last group.
    if container.space.groups == 0 { container.spapr = nil } else { container.spapr?.groups -= 1 }
  }

  /// Opens a device of the group, whose container has an IOMMU.
  ///
  /// - Parameters:
  ///   - address: the device.
  ///   - vfToken: the token a VF needs when its PF is bound to vfio-pci too.
  ///   - kernel: the kernel to ask.
  /// - Returns: the device.
  /// - Throws: `ENODEV` where it is not bound to a VFIO driver or of another group, `EINVAL` before `Container.setIOMMU`, `EACCES`
  ///   without the right token.
  public func openDevice(
    _ address: PCIAddress,
    vfToken: String? = nil,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Device {
    do throws(KernelError) {
      return Device(try kernel.openDevice(address, vfToken: vfToken, of: descriptor), address: address)
    } catch { throw error.on("\(address)") }
  }

  /// Ends the group, detaching it from its container.
  ///
  /// While a device of it is open the kernel keeps it held.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: what closing answered; the descriptor is gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    let id = id
    let descriptor = relinquish()
    do throws(KernelError) {
      try kernel.close(descriptor)
    } catch { throw error.on("group \(id)") }
  }

  private consuming func relinquish() -> Descriptor { descriptor }
}
