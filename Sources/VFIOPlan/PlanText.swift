package import Diagnostics
import VFIOTypes

/// The human form of a plan, like a review: what is changed, what is made, what stays.
///
/// `~` stands before a change, `=` before what is so already, `+` before what is made, `!` before what others must do.
package enum PlanText {
  /// How much is said.
  package enum Detail: Hashable, Sendable, CaseIterable {
    case changes
    /// Every decision with its reason, and the summands of locked memory.
    case decisions
  }

  package static func text(_ plan: Plan, palette: Palette, detail: Detail = .changes) -> String {
    var text = head(plan, palette)
    text += bindings(plan).text(indent: "  ", palette: palette)
    for guest in plan.guests {
      if plan.guests.count > 1 { text += heading("guest", guest.name, palette) + "\n" }
      text += self.guest(guest, palette, detail)
    }
    return text
  }

  private static func head(_ plan: Plan, _ palette: Palette) -> String {
    var words = [heading("plan", PlanJSON.name(of: plan), palette)]
    if let host = plan.host { words.append(heading("host", host, palette)) }
    if let only = plan.guests.first, plan.guests.count == 1 {
      words.append(heading("guest", only.name, palette))
    }
    return words.joined(separator: "  ") + "\n"
  }

  private static func heading(_ what: String, _ name: String, _ palette: Palette) -> String {
    "\(what) \(palette.paint(TerminalText.escaped(name), .emphasis))"
  }

  // MARK: The host

  private static func bindings(_ plan: Plan) -> TextColumns {
    var columns = TextColumns()
    var shown: Set<PCIAddress> = []
    // A fact says whether a function has no driver, or nobody looked.
    let driverless = Set(plan.facts.filter { $0.name == "driver" && $0.value == "none" }.map(\.subject))
    for binding in plan.bindings {
      // A group is spelled out once, at the first of its members.
      let isFirst = binding.group.first.map { shown.insert($0).inserted } ?? false
      let remark = remark(binding, isFirst: isFirst)
      let isDriverless = driverless.contains(binding.device.description)
      let current = binding.current ?? (isDriverless ? "no driver" : "unknown driver")
      let change = TextColumns.Cell(
        binding.isSatisfied ? binding.target : "\(current) -> \(binding.target)"
      )
      columns.add(device(binding), change, .init(remark))
    }
    return columns
  }

  /// The function after the sign of what happens to it.
  private static func device(_ binding: DriverBinding) -> TextColumns.Cell {
    guard !binding.isSatisfied else { return .init("= \(binding.device)", .gutter) }
    return binding.isManaged ? .init("~ \(binding.device)", .warning) : .init("! \(binding.device)", .error)
  }

  private static func remark(_ binding: DriverBinding, isFirst: Bool) -> String {
    var words: [String] = []
    if binding.isSatisfied { words.append("nothing to do") }
    if !binding.isSatisfied && !binding.isManaged { words.append("not managed, to be bound by the host") }
    switch binding.purpose {
    case .assigned: break
    case .given: words.append("sibling, given")
    case .parked: words.append("sibling, parked")
    }
    if isFirst && binding.group.count > 1 {
      words.append("group {\(binding.group.map(\.description).joined(separator: ", "))}")
    }
    return words.joined(separator: ", ")
  }
}
