package import Diagnostics
import VFIOTypes

extension PlanText {
  /// The steps of a plan, guest by guest, each with its number and the line it comes from.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - palette: the colours.
  ///   - isShown: which of them; the others keep their numbers.
  /// - Returns: the lines.
  package static func steps(_ plan: Plan, palette: Palette, where isShown: (Step) -> Bool = { _ in true })
    -> String
  {
    plan.guests.map { guest in
      var columns = TextColumns()
      for (number, planned) in guest.steps.enumerated() where isShown(planned.step) {
        let place =
          planned.origin.line > 0 ? "\(plan.file):\(planned.origin.line):\(planned.origin.column)" : ""
        columns.add(.init("\(number + 1)", .gutter), .init(planned.step.words), .init(place, .gutter))
      }
      return "guest \(palette.paint(TerminalText.escaped(guest.name), .emphasis))\n"
        + columns.text(indent: "  ", palette: palette)
    }.joined()
  }
}

extension Step {
  /// What is done, as an imperative.
  package var words: String {
    switch self {
    case .openContainer(let name): "open container '\(name)'"
    case .openGroup(let group): "open the group of \(group)"
    case .attachGroup(let group, let container): "attach the group of \(group) to container '\(container)'"
    case .attachGroupToAccepting(let group, let containers, let another):
      "attach the group of \(group) to \(containers.map { "'\($0)'" }.joined(separator: " or ")),"
        + " else to a new container '\(another)'"
    case .setIOMMU(let container, let model): "set the IOMMU model of '\(container)' to \(model.words)"
    case .readInformation(let container, let ranges): "read what '\(container)' offers\(accepting(ranges))"
    case .openDevice(let device, _, let token):
      "open device \(device)\(token == nil ? "" : ", with its VF token")"
    case .enable(let container): "enable '\(container)', which charges its whole window"
    case .registerMemory(let container, let memory): "register RAM '\(memory)' with '\(container)'"
    case .removeDefaultWindow(let container): "remove the default window of '\(container)'"
    case .createWindow(let container, let window):
      "create a window of '\(container)': 0x\(Hexadecimal.text(window.start)) +\(ByteCount(window.size).rounded)"
        + ", pages of \(ByteCount(window.pageSize).sentence)"
    case .enableEEH(let container): "enable EEH on '\(container)'"
    case .openIOMMUFD(let name): "open /dev/iommu as '\(name)'"
    case .allocateIOAS(let container, _): "allocate IOAS '\(container)'"
    case .bindDevice(let device, _): "open and bind device \(device)"
    case .attachDevice(let device, let container): "attach device \(device) to '\(container)'"
    case .readRanges(let container, let ranges): "read the ranges of '\(container)'\(accepting(ranges))"
    case .mapMemory(let container, let memory, let range): "map RAM '\(memory)' in '\(container)' at \(range)"
    case .proveMapping(let container, let address, let pageSize):
      "map and unmap \(ByteCount(pageSize).sentence) in '\(container)' at 0x\(Hexadecimal.text(address))"
    case .readDevice(let device): "read what device \(device) is"
    }
  }

  private func accepting(_ ranges: [IOVARange]) -> String {
    ranges.isEmpty ? "" : ", which must accept \(ranges.map(\.description).joined(separator: ", "))"
  }
}
