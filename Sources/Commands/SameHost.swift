import Diagnostics
import GuestSchema
import VFIOTypes

/// Files of one host taken as one configuration, so that what is scarce on the host is counted over all of them.
enum SameHost {
  /// The positions of texts that name the same host, in the order of their first one.
  ///
  /// A file names its host by `host.name`, else by the snapshot it rests on; where the command line names one host, it is
  /// that of all files.
  static func groups(_ texts: [GuestText], isHostGiven: Bool) -> [[Int]] {
    var groups: [[Int]] = []
    var known: [String: Int] = [:]
    for (index, text) in texts.enumerated() {
      guard let configuration = text.configuration, let key = key(configuration, text.folder, isHostGiven)
      else {
        groups.append([index])
        continue
      }
      if let group = known[key] {
        groups[group].append(index)
      } else {
        known[key] = groups.count
        groups.append([index])
      }
    }
    return groups
  }

  private static func key(_ configuration: Configuration, _ folder: String, _ isHostGiven: Bool) -> String? {
    if isHostGiven { return "" }
    if let name = configuration.host.name { return "name \(name.value)" }
    return configuration.host.snapshot.map { "snapshot \(InputPlace.joined(folder, $0.value))" }
  }

  /// The guests of all files, each still knowing its text; what concerns the host is taken from all.
  static func combined(_ configurations: [Configuration]) -> Configuration? {
    guard var whole = configurations.first else { return nil }
    for other in configurations.dropFirst() {
      whole.guests += other.guests
      whole.waivers += other.waivers
      whole.protections += other.protections
      whole.overrides += other.overrides
      whole.host.virtualFunctions += other.host.virtualFunctions
      whole.host.snapshot = whole.host.snapshot ?? other.host.snapshot
      whole.host.name = whole.host.name ?? other.host.name
      // The larger of two reserves keeps both promises.
      if let reserve = other.host.reserve, reserve.value > whole.host.reserve?.value ?? ByteCount(0) {
        whole.host.reserve = reserve
      }
    }
    return whole
  }

  /// The finding for a file that names other facts about the host than one before it.
  static func differingSnapshots(_ path: Located<String>) -> Diagnostic {
    CommandRule.hostsDiffer.finding(
      "'\(path.value)' holds other facts than the snapshot of a file before this one",
      at: path.range,
      why: "these files are checked together, against the first snapshot",
      help: ["name one snapshot in all files of a host, or give it with '--host'"]
    )
  }
}
