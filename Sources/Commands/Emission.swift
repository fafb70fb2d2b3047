import ArgumentBackends
import Diagnostics
import VFIOPlan
import VFIOTypes

/// What is made of a plan.
enum Emission: Hashable, Sendable {
  /// For a person.
  case plan
  /// For `apply`, and for programs.
  case planJSON
  case steps
  /// Findings alone.
  case none
  /// Arguments of a hypervisor, by the name of its back-end.
  case arguments(String)

  init?(_ word: String) {
    switch word {
    case "plan": self = .plan
    case "plan-json": self = .planJSON
    case "steps": self = .steps
    case "none": self = .none
    case let name where BackendCatalog.backend(named: name) != nil: self = .arguments(name)
    default: return nil
    }
  }

  /// All words there are.
  static var words: [String] {
    ["plan", "plan-json", "steps"] + BackendCatalog.backends.map { $0.name } + ["none"]
  }
}

/// How a plan is written.
struct EmissionStyle: Sendable {
  var form: ArgumentForm
  var properties: PropertyForm?
  /// Whether each argument is told with the line it comes from and its reason.
  var isAnnotated: Bool
  var palette: Palette
  var isVerbose: Bool
}

extension Emission {
  /// The bytes of the output; what the hypervisor cannot express is a finding, and then nothing is printed.
  func bytes(of plan: Plan, _ style: EmissionStyle, _ diagnostics: inout [Diagnostic]) -> [UInt8] {
    switch self {
    case .plan:
      let detail: PlanText.Detail = style.isVerbose || style.isAnnotated ? .decisions : .changes
      return Array(PlanText.text(plan, palette: style.palette, detail: detail).utf8)
    case .planJSON: return PlanJSON.document(plan)
    case .steps: return Array(PlanText.steps(plan, palette: style.palette).utf8)
    case .none: return []
    case .arguments(let name):
      guard let backend = BackendCatalog.backend(named: name) else { return [] }
      let options = BackendOptions(properties: style.properties)
      var text = ""
      for guest in plan.guests {
        let arguments = backend.arguments(for: guest, in: plan, options: options, &diagnostics)
        if plan.guests.count > 1, style.form != .json { text += "# guest \(guest.name)\n" }
        text +=
          style.isAnnotated
          ? ArgumentPrinter.annotatedText(arguments, form: style.form, file: plan.file)
          : ArgumentPrinter.text(arguments, form: style.form)
      }
      return diagnostics.contains { $0.severity == .error } ? [] : Array(text.utf8)
    }
  }
}

extension Plan {
  /// What of a plan concerns some guests: they, the drivers of their devices, and the facts that rests on.
  func limited(to names: Set<String>) -> Plan {
    var plan = self
    plan.guests = guests.filter { names.contains($0.name) }
    plan.bindings = bindings.filter { binding in
      plan.guests.contains { binding.origin.path.hasPrefix("guests.\($0.name).") }
    }
    let addresses =
      plan.bindings.flatMap { [$0.device] + $0.group } + plan.guests.flatMap { $0.groups.flatMap(\.members) }
    let subjects = Set(addresses.map(\.description)).union(["host"])
    plan.facts = facts.filter { subjects.contains($0.subject) }
    return plan
  }
}
