import VFIOCore
import VFIOTypes

/// Replies to the text of the expected column.
extension ConformanceRun where Asked: ~Copyable {
  func text(of reply: Reply, _ row: ConformanceTable.Row) -> String {
    switch reply {
    case .done, .descriptor: return "0"
    case .version(let version): return "version=\(version)"
    case .support(let number): return number > 0 ? "yes" : "no"
    case .groupStatus(let status): return "flags=\(status.rawValue)"
    case .iommuInfo(let info): return text(of: info, row)
    case .unmapped(let bytes): return "unmapped=0x\(Hexadecimal.text(bytes))"
    case .deviceInfo(let info):
      return "flags=\(info.flags.rawValue) regions=\(info.regions) irqs=\(info.irqs)"
    case .regionInfo(let info):
      return "bytes=0x\(Hexadecimal.text(info.bytes)) flags=\(info.flags.rawValue)"
    case .irqInfo(let info): return "count=\(info.count)"
    case .spaprTCEInfo(let info): return text(of: info)
    case .window(let start): return "start=0x\(Hexadecimal.text(start))"
    case .eehState(let state): return "state=\(state.rawValue)"
    case .dirtyBitmap(let words):
      return "bitmap=" + words.map { Hexadecimal.text($0) }.joined(separator: ",")
    case .hotResetInfo(let info): return text(of: info)
    case .object(let object): return "object=\(object.number)"
    case .ioasRanges(let info): return text(of: info)
    case .iova(let iova): return "iova=0x\(Hexadecimal.text(iova))"
    case .hardware(let hardware):
      return "type=\(hardware.dataType) bytes=\(hardware.size) capabilities=\(hardware.capabilities.rawValue)"
    case .value(let value): return "value=\(value)"
    case .bytes(let bytes):
      return "bytes=" + bytes.map { Hexadecimal.text(UInt64($0), digits: 2) }.joined()
    }
  }

  private func text(of info: SPAPRTCEInfo) -> String {
    let start = Hexadecimal.text(UInt64(info.windowStart))
    let size = Hexadecimal.text(UInt64(info.windowSize))
    let window = "window=0x\(start)+0x\(size)"
    guard let dynamic = info.dynamicWindows else { return window }
    let pageSizes = Hexadecimal.text(dynamic.pageSizes.mask)
    return "\(window) pgsizes=0x\(pageSizes) windows=\(dynamic.count) levels=\(dynamic.levels)"
  }

  private func text(of info: IOMMUInfo, _ row: ConformanceTable.Row) -> String {
    if row.arguments == ["size"] { return info.size > 24 ? "more" : "all" }
    do throws(CapabilityChain.Fault) {
      let parsed = try IOMMUInformation(info)
      let ranges = parsed.ranges.map { $0.map(\.description).joined(separator: ",") } ?? "unknown"
      return switch row.arguments {
      case ["available"]: "available=\(parsed.available.map { "\($0)" } ?? "unknown")"
      case ["ranges"]: "ranges=\(ranges)"
      default: "pgsizes=0x\(Hexadecimal.text(parsed.pageSizes.mask))"
      }
    } catch { return error.what }
  }
}
