import VFIOCore
import VFIOTypes

/// Rows about interrupts, resets, features and dirty pages; device.tsv says how they are written.
extension ConformanceRun where Asked: ~Copyable {
  func deviceRequest(_ row: ConformanceTable.Row) -> Request? {
    // Without what is to be wrong with the structure.
    let words = row.arguments.filter { !$0.contains("=") }
    switch row.call {
    case "read": return .eventfdRead(milliseconds: 0)
    case "write": return number(row, 0).map { .eventfdWrite($0) }
    case "DEVICE_GET_PCI_HOT_RESET_INFO":
      return .deviceGetPCIHotResetInfo(capacity: UInt32(number(row, 0) ?? 16))
    case "DEVICE_PCI_HOT_RESET":
      let groups = words.compactMap { descriptor($0) }
      return groups.count == words.count ? .devicePCIHotReset(groups: groups) : nil
    case "DEVICE_FEATURE": return feature(words)
    case "IOMMU_DIRTY_PAGES":
      switch words.first {
      case "start": return .iommuDirtyPages(.start)
      case "stop": return .iommuDirtyPages(.stop)
      default: return query(row, 0).map { .iommuDirtyPages(.bitmap($0)) }
      }
    default: return nil
    }
  }

  /// `KIND ACTION START now COUNT`, `KIND ACTION START chosen 0110`, or `KIND ACTION START eventfds NAME none ...`.
  func setIRQsInFull(_ row: ConformanceTable.Row) -> Request? {
    let actions: [String: IRQSet.Action] = ["mask": .mask, "unmask": .unmask, "trigger": .trigger]
    let kinds = ["intx", "msi", "msix", "error", "request", "beyond"]
    guard row.arguments.count >= 4, let index = kinds.firstIndex(of: row.arguments[0]),
      let action = actions[row.arguments[1]], let start = number(row, 2)
    else { return nil }
    let words = Array(row.arguments.dropFirst(4))
    let vectors: IRQSet.Vectors
    switch row.arguments[3] {
    case "now":
      guard let count = number(row, 4) else { return nil }
      vectors = .now(count: UInt32(count))
    case "chosen": vectors = .chosen((words.first ?? "").map { $0 == "1" })
    case "eventfds":
      let counters = words.map { $0 == "none" ? nil : descriptor($0) }
      vectors = .eventfds(counters)
    default: return nil
    }
    return .deviceSetIRQs(
      IRQSet(index: UInt32(index), start: UInt32(start), action: action, vectors: vectors)
    )
  }

  /// `get FEATURE` and `set FEATURE` ask whether it can be; `migration` reads it, `token` sets one.
  private func feature(_ words: [String]) -> Request? {
    let features: [String: DeviceFeature] = [
      "vf-token": .vfToken, "migration": .migration, "migration-state": .migrationState,
      "low-power-entry": .lowPowerEntry, "low-power-entry-with-wakeup": .lowPowerEntryWithWakeup,
      "low-power-exit": .lowPowerExit, "dma-logging-start": .dmaLoggingStart,
      "dma-logging-stop": .dmaLoggingStop, "dma-logging-report": .dmaLoggingReport,
    ]
    let feature = words.last.flatMap { features[$0] }
    switch words.first {
    case "get": return feature.map { .deviceFeature(.probeGet($0)) }
    case "set": return feature.map { .deviceFeature(.probeSet($0)) }
    case "migration": return .deviceFeature(.getMigration)
    case "token":
      return VFToken("00112233-4455-6677-8899-aabbccddeeff").map { .deviceFeature(.setVFToken($0)) }
    default: return nil
    }
  }

  /// Each function by its name, with `group` where its group is told rightly; or what the iommufd has it as.
  func text(of info: HotResetInfo) -> String {
    guard Int(info.count) == info.members.count else { return "count=\(info.count)" }
    let members = info.members.map { member in
      let device = devices.first { $0.address == member.address }
      let owner =
        if info.flags.contains(.byDevice) {
          switch member.owner {
          case 0: "owned"
          case UInt32.max: "unowned"
          default: "\(member.owner)"
          }
        } else { member.owner == device?.group.number ? "group" : "other" }
      return "\(device?.name ?? "other"):\(owner)"
    }
    return "flags=\(info.flags.rawValue) " + members.joined(separator: ",")
  }
}
