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

extension TraceNames {
  /// A call with what it was asked of, without numbers that differ between runs.
  func text(of request: Request, on descriptor: DescriptorNumber) -> String {
    let words: [String] =
      switch request {
      case .getAPIVersion, .groupGetStatus, .groupUnsetContainer, .deviceGetInfo, .deviceReset: []
      case .checkExtension(.model(let model)): [model.rawValue]
      case .checkExtension(.cacheCoherency): ["cache-coherency"]
      case .checkExtension(.unmapAll): ["unmap-all"]
      case .setIOMMU(let model): [model.rawValue]
      case .iommuGetInfo(let capacity): ["\(capacity)"]
      case .iommuMapDMA(let mapping):
        [
          name(ofMemory: mapping.address), "0x\(Hexadecimal.text(mapping.iova))",
          "0x\(Hexadecimal.text(mapping.size))", "\(mapping.access.rawValue)",
        ]
      case .iommuUnmapDMA(let range): ["\(range)"]
      case .iommuUnmapAll: ["all"]
      case .groupSetContainer(let container): [name(of: container)]
      case .groupGetDeviceFD(let address, let token): ["\(address)"] + (token.map { [$0] } ?? [])
      case .deviceGetRegionInfo(let index, let capacity): ["\(index)", "\(capacity)"]
      case .deviceGetIRQInfo(let index): ["\(index)"]
      case .read(let offset, let count): ["0x\(Hexadecimal.text(offset))", "\(count)"]
      case .write(let offset, let bytes): ["0x\(Hexadecimal.text(offset))", TraceText.hexadecimal(bytes)]
      }
    return ([request.call.rawValue, name(of: descriptor)] + words).joined(separator: " ")
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
    default: return nil
    }
  }

  static func text(of cause: KernelError.Cause) -> String {
    switch cause {
    case .system(let errno): "errno \(errno.number) \(errno.name)"
    case .returned(let number): "returned \(number)"
    case .range(let fault): "refused \(fault)"
    case .version(let number): "refused version \(number)"
    case .malformed(let what): "refused \(what)"
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
