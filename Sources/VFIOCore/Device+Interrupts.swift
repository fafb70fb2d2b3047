import VFIOTypes

/// Interrupts of a device, by the kinds `irq` gives, and resets of more than the device.
///
/// Source: Linux 6.12 drivers/vfio/pci/vfio_pci_intrs.c, vfio_pci_core.c.
extension Device {
  /// Delivers interrupts to counters: the vectors from a first on, one counter each.
  ///
  /// For MSI and MSI-X the first delivery of a kind switches it on and fixes how many vectors there are, so name all that will be
  /// used; a kind switched on takes the place of the other two by a refusal, so switch it off first.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - start: the first vector.
  ///   - counters: the counters' numbers, nil for a vector that is delivered nowhere.
  ///   - kernel: the kernel to ask.
  /// - Throws: `interrupts` for more vectors than there are or a kind without counters; `EINVAL` while another kind is on, `EBUSY` where INTx
  ///   cannot be shared, `EBADF` for a number that is no counter (vfio_pci_set_irqs_ioctl).
  public func deliver(
    _ kind: IRQInfo,
    from start: UInt32 = 0,
    to counters: [DescriptorNumber?],
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard kind.flags.contains(.eventfd) else { throw fault(.notDelivered) }
    try set(kind, start, .trigger, .eventfds(counters), count: counters.count, &kernel)
  }

  /// Switches a kind of interrupts off with all its deliveries.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel.
  public func switchOff(_ kind: IRQInfo, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try set(kind, 0, .trigger, .now(count: 0), count: 0, &kernel)
  }

  /// Keeps interrupts back, of a kind that can be masked: INTx.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - kernel: the kernel to ask.
  /// - Throws: `interrupts` where the kind cannot be masked; any refusal of the kernel.
  public func mask(_ kind: IRQInfo, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    guard kind.flags.contains(.maskable) else { throw fault(.notMaskable) }
    try set(kind, 0, .mask, .now(count: 1), count: 1, &kernel)
  }

  /// Lets interrupts come again, which INTx needs after each, since it masks itself.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - kernel: the kernel to ask.
  /// - Throws: `interrupts` where the kind cannot be masked; any refusal of the kernel.
  public func unmask(_ kind: IRQInfo, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    guard kind.flags.contains(.maskable) else { throw fault(.notMaskable) }
    try set(kind, 0, .unmask, .now(count: 1), count: 1, &kernel)
  }

  /// Lets interrupts come again whenever a counter is signalled, without asking the kernel each time.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - counter: the counter.
  ///   - kernel: the kernel to ask.
  /// - Throws: `interrupts` where the kind cannot be masked; any refusal of the kernel.
  public func unmask(
    _ kind: IRQInfo,
    whenever counter: borrowing EventCounter,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard kind.flags.contains(.maskable) else { throw fault(.notMaskable) }
    try set(kind, 0, .unmask, .eventfds([counter.number]), count: 1, &kernel)
  }

  /// Makes interrupts that no device made, to prove that they arrive.
  ///
  /// - Parameters:
  ///   - kind: the kind, as `irq` gave it.
  ///   - vector: which one.
  ///   - kernel: the kernel to ask.
  /// - Throws: `interrupts` where there is no such vector; `EINVAL` where the kind is not on.
  public func trigger(
    _ kind: IRQInfo,
    _ vector: UInt32 = 0,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try set(kind, vector, .trigger, .now(count: 1), count: 1, &kernel)
  }

  private func set(
    _ kind: IRQInfo,
    _ start: UInt32,
    _ action: IRQSet.Action,
    _ vectors: IRQSet.Vectors,
    count: Int,
    _ kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard start <= kind.count, count <= Int(kind.count - start) else { throw fault(.vectors(kind.count)) }
    // A delivery to none would be a switching off.
    if case .eventfds = vectors, count == 0 { throw fault(.vectors(kind.count)) }
    let set = IRQSet(index: kind.index, start: start, action: action, vectors: vectors)
    do throws(KernelError) {
      _ = try kernel.perform(.deviceSetIRQs(set), on: descriptor)
    } catch { throw error.on("\(address)") }
  }

  private func fault(_ fault: InterruptFault) -> KernelError {
    KernelError(.deviceSetIRQs, .interrupts(fault), on: "\(address)")
  }

  // MARK: Hot reset

  /// Which functions a hot reset would reset along, the device among them.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the functions, by group, or by their numbers in the iommufd the device is bound to.
  /// - Throws: `ENODEV` where nothing above the device can be reset (vfio_pci_ioctl_get_pci_hot_reset_info).
  public func hotResetInformation(
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> HotResetInfo {
    do throws(KernelError) {
      return try kernel.hotResetInformation(of: descriptor)
    } catch { throw error.on("\(address)") }
  }

  /// Resets the device and all that is reset along, which must all be held: by these groups, or of a bound device by its iommufd.
  ///
  /// - Parameters:
  ///   - groups: the numbers of the groups that `hotResetInformation` tells; none for a device bound to an iommufd.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EINVAL` where a function is in none of the groups or not of the iommufd, `EPERM` where a group is not this process's
  ///   (vfio_pci_ioctl_pci_hot_reset_groups).
  public func hotReset(
    with groups: [DescriptorNumber] = [],
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.devicePCIHotReset(groups: groups), on: descriptor)
    } catch { throw error.on("\(address)") }
  }

  // MARK: Features

  /// Whether the device has a feature that can be read or set.
  ///
  /// - Parameters:
  ///   - operation: `probeGet` or `probeSet` of the feature.
  ///   - kernel: the kernel to ask.
  /// - Returns: whether it has.
  /// - Throws: any refusal of the kernel but `ENOTTY`, which is that answer.
  public func offers(
    _ operation: FeatureOperation,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> Bool {
    do throws(KernelError) {
      _ = try kernel.perform(.deviceFeature(operation), on: descriptor)
      return true
    } catch  where error.cause == .system(.enotty) {
      return false
    } catch { throw error.on("\(address)") }
  }

  /// Sets the token that VFs of this PF must be opened with.
  ///
  /// - Parameters:
  ///   - token: the token.
  ///   - kernel: the kernel to ask.
  /// - Throws: `ENOTTY` of a function that is no PF (vfio_pci_core_feature_token).
  public func setVFToken(
    _ token: VFToken,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.deviceFeature(.setVFToken(token)), on: descriptor)
    } catch { throw error.on("\(address)") }
  }
}

/// Why interrupts cannot be set up so.
public enum InterruptFault: Hashable, Sendable, CustomStringConvertible {
  /// The kind has that many vectors, and others were named, or none.
  case vectors(UInt32)
  /// The kind is delivered to no counter.
  case notDelivered
  /// The kind cannot be masked.
  case notMaskable

  /// One clause.
  public var description: String {
    switch self {
    case .vectors(let count): "the interrupt has \(count) vectors"
    case .notDelivered: "the interrupt is delivered to no counter"
    case .notMaskable: "the interrupt cannot be masked"
    }
  }
}

extension Kernel where Self: ~Copyable {
  /// Which functions a hot reset of a device would reset along.
  package mutating func hotResetInformation(
    of device: borrowing Descriptor
  ) throws(KernelError) -> HotResetInfo {
    var capacity: UInt32 = 16
    for _ in 0..<4 {
      guard
        case .hotResetInfo(let info) = try perform(
          .deviceGetPCIHotResetInfo(capacity: capacity),
          on: device
        )
      else { throw KernelError.strange(.deviceGetPCIHotResetInfo) }
      guard info.count > capacity else { return info }
      capacity = info.count
    }
    throw KernelError(.deviceGetPCIHotResetInfo, .malformed("a need for room that does not end"))
  }
}
