import HostDoors
import VFIOTypes

/// Brings functions back to how they were bound, from whatever state they are in.
///
/// It goes by what the host shows and not by what was written: a write that failed may have taken effect, and what is
/// restored already needs nothing.
enum Restoration {
  /// How one function ended.
  enum Result: Hashable, Sendable {
    /// As it was.
    case restored
    /// Nothing stands at the address, or another function than was taken.
    case gone
    /// Another driver has it than was planned or was before; left alone.
    case changedHands(driver: String)
    /// Still not as it was; these changes would do it.
    case remaining([Change])
    /// What it is now could not be read.
    case unknown(HostFileError)
  }

  struct Outcome {
    /// In the order the entries were given.
    var results: [(entry: RecordedBinding, result: Result)] = []
    /// Writes that failed.
    var failures: [(change: Change, error: HostWriteError)] = []
  }

  /// Overrides all, unbinds all, binds all, and reads back.
  static func run(_ entries: [RecordedBinding], _ writer: inout Writer) -> Outcome {
    var outcome = Outcome()
    let files = writer.host.files
    var open = entries.filter { state($0, files).changes(for: $0) != nil }
    let total = open.reduce(0) { $0 + (state($1, files).changes(for: $1)?.count ?? 0) }
    writer.begin(count: total)
    for phase in Phase.allCases {
      // A function one of whose writes failed is left as it is: the next write builds on the one before.
      open = open.filter { entry in
        guard let next = state(entry, files).changes(for: entry)?.first, phase.takes(next) else {
          return true
        }
        do throws(HostWriteError) {
          try writer.make(next, .undo)
          return true
        } catch {
          outcome.failures.append((next, error))
          return false
        }
      }
    }
    outcome.results = entries.map { ($0, result($0, files)) }
    return outcome
  }

  /// The first change that is still to be made is made in the phase of its kind, one a phase; overrides have two, since
  /// to be bound again a function may need another than the one it ends with.
  private enum Phase: CaseIterable {
    case override, unbind, bind, finalOverride

    func takes(_ change: Change) -> Bool {
      switch (self, change) {
      case (.override, .clearOverride), (.override, .setOverride), (.unbind, .unbind), (.bind, .bind),
        (.finalOverride, .clearOverride), (.finalOverride, .setOverride):
        true
      default: false
      }
    }
  }

  private static func result(_ entry: RecordedBinding, _ files: any HostFiles) -> Result {
    switch state(entry, files) {
    case .unreadable(let error): .unknown(error)
    case .gone: .gone
    case .there(let state) where state == entry.before: .restored
    case .there(let state):
      if let driver = state.driver, driver != entry.target, driver != entry.before.driver {
        .changedHands(driver: driver)
      } else {
        .remaining(changes(from: state, to: entry))
      }
    }
  }

  // MARK: What is to be written

  private enum State {
    case gone
    case there(BindingState)
    case unreadable(HostFileError)

    func changes(for entry: RecordedBinding) -> [Change]? {
      switch self {
      case .there(let state): Restoration.changes(from: state, to: entry)
      case .gone, .unreadable: nil
      }
    }
  }

  private static func state(_ entry: RecordedBinding, _ files: any HostFiles) -> State {
    do throws(HostFileError) {
      guard let state = try BindingState.read(entry.device, in: files),
        entry.ids == nil || DeviceIDs.read(entry.device, in: files) == entry.ids
      else { return .gone }
      return .there(state)
    } catch {
      return .unreadable(error)
    }
  }

  /// The writes that lead from one state to how it was before, in order.
  ///
  /// `bind` names the driver, since offering the function to all may end with another one that knows it too.
  static func changes(from state: BindingState, to entry: RecordedBinding) -> [Change] {
    let before = entry.before
    // Whoever else has it now keeps it, and the override he wrote.
    if let driver = state.driver, driver != entry.target, driver != before.driver { return [] }
    var changes: [Change] = []
    var override = state.override
    func become(_ wanted: String?) {
      guard override != wanted else { return }
      changes.append(wanted.map { .setOverride(entry.device, $0) } ?? .clearOverride(entry.device))
      override = wanted
    }
    let isRebound = before.driver != nil && state.driver != before.driver
    // An override that names another driver was written after this one had bound; it would keep it from binding.
    become(isRebound && before.override != nil ? before.driver : before.override)
    if let driver = state.driver, driver != before.driver {
      changes.append(.unbind(entry.device, from: driver))
    }
    if isRebound, let driver = before.driver { changes.append(.bind(entry.device, to: driver)) }
    become(before.override)
    return changes
  }
}

/// The ids of the function at an address, `8086:10d3`.
enum DeviceIDs {
  static func read(_ device: PCIAddress, in files: any HostFiles) -> String? {
    let folder = "/sys/bus/pci/devices/\(device)"
    let parts = ["vendor", "device"].compactMap { name -> String? in
      // The size of a file below /sys reads as a page, however little it holds.
      let bytes = try? files.read("\(folder)/\(name)", limit: 4096)
      return bytes.map {
        String(decoding: $0.drop { $0 != 0x78 }.dropFirst().prefix { $0 != 0x0a }, as: UTF8.self)
      }
    }
    return parts.count == 2 ? parts.joined(separator: ":") : nil
  }
}
