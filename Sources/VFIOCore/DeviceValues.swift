public import VFIOTypes

/// `struct vfio_irq_set`: what to do with interrupts of one kind.
public struct IRQSet: Hashable, Sendable {
  /// What to do.
  public enum Action: UInt32, Hashable, Sendable, CaseIterable {
    /// `VFIO_IRQ_SET_ACTION_MASK`.
    case mask = 8
    /// `VFIO_IRQ_SET_ACTION_UNMASK`.
    case unmask = 16
    /// `VFIO_IRQ_SET_ACTION_TRIGGER`.
    case trigger = 32
  }

  /// To which interrupts, and how they are told.
  public enum Vectors: Hashable, Sendable {
    /// `VFIO_IRQ_SET_DATA_NONE`: the action now, for that many; a trigger of none switches the whole kind off.
    case now(count: UInt32)
    /// `VFIO_IRQ_SET_DATA_BOOL`: the action now, for those that are true.
    case chosen([Bool])
    /// `VFIO_IRQ_SET_DATA_EVENTFD`: the action whenever the counter is written, or for a trigger the counter it writes; nil takes
    /// the counter of that vector away.
    case eventfds([DescriptorNumber?])
  }

  /// Which kind: 0 INTx, 1 MSI, 2 MSI-X, 3 error, 4 release request on PCI.
  public var index: UInt32
  /// The first vector.
  public var start: UInt32
  /// What to do.
  public var action: Action
  /// To which vectors from the first.
  public var vectors: Vectors

  /// A set of those values.
  ///
  /// - Parameters:
  ///   - index: which kind.
  ///   - start: the first vector.
  ///   - action: what to do.
  ///   - vectors: to which vectors from the first.
  public init(index: UInt32, start: UInt32 = 0, action: Action, vectors: Vectors) {
    self.index = index
    self.start = start
    self.action = action
    self.vectors = vectors
  }
}

/// What `VFIO_DEVICE_GET_PCI_HOT_RESET_INFO` answers: who is reset along.
public struct HotResetInfo: Hashable, Sendable {
  /// How the devices are told.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_PCI_HOT_RESET_FLAG_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Devices are told by their number in the iommufd, not by group: `VFIO_PCI_HOT_RESET_FLAG_DEV_ID`.
    public static let byDevice = Flags(rawValue: 1)
    /// The iommufd owns them all: `VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED`.
    public static let owned = Flags(rawValue: 2)
  }

  /// `struct vfio_pci_dependent_device`.
  public struct Member: Hashable, Sendable {
    /// Its group, or with `byDevice` its number in the iommufd: 0 where it is owned without being bound, the largest number where
    /// it is not owned.
    public var owner: UInt32
    /// Which function.
    public var address: PCIAddress

    /// A function of those values.
    ///
    /// - Parameters:
    ///   - owner: its group or its number in the iommufd.
    ///   - address: which function.
    public init(owner: UInt32, address: PCIAddress) {
      self.owner = owner
      self.address = address
    }
  }

  /// How the devices are told.
  public var flags: Flags
  /// How many there are: more than were told where there was no room for all, which the kernel says with `ENOSPC`.
  public var count: UInt32
  /// The functions; none where there was no room for all.
  public var members: [Member]

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - flags: how the devices are told.
  ///   - count: how many there are.
  ///   - members: the functions.
  public init(flags: Flags, count: UInt32, members: [Member]) {
    self.flags = flags
    self.count = count
    self.members = members
  }
}

/// The features of `VFIO_DEVICE_FEATURE`, by their numbers.
public enum DeviceFeature: UInt32, Hashable, Sendable, CaseIterable {
  /// `VFIO_DEVICE_FEATURE_PCI_VF_TOKEN`.
  case vfToken = 0
  /// `VFIO_DEVICE_FEATURE_MIGRATION`.
  case migration = 1
  /// `VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE`.
  case migrationState = 2
  /// `VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY`.
  case lowPowerEntry = 3
  /// `VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP`.
  case lowPowerEntryWithWakeup = 4
  /// `VFIO_DEVICE_FEATURE_LOW_POWER_EXIT`.
  case lowPowerExit = 5
  /// `VFIO_DEVICE_FEATURE_DMA_LOGGING_START`.
  case dmaLoggingStart = 6
  /// `VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP`.
  case dmaLoggingStop = 7
  /// `VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT`.
  case dmaLoggingReport = 8
}

/// What to do with a feature; each that is refused is so with `ENOTTY`.
public enum FeatureOperation: Hashable, Sendable {
  /// Asks whether it can be read.
  case probeGet(DeviceFeature)
  /// Asks whether it can be set.
  case probeSet(DeviceFeature)
  /// Reads how the device can be migrated: 1 stop-copy, 2 peer to peer, 4 pre-copy; answered by `value`.
  case getMigration
  /// Sets the token that VFs of this PF must be opened with.
  case setVFToken(VFToken)
}

/// A UUID that opens VFs whose PF is bound to a VFIO driver too.
public struct VFToken: Hashable, Sendable {
  /// Its 16 bytes, in the order of its text.
  public let bytes: [UInt8]

  /// The token of a UUID's text, nil where it is none: `00112233-4455-6677-8899-aabbccddeeff`.
  ///
  /// - Parameter text: the text.
  public init?(_ text: some StringProtocol) {
    let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard groups.map(\.count) == [8, 4, 4, 4, 12] else { return nil }
    let digits = groups.flatMap { $0 }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = Hexadecimal.value(digits[index..<(index + 2)]) else { return nil }
      bytes.append(UInt8(byte))
    }
    self.bytes = bytes
  }
}
