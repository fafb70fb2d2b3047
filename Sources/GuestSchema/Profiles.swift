import Diagnostics
import KeyTables
import VFIOTypes
import YAMLSyntax

/// The fragments of a file, by their names.
struct Profiles {
  enum Kind: String { case guest, bridge, device }

  private var fragments: [String: (kind: Kind, node: YAMLNode)] = [:]

  init() {}

  var isEmpty: Bool { fragments.isEmpty }

  mutating func add(_ name: String, _ kind: Kind, _ node: YAMLNode) { fragments[name] = (kind, node) }

  /// The fragments a thing uses, the strongest first: the rightmost wins over those to its left.
  func layers(of node: YAMLNode, _ kind: Kind, _ diagnostics: inout [Diagnostic]) -> [YAMLNode] {
    guard node.style == .mapping, let use = node.value(of: "use"), use.style == .sequence else { return [] }
    var layers: [YAMLNode] = []
    for name in use.items where name.isScalar {
      guard let fragment = fragments[name.text] else {
        diagnostics.append(unknown(name, kind))
        continue
      }
      guard fragment.kind == kind else {
        diagnostics.append(
          ProfileRule.kind.finding(
            "profile '\(name.text)' is a fragment of a \(fragment.kind.rawValue), used in a \(kind.rawValue)",
            at: name.range
          )
        )
        continue
      }
      layers.insert(fragment.node, at: 0)
    }
    return layers
  }

  private func unknown(_ name: YAMLNode, _ kind: Kind) -> Diagnostic {
    let known = fragments.filter { $0.value.kind == kind }.keys.sorted()
    let near = NearestWord.of(name.text, in: known)
    return ProfileRule.unknown.finding(
      "no profile is named '\(name.text)'",
      at: name.range,
      help: near.map { ["did you mean '\($0)'?"] }
        ?? (known.isEmpty ? [] : ["known: \(known.joined(separator: ", "))"])
    )
  }
}

/// What is wrong with the use of a profile; JSON Schema cannot see these.
package enum ProfileRule: String, Hashable, Sendable, CaseIterable {
  case unknown = "profile-unknown"
  case kind = "profile-kind"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .unknown: "a profile that is used exists"
    case .kind: "a profile is used in the kind of thing it is a fragment of"
    }
  }

  /// Why, for the page.
  package var rationale: String {
    switch self {
    case .unknown: "What a missing fragment would have said is missing from the plan, silently."
    case .kind: "The keys of a guest mean nothing in a bridge, and the reverse."
    }
  }

  /// A guest file it accepts.
  package var accepted: String {
    "version: 1\nprofiles:\n  big: {guest: {memory: 64GiB}}\nguests:\n  vm: {use: [big], machine: q35}\n"
  }

  /// A guest file it rejects.
  package var rejected: String {
    switch self {
    case .unknown:
      "version: 1\nprofiles:\n  big: {guest: {memory: 64GiB}}\nguests:\n  vm: {use: [«bigger»], machine: q35}\n"
    case .kind:
      "version: 1\nprofiles:\n  net: {bridge: {numa: 0}}\nguests:\n  vm: {use: [«net»], machine: q35}\n"
    }
  }

  func finding(_ message: String, at range: SourceRange, help: [String] = []) -> Diagnostic {
    Diagnostic(rule: rawValue, severity: .error, message: message, range: range, help: help)
  }
}
