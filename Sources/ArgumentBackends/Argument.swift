package import VFIOPlan

/// One argument for a hypervisor, typed until a printer spells it.
package struct Argument: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// `-machine TYPE,name=value`.
    case machine(String, [ArgumentProperty])
    /// An option with properties, the first of which may go without its name: `-numa node,nodeid=0`.
    case option(String, first: String?, [ArgumentProperty])
    /// An option whose value has a syntax of its own and is passed as it is: `-cpu host,-pmu`.
    case verbatim(option: String, value: String)
    /// `-global DRIVER.name=value`.
    case global(driver: String, ArgumentProperty)
    /// `-object`: a thing of the hypervisor's own.
    case object(type: String, [ArgumentProperty])
    /// `-device`: a thing of the guest's.
    case device(driver: String, [ArgumentProperty])
    /// A word of the user's.
    case raw(String)
  }

  package var content: Content
  /// How the properties of an object or a device are spelled.
  package var form: PropertyForm
  /// What of the guest file it follows from.
  package var origin: Origin
  /// What it is for, and why it is so: one clause.
  package var reason: String

  package init(_ content: Content, form: PropertyForm, origin: Origin, reason: String) {
    self.content = content
    self.form = form
    self.origin = origin
    self.reason = reason
  }
}

/// A named value of an argument.
package struct ArgumentProperty: Hashable, Sendable {
  package var name: String
  package var value: ArgumentValue

  package init(_ name: String, _ value: ArgumentValue) {
    self.name = name
    self.value = value
  }
}

/// A value with the type its hypervisor gives it: JSON forms take `true` for a switch and refuse `"on"`.
package enum ArgumentValue: Hashable, Sendable {
  case text(String)
  case number(UInt64)
  case toggle(Bool)
  case numbers([UInt64])
}

/// How the properties of an object or device are spelled.
package enum PropertyForm: String, Hashable, Sendable, CaseIterable {
  /// `{"driver": "vfio-pci", "id": "gpu"}`: nothing in a value can be mistaken for syntax.
  case json
  /// `vfio-pci,id=gpu`, a comma in a value doubled.
  case comma
}
