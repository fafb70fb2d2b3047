package import VFIOCore
import VFIOTypes

/// Asks a kernel the rows of a table, one after the other.
///
/// Requests go to the kernel as they stand, past the checks of `Container`: what is asked is what the kernel itself refuses.
package struct ConformanceRun<Asked: Kernel & ~Copyable & Sendable>: ~Copyable {
  package var kernel: Asked
  private let devices: [ConformanceDevice]
  private var numbers: [String: DescriptorNumber] = [:]
  private var opened: [String] = []
  private var memories: [String: (address: UInt64, size: UInt64, pageSize: UInt64)] = [:]
  private var currentCase = ""

  package init(_ kernel: consuming Asked, devices: [ConformanceDevice]) {
    self.kernel = kernel
    self.devices = devices
  }

  /// Asks one row; a row of another case than the one before first ends that.
  ///
  /// - Returns: the answer as the expected column spells it.
  package mutating func answer(_ row: ConformanceTable.Row) -> String {
    if row.name != currentCase {
      finish()
      currentCase = row.name
    }
    do throws(KernelError) {
      return try ask(row) ?? "not understood"
    } catch {
      return switch error.cause {
      case .system(let number): number.name
      case .returned(let number): "\(number)"
      case .range, .window, .interrupts, .lockedMemory, .version, .malformed, .refused, .lost: "\(error)"
      }
    }
  }

  /// Ends the current case: everything open is closed, the last first.
  package mutating func finish() {
    for name in opened.reversed() {
      guard let number = numbers[name] else { continue }
      try? kernel.close(Descriptor(adopting: number))
    }
    for memory in memories.values {
      try? kernel.release(
        Memory(adopting: memory.address, size: memory.size, pageSize: memory.pageSize)
      )
    }
    numbers = [:]
    opened = []
    memories = [:]
  }

  private mutating func ask(_ row: ConformanceTable.Row) throws(KernelError) -> String? {
    switch row.call {
    case "open": return try open(row)
    case "close":
      guard let number = numbers[row.subject] else { return nil }
      numbers[row.subject] = nil
      try kernel.close(Descriptor(adopting: number))
      return "0"
    case "allocate":
      guard let size = number(row, 0) else { return nil }
      let memory = try kernel.allocate(size)
      memories[row.subject] = (memory.address, memory.size, memory.pageSize)
      memory.relinquish()
      return "0"
    default:
      guard let request = request(of: row), let number = numbers[row.subject] else { return nil }
      let reply = try perform(request, on: number)
      if case .descriptor(let device) = reply {
        numbers[row.arguments[1]] = device
        opened.append(row.arguments[1])
      }
      return text(of: reply, row)
    }
  }

  private mutating func open(_ row: ConformanceTable.Row) throws(KernelError) -> String? {
    let node: Node
    if row.arguments == ["container"] {
      node = .container
    } else {
      guard let device = devices.first(where: { [$0.name] == row.arguments }) else { return nil }
      node = .group(device.group)
    }
    numbers[row.subject] = try kernel.open(node).relinquish()
    opened.append(row.subject)
    return "0"
  }

  private mutating func perform(
    _ request: Request,
    on number: DescriptorNumber
  ) throws(KernelError) -> Reply {
    let descriptor = Descriptor(adopting: number)
    do throws(KernelError) {
      let reply = try kernel.perform(request, on: descriptor)
      _ = descriptor.relinquish()
      return reply
    } catch {
      _ = descriptor.relinquish()
      throw error
    }
  }

  // MARK: Rows to requests

  private func request(of row: ConformanceTable.Row) -> Request? {
    switch row.call {
    case "GET_API_VERSION": return .getAPIVersion
    case "CHECK_EXTENSION":
      return row.arguments.first.flatMap { word in
        word == "unmap-all"
          ? .checkExtension(.unmapAll) : IOMMUModel(rawValue: word).map { .checkExtension(.model($0)) }
      }
    case "SET_IOMMU": return row.arguments.first.flatMap(IOMMUModel.init(rawValue:)).map { .setIOMMU($0) }
    case "GROUP_GET_STATUS": return .groupGetStatus
    case "GROUP_SET_CONTAINER":
      return row.arguments.first.flatMap { numbers[$0] }.map { .groupSetContainer($0) }
    case "GROUP_UNSET_CONTAINER": return .groupUnsetContainer
    case "GROUP_GET_DEVICE_FD":
      guard row.arguments.count == 2 else { return nil }
      return devices.first { $0.name == row.arguments[0] }.map { .groupGetDeviceFD($0.address, vfToken: nil) }
    case "IOMMU_GET_INFO": return .iommuGetInfo(capacity: row.arguments == ["size"] ? 24 : 4096)
    case "IOMMU_MAP_DMA": return map(row)
    case "IOMMU_UNMAP_DMA":
      if row.arguments == ["all"] { return .iommuUnmapAll }
      guard let start = number(row, 0), let size = number(row, 1) else { return nil }
      return .iommuUnmapDMA(IOVARange(start: start, last: start + size - 1))
    case "DEVICE_GET_INFO": return .deviceGetInfo
    case "DEVICE_GET_REGION_INFO":
      return number(row, 0).map { .deviceGetRegionInfo(index: UInt32($0), capacity: 256) }
    case "DEVICE_GET_IRQ_INFO": return number(row, 0).map { .deviceGetIRQInfo(index: UInt32($0)) }
    case "DEVICE_RESET": return .deviceReset
    case "pread":
      guard let region = number(row, 0), let offset = number(row, 1), let count = number(row, 2) else {
        return nil
      }
      return .read(offset: region << 40 + offset, count: Int(count))
    default: return nil
    }
  }

  /// `m0+0x800 IOVA SIZE [r|w|none]`.
  private func map(_ row: ConformanceTable.Row) -> Request? {
    let parts = row.arguments.first?.split(separator: "+") ?? []
    guard let name = parts.first, let iova = number(row, 1), let size = number(row, 2) else { return nil }
    // Memory that was never taken: an address no process has.
    let start = name == "nowhere" ? 0x1000 : memories[String(name)]?.address
    let offset = parts.count == 2 ? Hexadecimal.value(parts[1]) : 0
    guard let start, let offset else { return nil }
    let access: DMAMapping.Access =
      switch row.arguments.count == 4 ? row.arguments[3] : "" {
      case "r": .read
      case "w": .write
      case "none": []
      default: [.read, .write]
      }
    return .iommuMapDMA(DMAMapping(iova: iova, size: size, address: start + offset, access: access))
  }

  private func number(_ row: ConformanceTable.Row, _ index: Int) -> UInt64? {
    guard index < row.arguments.count else { return nil }
    let word = row.arguments[index]
    return word.hasPrefix("0x") ? Hexadecimal.value(word) : UInt64(word)
  }

  // MARK: Replies to text

  private func text(of reply: Reply, _ row: ConformanceTable.Row) -> String {
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
    case .spaprTCEInfo, .window, .eehState, .dirtyBitmap, .hotResetInfo, .object, .ioasRanges, .iova,
      .hardware,
      .value:
      return "\(reply)"
    case .bytes(let bytes):
      return "bytes=" + bytes.map { Hexadecimal.text(UInt64($0), digits: 2) }.joined()
    }
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
