import Diagnostics
import VFIOTypes

extension PlanText {
  static func guest(_ guest: GuestPlan, _ palette: Palette, _ detail: Detail) -> String {
    var columns = TextColumns()
    for container in guest.containers {
      columns.add(
        .init("+ container \(container.name)", .emphasis),
        .init(description(of: container, guest))
      )
    }
    if guest.lockedMemory.needed > 0 {
      columns.add(.init("locked memory"), .init(description(of: guest.lockedMemory)))
    }
    var text = columns.text(indent: "  ", palette: palette)
    switch detail {
    case .changes: break
    case .decisions: text += details(guest, palette)
    }
    return text
  }

  // MARK: Containers

  private static func description(of container: PlannedContainer, _ guest: GuestPlan) -> String {
    var words = [container.model.words]
    for window in container.windows where window.kind == .default {
      words.append("window 0x\(Hexadecimal.text(window.start)) +\(ByteCount(window.size).rounded)")
    }
    if container.model.isSPAPR {
      words.append("dynamic windows \(container.windows.count { $0.kind == .dynamic })")
    }
    switch container.use {
    case .guestVisible:
      if !container.model.isSPAPR { words.append("guest-visible") }
      words.append("no memory listener")
    case .mapAll: words.append("guest RAM mapped, \(ByteCount(guest.memory.size).rounded)")
    case .nested:
      words.append("nested")
      words.append("guest RAM mapped, \(ByteCount(guest.memory.size).rounded)")
    }
    return words.joined(separator: ", ")
  }

  private static func description(of memory: LockedMemory) -> String {
    let needed = "\(ByteCount(memory.needed).rounded) needed"
    if memory.isUnlimited { return "\(needed), no limit" }
    return memory.allowed.map { "\(needed), \(ByteCount($0).rounded) allowed" }
      ?? "\(needed), limit not known"
  }

  // MARK: What is said beyond

  private static func details(_ guest: GuestPlan, _ palette: Palette) -> String {
    var parts = TextColumns()
    for part in guest.lockedMemory.parts where part.bytes > 0 {
      parts.add(.init(ByteCount(part.bytes).rounded), .init(part.what))
    }
    var decisions = TextColumns()
    for decision in guest.decisions {
      decisions.add(.init(decision.path), .init(decision.choice, .emphasis), .init(decision.reason))
    }
    return parts.text(indent: "    ", palette: palette)
      + (guest.decisions.isEmpty ? "" : "  decisions\n")
      + decisions.text(indent: "    ", palette: palette)
  }
}

extension IOMMUModel {
  /// As a person names it.
  package var words: String {
    switch self {
    case .type1: "Type1"
    case .type1v2: "Type1v2"
    case .spaprTCE: "sPAPR TCE v1"
    case .spaprTCEv2: "sPAPR TCE v2"
    case .iommufd: "iommufd"
    case .noIOMMU: "no IOMMU"
    }
  }
}
