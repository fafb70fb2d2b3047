import Diagnostics
import VFIOPlan
import VFIOTypes

/// The arguments of one guest while they are put together.
///
/// Ids of the back-end's own have an underscore, which no name of a guest file can have.
struct QEMUFragment {
  let guest: GuestPlan
  let plan: Plan
  let options: BackendOptions
  /// The version to be written for; nil where the plan names another hypervisor's, then every known property is there.
  let version: Version?
  let form: PropertyForm
  private(set) var arguments: [Argument] = []
  private(set) var diagnostics: [Diagnostic] = []

  init(_ guest: GuestPlan, _ plan: Plan, _ options: BackendOptions) {
    self.guest = guest
    self.plan = plan
    self.options = options
    let version = guest.machine.hypervisor == .qemu ? guest.machine.hypervisorVersion : nil
    self.version = version
    // JSON text is read by -object since QEMU 6.0 and by -device since 6.2 (QEMU commit 5dacda516756).
    let readsJSON = version.map { $0 >= Version(6, 2) } ?? true
    self.form = options.properties ?? (readsJSON ? .json : .comma)
    if !readsJSON, options.properties == .json {
      refuse("the JSON form of '-device' needs QEMU 6.2", guest.origin)
    }
  }

  // MARK: Adding

  mutating func add(_ content: Argument.Content, _ origin: Origin, _ reason: String) {
    add(content, form: form, origin, reason)
  }

  mutating func add(_ content: Argument.Content, form: PropertyForm, _ origin: Origin, _ reason: String) {
    refuseControlCharacters(content, origin)
    arguments.append(Argument(content, form: form, origin: origin, reason: reason))
  }

  /// What something is, and the first of the decisions at these paths with its reason.
  func reason(_ what: String, _ paths: String...) -> String {
    for path in paths {
      guard let decision = guest.decisions.first(where: { $0.path == path }) else { continue }
      let key = path.split(separator: ".").last ?? ""
      return "\(what); \(key) \(decision.choice): \(decision.reason)"
    }
    return what
  }

  // MARK: Refusing

  /// Reports what QEMU has no arguments for.
  mutating func refuse(_ message: String, _ origin: Origin, severity: Severity = .error) {
    diagnostics.append(
      Diagnostic(
        rule: "backend-cannot-express",
        severity: severity,
        message: message,
        range: nil,
        place: origin.place(in: plan)
      )
    )
  }

  /// Reports a thing that the version to be written for does not have yet.
  mutating func need(_ oldest: Version, for what: String, _ origin: Origin) {
    guard let version, version < oldest else { return }
    refuse("\(what) needs QEMU \(oldest), and QEMU \(version) is written for", origin)
  }

  /// Control characters would break the line an argument is printed on, and NUL ends a word for every program.
  private mutating func refuseControlCharacters(_ content: Argument.Content, _ origin: Origin) {
    let texts: [String] =
      switch content {
      case .machine(let type, let properties): [type] + properties.flatMap(\.texts)
      case .option(_, let first, let properties): [first ?? ""] + properties.flatMap(\.texts)
      case .verbatim(_, let value): [value]
      case .global(_, let property): property.texts
      case .object(_, let properties), .device(_, let properties): properties.flatMap(\.texts)
      case .raw(let word): [word]
      }
    for text in texts where text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      refuse("'\(TerminalText.escaped(text))' holds a control character", origin)
    }
  }

  /// QEMU has one space of ids for all devices, and objects have another.
  mutating func refuseSharedIDs() {
    var taken: Set<String> = []
    for argument in arguments {
      guard case .device(_, let properties) = argument.content,
        case .text(let id)? = properties.first(where: { $0.name == "id" })?.value
      else { continue }
      if !taken.insert(id).inserted {
        refuse("'\(id)' names two things of the guest, and QEMU takes an id once", argument.origin)
      }
    }
  }
}

extension ArgumentProperty {
  fileprivate var texts: [String] {
    switch value {
    case .text(let text): [name, text]
    case .number, .toggle, .numbers: [name]
    }
  }
}

extension [ArgumentProperty] {
  /// Adds a property that is set; nil leaves the hypervisor's default.
  mutating func add(_ name: String, _ text: String?) {
    if let text { append(ArgumentProperty(name, .text(text))) }
  }

  mutating func add(_ name: String, _ isOn: Bool?) {
    if let isOn { append(ArgumentProperty(name, .toggle(isOn))) }
  }

  mutating func add(_ name: String, _ number: UInt64?) {
    if let number { append(ArgumentProperty(name, .number(number))) }
  }

  mutating func add(_ name: String, _ number: Int?) {
    if let number { append(ArgumentProperty(name, .number(UInt64(clamping: number)))) }
  }

  /// A property of QEMU's type `OnOffAuto`, which is a word and not a switch.
  mutating func add(_ name: String, word isOn: Bool?) {
    if let isOn { append(ArgumentProperty(name, .text(isOn ? "on" : "off"))) }
  }
}
