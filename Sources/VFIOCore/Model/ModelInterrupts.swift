import VFIOTypes

/// What interrupts of a device are set up to do: `struct vfio_pci_core_device` in Linux 6.12 vfio/pci/vfio_pci_intrs.c.
struct ModelInterrupts: Sendable {
  static let intx: UInt32 = 0
  static let msi: UInt32 = 1
  static let msix: UInt32 = 2
  static let error: UInt32 = 3
  static let request: UInt32 = 4

  /// Which of INTx, MSI and MSI-X is on; nil for none.
  var kind: UInt32?
  /// The counters by vector.
  var triggers: [UInt32: Int] = [:]
  /// Vectors of MSI that there are to be had.
  var allocated: UInt32 = 0
  /// The counter that unmasks INTx.
  var unmask: Int?
  /// The counters of errors and of requests to let the device go, by kind.
  var notices: [UInt32: Int] = [:]

  mutating func switchOff() {
    (kind, triggers, allocated, unmask) = (nil, [:], 0, nil)
  }
}

extension IRQSet.Vectors {
  var count: UInt64 {
    switch self {
    case .now(let count): UInt64(count)
    case .chosen(let chosen): UInt64(chosen.count)
    case .eventfds(let counters): UInt64(counters.count)
    }
  }
}

extension ModelKernel {
  /// vfio_pci_core.c: vfio_pci_ioctl_set_irqs.
  mutating func setIRQs(_ set: IRQSet, of place: ModelDevicePlace) throws(ModelRefusal) {
    let device = host.groups[place.group].devices[place.device]
    let function = "vfio_main.c: vfio_set_irqs_validate_and_prepare"
    let (start, count) = (UInt64(set.start), set.vectors.count)
    // What has no vectors of a kind has none to begin at.
    let vectors = UInt64(device.vectorCount(of: set.index))
    guard set.index <= ModelInterrupts.request, start < vectors, start + count <= vectors else {
      throw ModelRefusal(.einval, function)
    }
    switch (set.index, set.action) {
    case (ModelInterrupts.intx, .trigger): try triggerINTx(set, of: place)
    case (ModelInterrupts.intx, .mask), (ModelInterrupts.intx, .unmask): try maskINTx(set, of: place)
    case (ModelInterrupts.msi, .trigger), (ModelInterrupts.msix, .trigger): try triggerMSI(set, of: place)
    case (ModelInterrupts.error, .trigger), (ModelInterrupts.request, .trigger):
      try triggerNotice(set, of: place)
    default:
      throw ModelRefusal(.enotty, "vfio_pci_intrs.c: vfio_pci_set_irqs_ioctl, nothing masks these")
    }
  }

  /// vfio_pci_intrs.c: vfio_pci_set_intx_trigger.
  private mutating func triggerINTx(_ set: IRQSet, of place: ModelDevicePlace) throws(ModelRefusal) {
    let function = "vfio_pci_intrs.c: vfio_pci_set_intx_trigger"
    let kind = opened[place]?.interrupts.kind
    if kind == ModelInterrupts.intx, set.vectors == .now(count: 0) {
      opened[place]?.interrupts.switchOff()
      return
    }
    guard kind == nil || kind == ModelInterrupts.intx, set.start == 0, set.vectors.count == 1 else {
      throw ModelRefusal(.einval, function)
    }
    if case .eventfds(let counters) = set.vectors {
      let counter = try self.counter(of: counters.first ?? nil)
      opened[place]?.interrupts.kind = ModelInterrupts.intx
      opened[place]?.interrupts.triggers[0] = counter
      return
    }
    guard kind == ModelInterrupts.intx else { throw ModelRefusal(.einval, "\(function), INTx is off") }
    signal(set, of: place)
  }

  /// vfio_pci_intrs.c: vfio_pci_set_intx_mask and vfio_pci_set_intx_unmask.
  private mutating func maskINTx(_ set: IRQSet, of place: ModelDevicePlace) throws(ModelRefusal) {
    guard opened[place]?.interrupts.kind == ModelInterrupts.intx, set.vectors.count == 1 else {
      throw ModelRefusal(.einval, "vfio_pci_intrs.c: vfio_pci_set_intx_mask, INTx is off")
    }
    guard case .eventfds(let counters) = set.vectors else { return }
    guard set.action == .unmask else {
      throw ModelRefusal(.enotty, "vfio_pci_intrs.c: vfio_pci_set_intx_mask, no counter masks")
    }
    guard let counter = try counter(of: counters.first ?? nil) else {
      opened[place]?.interrupts.unmask = nil
      return
    }
    guard opened[place]?.interrupts.unmask == nil else {
      throw ModelRefusal(.ebusy, "virqfd.c: vfio_virqfd_enable")
    }
    opened[place]?.interrupts.unmask = counter
  }

  /// vfio_pci_intrs.c: vfio_pci_set_msi_trigger.
  private mutating func triggerMSI(_ set: IRQSet, of place: ModelDevicePlace) throws(ModelRefusal) {
    let function = "vfio_pci_intrs.c: vfio_pci_set_msi_trigger"
    let kind = opened[place]?.interrupts.kind
    if kind == set.index, set.vectors == .now(count: 0) {
      opened[place]?.interrupts.switchOff()
      return
    }
    guard kind == nil || kind == set.index else {
      throw ModelRefusal(.einval, "\(function), another kind is on")
    }
    guard case .eventfds(let counters) = set.vectors else {
      guard kind == set.index else { throw ModelRefusal(.einval, "\(function), it is off") }
      signal(set, of: place)
      return
    }
    if kind == nil {
      let wanted = set.start + UInt32(counters.count)
      guard wanted > 0 else { throw ModelRefusal(.erange, "pci/msi/msi.c: __pci_enable_msi_range") }
      opened[place]?.interrupts.kind = set.index
      opened[place]?.interrupts.allocated = wanted
    }
    do throws(ModelRefusal) {
      for (vector, number) in zip(set.start..., counters) { try setVector(vector, to: number, of: place) }
    } catch {
      // vfio_msi_set_block takes back what it set, and what was there before.
      for (vector, _) in zip(set.start..., counters) { opened[place]?.interrupts.triggers[vector] = nil }
      if kind == nil { opened[place]?.interrupts.switchOff() }
      throw error
    }
  }

  /// vfio_pci_intrs.c: vfio_msi_set_vector_signal.
  private mutating func setVector(
    _ vector: UInt32,
    to number: DescriptorNumber?,
    of place: ModelDevicePlace
  ) throws(ModelRefusal) {
    opened[place]?.interrupts.triggers[vector] = nil
    guard number != nil else { return }
    // More vectors of MSI-X can be had later, more of MSI cannot.
    let interrupts = opened[place]?.interrupts ?? ModelInterrupts()
    guard interrupts.kind == ModelInterrupts.msix || vector < interrupts.allocated else {
      throw ModelRefusal(.einval, "vfio_pci_intrs.c: vfio_msi_alloc_irq")
    }
    let counter = try counter(of: number)
    opened[place]?.interrupts.triggers[vector] = counter
  }

  /// vfio_pci_intrs.c: vfio_pci_set_ctx_trigger_single.
  private mutating func triggerNotice(_ set: IRQSet, of place: ModelDevicePlace) throws(ModelRefusal) {
    let refusal = ModelRefusal(.einval, "vfio_pci_intrs.c: vfio_pci_set_ctx_trigger_single")
    let counter = opened[place]?.interrupts.notices[set.index]
    switch set.vectors {
    case .now(let count):
      guard let counter else { throw refusal }
      if count > 0 { signal(counter) } else { opened[place]?.interrupts.notices[set.index] = nil }
    case .chosen(let chosen):
      guard let isChosen = chosen.first else { throw refusal }
      if isChosen, let counter { signal(counter) }
    case .eventfds(let counters):
      guard let number = counters.first else { throw refusal }
      let counter = try self.counter(of: number)
      opened[place]?.interrupts.notices[set.index] = counter
    }
  }

  // MARK: Counters

  /// The counter behind a descriptor, nil for none: fs/eventfd.c: eventfd_ctx_fdget.
  private func counter(of number: DescriptorNumber?) throws(ModelRefusal) -> Int? {
    guard let number else { return nil }
    guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else {
      throw ModelRefusal(.ebadf, "fs/eventfd.c: eventfd_ctx_fdget")
    }
    guard case .eventfd(let counter) = file else {
      throw ModelRefusal(.einval, "fs/eventfd.c: eventfd_ctx_fileget, no counter")
    }
    return counter
  }

  /// Tells the counters of a set as if the device had interrupted.
  private mutating func signal(_ set: IRQSet, of place: ModelDevicePlace) {
    let chosen: [Bool] =
      switch set.vectors {
      case .now(let count): Array(repeating: true, count: Int(count))
      case .chosen(let chosen): chosen
      case .eventfds: []
      }
    for (vector, isChosen) in zip(set.start..., chosen) where isChosen {
      if let counter = opened[place]?.interrupts.triggers[vector] { signal(counter) }
    }
  }

  /// fs/eventfd.c: eventfd_signal: a full counter stays full.
  private mutating func signal(_ counter: Int) {
    guard let count = counters[counter] else { return }
    counters[counter] = count == UInt64.max ? count : count + 1
  }

  /// Ends a counter: what unmasked by it does so no more, what was delivered to it goes nowhere.
  mutating func end(counter: Int) {
    counters[counter] = nil
    for place in opened.keys where opened[place]?.interrupts.unmask == counter {
      opened[place]?.interrupts.unmask = nil
    }
  }

  /// fs/eventfd.c: eventfd_read and eventfd_write of a counter that does not block.
  mutating func perform(_ request: Request, onCounter counter: Int) throws(ModelRefusal) -> Reply {
    let counted = counters[counter] ?? 0
    switch request {
    case .eventfdRead:
      counters[counter] = 0
      return .value(counted)
    case .eventfdWrite(let number):
      guard number < UInt64.max else { throw ModelRefusal(.einval, "fs/eventfd.c: eventfd_write") }
      guard number < UInt64.max - counted else {
        throw ModelRefusal(.eagain, "fs/eventfd.c: eventfd_write, the counter is full")
      }
      // virqfd.c: virqfd_wakeup takes what was counted.
      let isUnmasking = opened.values.contains { $0.interrupts.unmask == counter }
      counters[counter] = isUnmasking && number > 0 ? 0 : counted + number
      return .done
    default: throw ModelRefusal(.enotty, "fs/eventfd.c: the file has no requests")
    }
  }
}

extension ModelDevice {
  /// vfio_pci_core.c: vfio_pci_get_irq_count.
  func vectorCount(of kind: UInt32) -> UInt32 {
    switch kind {
    case ModelInterrupts.intx...ModelInterrupts.msix:
      Int(kind) < vectors.count ? vectors[Int(kind)] : 0
    case ModelInterrupts.error: isExpress ? 1 : 0
    case ModelInterrupts.request: 1
    default: 0
    }
  }
}
