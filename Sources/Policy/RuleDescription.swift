package import Diagnostics
package import VFIOTypes

/// What is known of a rule beside its code: its page, its examples, where it was read.
package struct RuleDescription: Sendable {
  /// Where a rule's fact was read.
  package enum Source: Hashable, Sendable {
    /// A project's source: `QEMU 10.0`, `hw/vfio/container.c: vfio_connect_container`.
    case code(project: String, place: String)
    /// A message of a mailing list: `qemu-ppc, 23 April 2013, David Gibson`.
    case mail(String)
    /// A specification, a manual, a vendor's notice.
    case document(String)
    /// Concluded and not read.
    case reasoned(String)

    package var text: String {
      switch self {
      case .code(let project, let place): "\(project), \(place)"
      case .mail(let text), .document(let text): text
      case .reasoned(let text): "reasoned: \(text)"
      }
    }
  }

  /// Whether a rule can be shown to say the truth, and how.
  package enum Proof: String, Hashable, Sendable, CaseIterable {
    case qemu, kernel, both
    case readOnly = "read only"
  }

  /// The stable id, kebab-case; the type's name in words.
  package var id: String
  /// What is demanded, one clause.
  package var summary: String
  /// Why, for the page.
  package var rationale: String
  package var sources: [Source]
  package var severity: Severity
  /// Ids of rules that must be silent for this one to mean anything.
  package var requires: [String]
  /// Host facts without which it decides nothing, in the snapshot's words; each missing one is a remark.
  package var needs: [String]
  /// The machines it concerns; empty: all.
  package var machines: Set<MachineType.Family>
  /// What a user sees without the rule: the words of the hypervisor or kernel, one text a line.
  package var otherwise: String
  /// What applying its fix-it does, `put the address in quotes`; nil where it offers none.
  package var fix: String?
  package var proof: Proof
  /// Whether `allow:` may silence it where it is an error; a warning can always be waived.
  ///
  /// What kernel or hypervisor refuse is not made to work by a reason in the file, and isolation that breaks is not
  /// only the file's owner's; so it is asked for by name.
  package var canBeWaived: Bool
  /// The snapshot the examples are read against.
  package var host: ExampleHost
  package var accepts: [Example]
  package var rejects: [Example]

  package init(
    id: String,
    summary: String,
    rationale: String,
    sources: [Source],
    severity: Severity,
    requires: [String] = [],
    needs: [String] = [],
    machines: Set<MachineType.Family> = [],
    otherwise: String = "",
    fix: String? = nil,
    proof: Proof = .readOnly,
    canBeWaived: Bool? = nil,
    host: ExampleHost = .none,
    accepts: [Example],
    rejects: [Example]
  ) {
    self.id = id
    self.summary = summary
    self.rationale = rationale
    self.sources = sources
    self.severity = severity
    self.requires = requires
    self.needs = needs
    self.machines = machines
    self.otherwise = otherwise
    self.fix = fix
    self.proof = proof
    self.canBeWaived = canBeWaived ?? (severity < .error)
    self.host = host
    self.accepts = accepts
    self.rejects = rejects
  }
}

/// A text that a rule accepts or rejects.
///
/// It is a fragment, set into a smallest whole file by `ExampleFile`; `«…»` encloses exactly what a finding
/// underlines.
package struct Example: Hashable, Sendable, ExpressibleByStringLiteral {
  package var text: String
  /// Nil: the rule's own.
  package var host: ExampleHost?

  package init(_ text: String, host: ExampleHost? = nil) {
    self.text = text
    self.host = host
  }

  package init(stringLiteral text: String) { self.init(text) }
}
