import ArgumentBackends
import Diagnostics
import Execution
import VFIOPlan
import VFIOTypes

/// The words of a command with the numbers of its descriptors in them.
///
/// `{iommufd}` is the number of the open /dev/iommu, `{fd:NAME}` and `{fd:ADDRESS}` that of a device; a word `{qemu}` becomes
/// all that `--emit qemu` prints, with the numbers in it. Other braces are the command's own, since JSON is full of them.
struct CommandWords {
  private let guest: GuestPlan
  private let plan: Plan
  /// Numbers by what stands between the braces.
  private var numbers: [String: Int32] = [:]

  /// The words for a guest, whose first descriptor has that number in the command.
  init(_ guest: GuestPlan, in plan: Plan, first: Int32) {
    self.guest = guest
    self.plan = plan
    for (place, item) in FreshDescriptors.items(of: guest).enumerated() {
      let number = first + Int32(place)
      switch item {
      case .iommufd: numbers["iommufd"] = number
      case .device(let address, let name):
        numbers["fd:\(address)"] = number
        numbers["fd:\(name)"] = number
      }
    }
  }

  /// What stands in a command for a descriptor, in order.
  var placeholders: [String] {
    numbers.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { "{\($0.key)}" }
  }

  /// The words as the command gets them.
  ///
  /// - Parameters:
  ///   - words: as they were written.
  ///   - findings: what QEMU's arguments cannot express, and words that stand for nothing.
  /// - Returns: the words, none of them for a shell.
  func expanded(_ words: [String], _ findings: inout [Diagnostic]) -> [String] {
    var expanded: [String] = []
    for word in words {
      if word == "{qemu}" {
        expanded += qemu(&findings)
      } else {
        expanded.append(replaced(word, &findings))
      }
    }
    return expanded
  }

  private func qemu(_ findings: inout [Diagnostic]) -> [String] {
    var plan = plan
    guard let index = plan.guests.firstIndex(where: { $0.name == guest.name }) else { return [] }
    plan.guests[index].machine.passesDescriptors = true
    var descriptors: [String: Int] = [:]
    for item in FreshDescriptors.items(of: guest) {
      switch item {
      case .iommufd(let name): descriptors[name] = numbers["iommufd"].map(Int.init)
      case .device(let address, let name): descriptors[name] = numbers["fd:\(address)"].map(Int.init)
      }
    }
    let options = BackendOptions(descriptors: descriptors)
    let arguments = QEMU.arguments(for: plan.guests[index], in: plan, options: options, &findings)
    return ArgumentPrinter.words(arguments)
  }

  private func replaced(_ word: String, _ findings: inout [Diagnostic]) -> String {
    var made = ""
    var rest = word[...]
    while let brace = rest.firstIndex(of: "{") {
      made += rest[..<brace]
      rest = rest[brace...]
      guard let end = rest.firstIndex(of: "}") else { break }
      let name = rest[rest.index(after: brace)..<end]
      if let number = numbers[String(name)] {
        made += "\(number)"
        rest = rest[rest.index(after: end)...]
      } else {
        if name == "iommufd" || name.hasPrefix("fd:") { findings.append(unknown(String(name))) }
        made += "{"
        rest = rest.dropFirst()
      }
    }
    return made + rest
  }

  private func unknown(_ name: String) -> Diagnostic {
    let near = NearestWord.of(name, in: numbers.keys.sorted()).map { ["Did you mean '{\($0)}'?"] } ?? []
    return CommandRule.placeholderUnknown.finding(
      "'{\(name)}' stands for no descriptor of guest '\(guest.name)'",
      help: near + ["There are: \(placeholders.joined(separator: ", "))."]
    )
  }
}
