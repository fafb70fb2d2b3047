package import Diagnostics
import KeyTables
import VFIOTypes
package import YAMLSyntax

/// Reads a guest file: nodes in, typed configuration and findings out.
package struct GuestReader {
  private var profiles = Profiles()
  var diagnostics: [Diagnostic] = []

  /// The configuration of a file, as much of it as could be read.
  package static func read(_ document: YAMLDocument, diagnostics: inout [Diagnostic]) -> Configuration {
    var reader = GuestReader()
    let configuration = reader.file(document.root)
    diagnostics += reader.profiles.isEmpty ? reader.diagnostics : withoutRepeats(reader.diagnostics)
    return configuration
  }

  /// A fault in a fragment is met once where it stands and again wherever the fragment is used.
  private static func withoutRepeats(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var seen: Set<Diagnostic> = []
    return diagnostics.filter { seen.insert($0).inserted }
  }

  private mutating func file(_ root: YAMLNode) -> Configuration {
    var configuration = Configuration()
    guard root.style == .mapping else {
      diagnostics.append(
        SchemaRule.type.finding("the file is no mapping", at: root.range, help: ["start with 'version: 1'"])
      )
      return configuration
    }
    let keys = MappingReader(root, GuestTables.file, &diagnostics)
    configuration.version = keys.integer("version")
    if let host = keys.nested("host", GuestTables.host, &diagnostics) { configuration.host = self.host(host) }
    for node in keys.list("protect") { protect(node).map { configuration.protections.append($0) } }
    for node in keys.list("override") { guardOverride(node).map { configuration.overrides.append($0) } }
    for node in keys.list("allow") { waiver(node).map { configuration.waivers.append($0) } }
    readProfiles(keys)
    for entry in keys.entries("guests", .name, &diagnostics) {
      let layers = profiles.layers(of: entry.node, .guest, &diagnostics)
      let guestKeys = MappingReader(
        entry.node,
        GuestTables.guest,
        layers: layers + entry.layers,
        &diagnostics
      )
      configuration.guests.append(guest(guestKeys, entry.name))
    }
    return configuration
  }

  // MARK: Host, guards, waivers

  private mutating func host(_ keys: MappingReader) -> HostSection {
    var host = HostSection()
    host.name = keys.text("name")
    host.snapshot = keys.text("snapshot")
    host.bindBy = keys.word("bind-by")
    host.reserve = keys.size("reserve")
    for entry in keys.entries("sriov", .pciAddress, &diagnostics) {
      let sriov = MappingReader(entry.node, GuestTables.sriov, &diagnostics)
      guard let address = PCIAddress(entry.name.value) else { continue }
      var functions = HostSection.VirtualFunctions(physicalFunction: Located(address, at: entry.name.range))
      functions.count = sriov.integer("vfs")
      functions.autoprobe = sriov.bool("autoprobe")
      host.virtualFunctions.append(functions)
    }
    return host
  }

  private mutating func protect(_ node: YAMLNode) -> Protection? {
    let keys = MappingReader(node, GuestTables.protect, &diagnostics)
    let subject =
      keys.address("device").map { $0.map(Protection.Subject.device) }
      ?? keys.text("interface").map { $0.map(Protection.Subject.interface) }
      ?? keys.text("block").map { $0.map(Protection.Subject.block) }
    guard let subject, let reason = keys.text("reason") else { return nil }
    return Protection(subject: subject, reason: reason)
  }

  private mutating func guardOverride(_ node: YAMLNode) -> GuardOverride? {
    let keys = MappingReader(node, GuestTables.override, &diagnostics)
    guard let name = keys.text("guard"), let device = keys.address("device"), let reason = keys.text("reason")
    else { return nil }
    return GuardOverride(guardClass: name, device: device, reason: reason)
  }

  private mutating func waiver(_ node: YAMLNode) -> Waiver? {
    let keys = MappingReader(node, GuestTables.allow, &diagnostics)
    guard let rule = keys.text("rule"), let path = keys.text("path"), let reason = keys.text("reason") else {
      return nil
    }
    return Waiver(rule: rule, path: path, reason: reason, until: keys.text("until"), range: node.range)
  }

  // MARK: Profiles

  /// Remembers the fragments, and reads each once so that its own faults are reported where it stands.
  private mutating func readProfiles(_ keys: MappingReader) {
    var fragments: [(node: YAMLNode, kind: Profiles.Kind, name: Located<String>)] = []
    for entry in keys.entries("profiles", .name, &diagnostics) {
      let profile = MappingReader(entry.node, GuestTables.profile, &diagnostics)
      for kind in [Profiles.Kind.guest, .bridge, .device] {
        guard let node = profile.value(kind.rawValue) else { continue }
        profiles.add(entry.name.value, kind, node)
        fragments.append((node, kind, entry.name))
      }
    }
    // What a fragment of a bridge uses may stand after it.
    for fragment in fragments { checkFragment(fragment.node, fragment.kind, fragment.name) }
  }

  private mutating func checkFragment(_ node: YAMLNode, _ kind: Profiles.Kind, _ name: Located<String>) {
    switch kind {
    case .guest: _ = guest(fragment(node, "guest", GuestTables.guest), name)
    case .bridge: _ = bridge(fragment(node, "bridge", GuestTables.bridge), name)
    case .device: _ = device(fragment(node, "device", GuestTables.device), position: 0)
    }
  }

  /// A fragment is read by the table of its kind without 'use': a profile is built from no other.
  private mutating func fragment(_ node: YAMLNode, _ kind: String, _ table: KeyTable) -> MappingReader {
    MappingReader(node, table.without("use"), isFragment: true, &diagnostics)
  }

  // MARK: Bridges and devices

  mutating func bridges(_ keys: MappingReader) -> [HostBridge] {
    keys.entries("bridges", .name, &diagnostics).map { entry in
      let layers = profiles.layers(of: entry.node, .bridge, &diagnostics)
      return bridge(
        MappingReader(entry.node, GuestTables.bridge, layers: layers + entry.layers, &diagnostics),
        entry.name
      )
    }
  }

  mutating func devices(_ keys: MappingReader) -> [AssignedDevice] {
    var devices: [AssignedDevice] = []
    for (position, node) in keys.list("devices").enumerated() {
      guard node.style == .mapping else {
        if let address = PCIAddress(utf8: node.utf8) {
          devices.append(
            AssignedDevice(
              reference: Located(.pci(address), at: node.range),
              range: node.range,
              position: position
            )
          )
        }
        continue
      }
      let layers = profiles.layers(of: node, .device, &diagnostics)
      let reader = MappingReader(node, GuestTables.device, layers: layers, &diagnostics)
      device(reader, position: position).map { devices.append($0) }
    }
    return devices
  }
}
