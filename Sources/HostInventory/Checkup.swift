/// Whether a host can give devices to guests, and what is missing.
package struct Checkup: Hashable, Sendable {
  /// One thing that was looked at.
  package struct Item: Hashable, Sendable {
    package enum Subject: String, Hashable, Sendable, CaseIterable {
      case iommu, groups, driver, container, iommufd, memlock, permissions, isolation
      case interruptRemapping = "interrupt-remapping"
      case groupNodes = "group-nodes"
    }

    package enum State: String, Hashable, Sendable, CaseIterable {
      case good
      /// Nothing can be assigned without it.
      case missing
      /// It could not be read; what it would take stands with the cures.
      case unknown
      /// It works, and should be known.
      case note
    }

    package var subject: Subject
    package var state: State
    /// One clause.
    package var text: String
    /// What to do, in the order of trying: exact words for a command line or a shell where there are such.
    package var cures: [String]

    package init(_ subject: Subject, _ state: State, _ text: String, cures: [String] = []) {
      self.subject = subject
      self.state = state
      self.text = text
      self.cures = cures
    }
  }

  package var items: [Item]

  package init(items: [Item]) { self.items = items }

  /// False where something is missing; nil where nothing is known to be missing, and something decisive is not known.
  package var isReady: Bool? {
    if items.contains(where: { $0.state == .missing }) { return false }
    let decisive: [Item.Subject] = [.iommu, .driver, .container]
    return items.contains { $0.state == .unknown && decisive.contains($0.subject) } ? nil : true
  }
}
