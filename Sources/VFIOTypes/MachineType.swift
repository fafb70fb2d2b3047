/// A machine type of QEMU: the family that decides its shape, and the version that decides its defaults.
package struct MachineType: Hashable, Sendable {
  /// The families the tool knows the shape of.
  package enum Family: String, Hashable, Sendable, CaseIterable {
    case pseries
    case q35
    /// i440fx.
    case pc
    case virt
    case s390 = "s390-ccw-virtio"
    /// A `powernv` guest: emulated hardware, no target for assignment.
    case powernv
    /// Any other word; kept as it is and refused by a rule.
    case unknown
  }

  package var family: Family
  /// The version in the name, `pc-q35-9.2`; nil for the alias that follows the hypervisor.
  package var version: Version?
  /// The word as it is written, for the hypervisor's command line.
  package var text: String

  /// The machine a word names; never nil, since an unknown word is a fact too.
  package init(_ text: String) {
    self.text = text
    let stems: [(stem: String, family: Family)] = [
      ("pc-q35", .q35), ("pc-i440fx", .pc), ("q35", .q35), ("pc", .pc), ("pseries", .pseries),
      ("virt", .virt),
      ("s390-ccw-virtio", .s390),
    ]
    for (stem, family) in stems where text == stem || text.hasPrefix(stem + "-") {
      let rest = text.dropFirst(stem.utf8.count + 1)
      let version = Version(rest)
      guard rest.isEmpty || version != nil else { continue }
      self.family = family
      self.version = version
      return
    }
    self.family = text.hasPrefix("powernv") ? .powernv : .unknown
    self.version = nil
  }
}

/// A dotted version, `6.12.107`, compared number by number.
package struct Version: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var numbers: [Int]

  package init(_ numbers: Int...) { self.numbers = numbers }

  /// The leading dotted numbers of a text such as `6.12.107+deb13-amd64`; nil where it begins with no number.
  package init?(_ text: String) { self.init(text[...]) }

  package init?(_ text: Substring) {
    let head = text.prefix { $0 == "." || ("0"..."9").contains($0) }
    let numbers = head.split(separator: ".").prefix(4).compactMap { Int($0) }
    guard !numbers.isEmpty, head.first != "." else { return nil }
    self.numbers = numbers
  }

  package var description: String { numbers.map(String.init).joined(separator: ".") }

  package static func < (left: Version, right: Version) -> Bool {
    for index in 0..<max(left.numbers.count, right.numbers.count) {
      let (one, other) = (left[index], right[index])
      guard one == other else { return one < other }
    }
    return false
  }

  package static func == (left: Version, right: Version) -> Bool { !(left < right) && !(right < left) }

  package func hash(into hasher: inout Hasher) {
    let significant = numbers.lastIndex { $0 != 0 }.map { numbers[...$0] } ?? []
    hasher.combine(significant)
  }

  private subscript(index: Int) -> Int { index < numbers.count ? numbers[index] : 0 }
}
