package import VFIOTypes

/// The rows of a conformance file: what a kernel is asked and what it must answer.
///
/// Lines that begin with `#` say what the columns are; the file describes itself.
package struct ConformanceTable: Sendable {
  /// One call with what it must answer.
  package struct Row: Hashable, Sendable {
    /// The line of the file, from 1.
    package var line: Int
    /// How the machine's drivers must stand: `bound`, `native`, ...
    package var state: String
    /// The machine whose answer it is: `any`, `intel`, `amd`.
    package var machine: String
    /// Rows of one case follow one another and share descriptors.
    package var name: String
    package var call: String
    /// The descriptor or memory it is about.
    package var subject: String
    package var arguments: [String]
    package var expected: String
  }

  package var rows: [Row] = []

  /// Reads a file; a line without seven columns is an error, and named.
  package init(_ text: String) throws(MalformedRow) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count == 7 else { throw MalformedRow(line: index + 1) }
      rows.append(
        Row(
          line: index + 1,
          state: columns[0],
          machine: columns[1],
          name: columns[2],
          call: columns[3],
          subject: columns[4],
          arguments: columns[5].split(separator: " ").map(String.init),
          expected: columns[6]
        )
      )
    }
  }

  /// The rows for a state of a machine.
  package func rows(state: String, machine: String) -> [Row] {
    rows.filter { $0.state == state && ($0.machine == "any" || $0.machine == machine) }
  }
}

/// A line of a conformance file that is no row.
package struct MalformedRow: Error, Hashable, Sendable {
  package var line: Int
}

/// A device of the machine by the name rows have for it.
package struct ConformanceDevice: Hashable, Sendable {
  package var name: String
  package var address: PCIAddress
  package var group: IOMMUGroupID

  package init(name: String, address: PCIAddress, group: IOMMUGroupID) {
    self.name = name
    self.address = address
    self.group = group
  }

  /// Reads `single=0000:01:00.0@7`.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let place = parts[1].split(separator: "@", maxSplits: 1)
    guard place.count == 2, let address = PCIAddress(place[0]), let number = UInt32(place[1]) else {
      return nil
    }
    self.init(name: String(parts[0]), address: address, group: IOMMUGroupID(number))
  }
}
