import VFIOTypes

/// What `/proc/cpuinfo` says of the host's processors.
enum ProcessorFacts {
  static func read(_ host: HostText) -> HostSnapshot.CPU {
    var cpu = HostSnapshot.CPU()
    for line in host.lines("/proc/cpuinfo") ?? [] {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = trimmed(line[..<colon])
      let value = trimmed(line[line.index(after: colon)...])
      take(key, value, &cpu)
    }
    return cpu
  }

  private static func take(_ key: String, _ value: String, _ cpu: inout HostSnapshot.CPU) {
    switch key {
    case "vendor_id":
      cpu.vendor = value
      cpu.architecture = value == "IBM/S390" ? .s390 : .x86
    case "model name": cpu.model = value
    case "address sizes":
      // "46 bits physical, 48 bits virtual"
      cpu.physicalBits = value.split(separator: " ").first.flatMap { Int($0) }.flatMap {
        (1...64).contains($0) ? $0 : nil
      }
    case "platform":
      cpu.platform = value
      cpu.architecture = .power
    case "cpu":
      // "POWER9 (architected), altivec supported"
      cpu.model = value.split(separator: ",").first.map(String.init)
      cpu.architecture = .power
    case "CPU implementer": cpu.architecture = .arm
    case "isa" where value.hasPrefix("rv"): cpu.architecture = .riscv
    default: break
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let front = text.drop(while: isBlank)
    let end = front.lastIndex { !isBlank($0) }
    return end.map { String(front[...$0]) } ?? ""
  }
}
