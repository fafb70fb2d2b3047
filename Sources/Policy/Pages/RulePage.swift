package import Diagnostics
package import VFIOTypes

/// What is told of an id: the page that `explain` prints, and a row of the list of rules.
///
/// Every id a finding may carry has one, whichever stage reports it.
package struct RulePage: Sendable {
  /// How an id comes to be said.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Looks at a resolved file.
    case check
    /// Looks at a plan: a hit on one that was made is a fault of the tool, on one that was read a finding.
    case planInvariant = "plan invariant"
    /// What no output has, since it cannot be written; it fires nowhere.
    case byConstruction = "by construction"
    /// Looks at what is imported from another tool.
    case importing = "import"
    /// Explains a decision it is attached to; it fires nowhere.
    case note
    /// The YAML dialect.
    case dialect
    /// The keys and values of the file.
    case schema
    /// The file's own `allow:` entries.
    case waiver
    /// What the tool says of its own work: a fact that is missing, a step that was refused.
    case report
  }

  package var id: String
  package var kind: Kind
  package var severity: Severity
  /// What is demanded, one clause.
  package var summary: String
  /// Why.
  package var rationale: String
  package var sources: [RuleDescription.Source]
  /// What a user sees without the rule, one text of a hypervisor or kernel a line; empty where there is nothing to see.
  package var otherwise: String
  /// The id this one was retired for, whose page this is.
  package var aliasOf: String?
  /// What applying its fix-it does; nil where it offers none.
  package var fix: String?
  package var requires: [String] = []
  package var needs: [String] = []
  package var machines: Set<MachineType.Family> = []
  package var proof: RuleDescription.Proof?
  package var canBeWaived = false
  /// The host the examples are read against.
  package var host = ExampleHost.none
  package var accepts: [Example] = []
  package var rejects: [Example] = []

  package init(
    id: String,
    kind: Kind,
    severity: Severity,
    summary: String,
    rationale: String,
    sources: [RuleDescription.Source] = [],
    otherwise: String = "",
    accepts: [Example] = [],
    rejects: [Example] = []
  ) {
    self.id = id
    self.kind = kind
    self.severity = severity
    self.summary = summary
    self.rationale = rationale
    self.sources = sources
    self.otherwise = otherwise
    self.accepts = accepts
    self.rejects = rejects
  }

  /// The page of a rule over resolved files.
  package init(_ description: RuleDescription) {
    self.init(
      id: description.id,
      kind: .check,
      severity: description.severity,
      summary: description.summary,
      rationale: description.rationale,
      sources: description.sources,
      otherwise: description.otherwise,
      accepts: description.accepts,
      rejects: description.rejects
    )
    fix = description.fix
    requires = description.requires
    needs = description.needs
    machines = description.machines
    proof = description.proof
    canBeWaived = description.canBeWaived
    host = description.host
  }

  /// The same page under a retired id.
  func retired(_ id: String) -> RulePage {
    var page = self
    page.id = id
    page.aliasOf = self.id
    return page
  }
}
