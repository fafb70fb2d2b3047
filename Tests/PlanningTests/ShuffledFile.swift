import Policy
import TestSupport

/// A guest file made up from a seed, whose entries can be written in any order.
struct ShuffledFile {
  /// A mapping or a line, its lines below it in any order.
  private indirect enum Entry {
    case line(String)
    case mapping(String, [Entry])
  }

  private var guests: [Entry] = []
  let host: ExampleHost

  /// Guests of one family that share no group of the host.
  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    host = Bool.random(using: &generator) ? .x86 : .powernv
    let names = ["zeta", "alpha", "m1", "db-2"].shuffled(using: &generator)
    var devices = host == .x86 ? ShuffledFile.x86Devices : ShuffledFile.powerDevices
    devices.shuffle(using: &generator)
    for name in names.prefix(Int.random(in: 1...3, using: &generator)) {
      let own = Array(devices.prefix(Int.random(in: 1...3, using: &generator)))
      devices.removeFirst(own.count)
      if own.isEmpty { break }
      let guest = host == .x86 ? ShuffledFile.q35(own, &generator) : ShuffledFile.pseries(own, &generator)
      guests.append(.mapping(name, guest))
    }
  }

  // MARK: Guests

  private static let x86Devices = [
    "{device: \"0000:01:00.0\", siblings: give}", "\"0000:02:00.0\"", "\"0000:03:00.0\"",
    "{device: \"0000:04:00.1\", siblings: park}", "\"0000:05:02.0\"",
    "{device: \"0000:05:02.1\", rom: {bar: false}}",
  ]
  private static let powerDevices = [
    "{device: \"0001:01:00.0\", siblings: give}", "\"0002:01:00.0\"", "\"0003:01:00.0\"", "\"0004:01:00.2\"",
  ]

  private static func q35(_ devices: [String], _ generator: inout SeededGenerator) -> [Entry] {
    let isVisible = Bool.random(using: &generator)
    var bridges: [Entry] = []
    for (index, device) in devices.enumerated() {
      var bridge: [Entry] = [.line("devices: [\(device)]")]
      // A group of two functions has one address space, so it stays where the guest's IOMMU is bypassed.
      if isVisible && (device.contains("siblings") || Bool.random(using: &generator)) {
        bridge.append(.line("iommu-use: map-all"))
      }
      if index > 0 || Bool.random(using: &generator) { bridge.append(.line("kind: pxb-pcie")) }
      if Bool.random(using: &generator) {
        bridge.append(.mapping("ports", [.line("q\(index): {}"), .line("p\(index): {reserve: {buses: 1}}")]))
      }
      bridges.append(.mapping(["w", "main", "b"][index], bridge))
    }
    var guest: [Entry] = [
      .line("machine: q35"), .line("memory: \(Int.random(in: 1...6, using: &generator))GiB"),
      .line("hypervisor: {memlock: unlimited}"), .mapping("bridges", bridges),
    ]
    if isVisible { guest.append(.line("viommu: {model: intel}")) }
    if Int.random(in: 0..<3, using: &generator) == 0 { guest.append(.line("iommu-model: iommufd")) }
    return guest
  }

  private static func pseries(_ devices: [String], _ generator: inout SeededGenerator) -> [Entry] {
    let bridges = devices.enumerated().map { index, device in
      var bridge: [Entry] = [.line("devices: [\(device)]")]
      if Bool.random(using: &generator) { bridge.append(.line("index: \(index + 4)")) }
      if Bool.random(using: &generator) { bridge.append(.line("window: {dma32: 512MiB}")) }
      return Entry.mapping(["w", "net", "b"][index], bridge)
    }
    var guest: [Entry] = [
      .line("machine: pseries"), .line("memory: \(Int.random(in: 1...6, using: &generator))GiB"),
      .line("hypervisor: {memlock: unlimited}"), .mapping("bridges", bridges),
    ]
    if Int.random(in: 0..<4, using: &generator) == 0 {
      guest.append(.line("iommu-model: spapr-tce"))
    }
    return guest
  }

  // MARK: Text

  /// The file with the entries of every mapping in some order.
  func text(using generator: inout SeededGenerator) -> String {
    ShuffledFile.text([.line("version: 1"), .mapping("guests", guests)], "", &generator)
  }

  private static func text(_ entries: [Entry], _ indent: String, _ generator: inout SeededGenerator) -> String
  {
    entries.shuffled(using: &generator).map { entry in
      switch entry {
      case .line(let line): "\(indent)\(line)\n"
      case .mapping(let name, let below): "\(indent)\(name):\n" + text(below, indent + "  ", &generator)
      }
    }.joined()
  }
}
