import VFIOCore
import VFIOTypes

/// The names a trace gives to what is open: by kind and order of opening, so that traces of two runs compare.
struct TraceNames: Sendable {
  private var descriptors: [DescriptorNumber: String] = [:]
  private var memories: [(name: String, address: UInt64, size: UInt64)] = []
  private var counts: [String: Int] = [:]

  /// The name of the next thing of a kind.
  private mutating func next(_ kind: String) -> String {
    counts[kind, default: 0] += 1
    return "\(kind)\(counts[kind, default: 0])"
  }

  mutating func opened(_ kind: String, _ descriptor: DescriptorNumber) -> String {
    let name = next(kind)
    descriptors[descriptor] = name
    return name
  }

  mutating func allocated(_ address: UInt64, _ size: UInt64) -> String {
    let name = next("memory")
    memories.append((name, address, size))
    return name
  }

  mutating func closed(_ descriptor: DescriptorNumber) { descriptors[descriptor] = nil }

  mutating func released(_ address: UInt64) { memories.removeAll { $0.address == address } }

  func name(of descriptor: DescriptorNumber) -> String { descriptors[descriptor] ?? "nothing" }

  /// `memory1+0x1000`.
  func name(ofMemory address: UInt64) -> String {
    guard let memory = memories.first(where: { $0.address <= address && address - $0.address < $0.size })
    else {
      return "nothing"
    }
    return "\(memory.name)+0x\(Hexadecimal.text(address - memory.address))"
  }
}

/// Replies and refusals as text, both ways.
enum TraceText {
  static func text(of reply: Reply) -> String {
    switch reply {
    case .done: "done"
    case .version(let number): "version \(number)"
    case .support(let number): "support \(number)"
    case .groupStatus(let status): "status \(status.rawValue)"
    case .descriptor: "opened"
    case .iommuInfo(let info):
      "info \(info.size) \(info.pageSizes.mask) \(info.capabilities.first) \(hexadecimal(info.capabilities.bytes))"
    case .spaprTCEInfo(let info): text(of: info)
    case .window(let start): "window \(start)"
    case .eehState(let state): "eeh \(state.rawValue)"
    case .dirtyBitmap(let words):
      "dirty \(words.isEmpty ? "-" : words.map { Hexadecimal.text($0, digits: 16) }.joined())"
    case .hotResetInfo(let info):
      (["hot-reset", "\(info.flags.rawValue)", "\(info.count)"]
        + info.members.flatMap { ["\($0.owner)", "\($0.address)"] }).joined(separator: " ")
    case .object(let object): "object \(object.number)"
    case .ioasRanges(let ranges):
      (["iova-ranges", "\(ranges.count)", "\(ranges.alignment)"]
        + ranges.ranges.flatMap { ["\($0.start)", "\($0.last)"] }).joined(separator: " ")
    case .iova(let iova): "iova \(iova)"
    case .hardware(let hardware):
      "hardware \(hardware.dataType) \(hardware.size) \(hardware.pasidBits) \(hardware.capabilities.rawValue)"
        + " \(hexadecimal(hardware.data))"
    case .value(let number): "value \(number)"
    case .unmapped(let bytes): "unmapped \(bytes)"
    case .deviceInfo(let info): "device \(info.flags.rawValue) \(info.regions) \(info.irqs)"
    case .regionInfo(let info):
      "region \(info.index) \(info.flags.rawValue) \(info.bytes) \(info.offset) \(info.size)"
        + " \(info.capabilities.first) \(hexadecimal(info.capabilities.bytes))"
    case .irqInfo(let info): "irq \(info.index) \(info.flags.rawValue) \(info.count)"
    case .bytes(let bytes): "bytes \(hexadecimal(bytes))"
    }
  }

  /// The reply of a text, nil where it is none; a descriptor is given by the caller.
  static func reply(_ text: Substring, opening descriptor: DescriptorNumber) -> Reply? {
    let words = text.split(separator: " ")
    let numbers = words.dropFirst().map { UInt64($0) ?? 0 }
    let count = numbers.count
    func small(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: numbers[index]) }
    func chain(first: Int) -> CapabilityChain? {
      bytes(words[first + 2]).map { CapabilityChain(bytes: $0, first: small(first)) }
    }
    switch (words.first, count) {
    case ("done", 0): return .done
    case ("version", 1): return .version(Int32(truncatingIfNeeded: numbers[0]))
    case ("support", 1): return .support(Int32(truncatingIfNeeded: numbers[0]))
    case ("status", 1): return .groupStatus(GroupStatus(rawValue: small(0)))
    case ("opened", 0): return .descriptor(descriptor)
    case ("info", 4):
      let mask = PageSizes(mask: numbers[1])
      return chain(first: 2).map { .iommuInfo(IOMMUInfo(size: small(0), pageSizes: mask, capabilities: $0)) }
    case ("unmapped", 1): return .unmapped(numbers[0])
    case ("device", 3):
      return .deviceInfo(DeviceInfo(flags: .init(rawValue: small(0)), regions: small(1), irqs: small(2)))
    case ("region", 7):
      guard let chain = chain(first: 5) else { return nil }
      return .regionInfo(
        RegionInfo(
          index: small(0),
          flags: .init(rawValue: small(1)),
          bytes: numbers[2],
          offset: numbers[3],
          size: small(4),
          capabilities: chain
        )
      )
    case ("irq", 3):
      return .irqInfo(IRQInfo(index: small(0), flags: .init(rawValue: small(1)), count: small(2)))
    case ("bytes", 1): return bytes(words[1]).map { .bytes($0) }
    case ("spapr-info", 2), ("spapr-info", 5):
      return .spaprTCEInfo(
        SPAPRTCEInfo(
          windowStart: small(0),
          windowSize: small(1),
          dynamicWindows: count == 2
            ? nil
            : SPAPRTCEInfo.DynamicWindows(
              pageSizes: PageSizes(mask: numbers[2]),
              count: small(3),
              levels: small(4)
            )
        )
      )
    case ("window", 1): return .window(start: numbers[0])
    case ("eeh", 1):
      return EEHState(rawValue: Int32(truncatingIfNeeded: numbers[0])).map { .eehState($0) }
    case ("dirty", 1):
      return bytes(words[1]).map { bytes in
        .dirtyBitmap(
          stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reduce(0) { $0 << 8 | UInt64($1) }
          }
        )
      }
    case ("hot-reset", _) where count >= 2 && count % 2 == 0:
      let members = stride(from: 3, to: words.count, by: 2).compactMap { index in
        PCIAddress(String(words[index + 1])).map {
          HotResetInfo.Member(owner: small(index - 1), address: $0)
        }
      }
      let flags = HotResetInfo.Flags(rawValue: small(0))
      return .hotResetInfo(HotResetInfo(flags: flags, count: small(1), members: members))
    case ("object", 1): return .object(ObjectID(small(0)))
    case ("iova-ranges", _) where count >= 2 && count % 2 == 0:
      let ranges = stride(from: 2, to: count, by: 2).compactMap { index in
        numbers[index] <= numbers[index + 1]
          ? IOVARange(start: numbers[index], last: numbers[index + 1]) : nil
      }
      return .ioasRanges(IOASRanges(count: small(0), ranges: ranges, alignment: numbers[1]))
    case ("iova", 1): return .iova(numbers[0])
    case ("hardware", 5):
      return bytes(words[5]).map {
        .hardware(
          IOMMUHardware(
            dataType: small(0),
            data: $0,
            size: small(1),
            pasidBits: UInt8(truncatingIfNeeded: numbers[2]),
            capabilities: .init(rawValue: numbers[3])
          )
        )
      }
    case ("value", 1): return .value(numbers[0])
    default: return nil
    }
  }

  private static func text(of info: SPAPRTCEInfo) -> String {
    let window = "spapr-info \(info.windowStart) \(info.windowSize)"
    guard let dynamic = info.dynamicWindows else { return window }
    return "\(window) \(dynamic.pageSizes.mask) \(dynamic.count) \(dynamic.levels)"
  }

  /// What stands behind the size of memory: nothing for what is usual.
  static func text(of pages: MemoryPages) -> String {
    (pages.sharing == .memfd ? " memfd" : "") + (pages.hugePageSize.map { " huge \($0)" } ?? "")
  }

  static func text(of memory: ProcessMemory) -> String {
    "memory \(memory.pageSize) \(memory.lockedLimit.map { "\($0)" } ?? "unlimited") \(memory.locked)"
  }

  /// The figures of a text, nil where it has none.
  static func processMemory(_ text: Substring) -> ProcessMemory? {
    let words = text.split(separator: " ")
    guard words.count == 4, words[0] == "memory", let page = UInt64(words[1]), let locked = UInt64(words[3])
    else { return nil }
    return ProcessMemory(pageSize: page, lockedLimit: UInt64(words[2]), locked: locked)
  }

  static func text(of cause: KernelError.Cause) -> String {
    switch cause {
    case .system(let errno): "errno \(errno.number) \(errno.name)"
    case .returned(let number): "returned \(number)"
    case .range(let fault): "refused \(fault)"
    case .window(let fault): "refused \(fault)"
    case .interrupts(let fault): "refused \(fault)"
    case .lockedMemory(let fault): "refused \(fault)"
    case .version(let number): "refused version \(number)"
    case .malformed(let what): "refused \(what)"
    case .refused(let why): "refused \(why)"
    case .lost: "refused the stream to the agent ended"
    }
  }

  /// The kernel's refusal of a text, nil where it is none.
  static func cause(_ text: Substring) -> KernelError.Cause? {
    let words = text.split(separator: " ")
    guard words.count >= 2, let number = Int32(words[1]) else { return nil }
    return switch words[0] {
    case "errno": .system(ErrorNumber(number))
    case "returned": .returned(number)
    default: nil
    }
  }

  /// Two digits a byte, `-` for none.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.isEmpty ? "-" : bytes.map { Hexadecimal.text(UInt64($0), digits: 2) }.joined()
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    if text == "-" { return [] }
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = Hexadecimal.value(digits[index..<(index + 2)]) else { return nil }
      bytes.append(UInt8(byte))
    }
    return bytes
  }
}
