package import VFIOTypes

/// The rows of a conformance file: what a kernel is asked and what it must answer.
///
/// Lines that begin with `#` say what the columns are; the file describes itself. There are two forms: with a column for the
/// machine and one for its answer, or, where a line `state case row call ...` comes first, with a column of answers for each
/// machine which that line names.
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
    /// What the row proves, where it has a name of its own.
    package var title: String
    package var call: String
    /// The descriptor or memory it is about.
    package var subject: String
    package var arguments: [String]
    package var expected: String
  }

  package var rows: [Row] = []

  /// Reads a file; a line without a column for all there is to say is an error, and named.
  package init(_ text: String) throws(MalformedRow) {
    var machines: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if rows.isEmpty && machines.isEmpty && columns.starts(with: ConformanceTable.head) {
        machines = Array(columns.dropFirst(ConformanceTable.head.count))
        continue
      }
      guard columns.count == (machines.isEmpty ? 7 : ConformanceTable.head.count + machines.count) else {
        throw MalformedRow(line: index + 1)
      }
      if machines.isEmpty {
        rows.append(ConformanceTable.row(index + 1, columns[1], columns, title: nil, expected: columns[6]))
      }
      for (machine, expected) in zip(machines, columns.suffix(machines.count)) where expected != "-" {
        rows.append(ConformanceTable.row(index + 1, machine, columns, title: columns[2], expected: expected))
      }
    }
  }

  /// The columns of the second form in front of the machines.
  private static let head = ["state", "case", "row", "call", "subject", "arguments"]

  /// A row of either form: they differ in the second and third column.
  private static func row(
    _ line: Int,
    _ machine: String,
    _ columns: [String],
    title: String?,
    expected: String
  ) -> Row {
    Row(
      line: line,
      state: columns[0],
      machine: machine,
      name: title == nil ? columns[2] : columns[1],
      title: title ?? "",
      call: columns[3],
      subject: columns[4],
      arguments: columns[5].split(separator: " ").map(String.init),
      expected: expected
    )
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
  /// The number of its own node, where it has one.
  package var node: UInt32?

  package init(name: String, address: PCIAddress, group: IOMMUGroupID, node: UInt32? = nil) {
    self.name = name
    self.address = address
    self.group = group
    self.node = node
  }

  /// Reads `single=0000:01:00.0@7`, or `single=0000:01:00.0@7#2` of a device that has a node.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let place = parts[1].split(separator: "@", maxSplits: 1)
    guard place.count == 2, let address = PCIAddress(place[0]) else { return nil }
    let numbers = place[1].split(separator: "#").map { UInt32($0) }
    guard (1...2).contains(numbers.count), let group = numbers[0] else { return nil }
    let node = numbers.count == 2 ? numbers[1] : nil
    guard numbers.count == 1 || node != nil else { return nil }
    self.init(name: String(parts[0]), address: address, group: IOMMUGroupID(group), node: node)
  }
}
