import Diagnostics
import HostDoors
import HostInventory
import Synchronization
import TestSupport
import Testing
import YAMLSyntax

/// A tree that remembers which of its entries were looked at.
private final class WatchedFiles: HostFiles {
  private let files: TreeFiles
  private let seen = Mutex<Set<String>>([])

  init(_ files: TreeFiles) { self.files = files }

  /// Every entry that was looked at, and the links and folders on the way to it that can be missing.
  var entries: [String] {
    let known = Set(files.paths)
    return seen.withLock { $0 }.intersection(known).sorted()
  }

  private func note(_ path: String) {
    let resolved = try? files.resolved(path)
    seen.withLock { seen in
      for place in [path, resolved].compactMap(\.self) {
        seen.insert(place)
        // The parent too: it can be what is missing.
        if let slash = place.lastIndex(of: "/") { seen.insert(String(place[..<slash])) }
      }
    }
  }

  func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    note(path)
    return try files.read(path, limit: limit)
  }

  func names(in path: String) throws(HostFileError) -> [String] {
    note(path)
    return try files.names(in: path)
  }

  func target(ofLink path: String) throws(HostFileError) -> String {
    note(path)
    return try files.target(ofLink: path)
  }

  func resolved(_ path: String) throws(HostFileError) -> String {
    note(path)
    return try files.resolved(path)
  }

  func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    note(path)
    return try files.status(path)
  }
}

/// Compares what two documents of one host say.
private struct Forgetting {
  private let now: YAMLNode
  private let before: YAMLNode

  /// Facts of the first that the second does not say, each with its path: what was not merely forgotten.
  static func invented(_ now: YAMLNode, _ before: YAMLNode) -> [String] {
    Forgetting(now: now, before: before).invented(now, before, "")
  }

  /// Ranges that repeat those of an earlier group name it; which group is the earlier one may change.
  private func whole(_ ranges: YAMLNode?, in document: YAMLNode) -> YAMLNode? {
    guard let ranges, ranges.isScalar else { return ranges }
    let group = document.value(of: "groups")?.items.first { group in
      group.value(of: "members")?.items.contains { $0.text == ranges.text } == true
    }
    return group?.value(of: "iova-ranges")
  }

  private func invented(_ now: YAMLNode, _ before: YAMLNode?, _ path: String) -> [String] {
    guard let before, before.style == now.style else { return [path] }
    switch now.style {
    case .mapping:
      return now.pairs.flatMap { pair -> [String] in
        let key = pair.key.text
        let other = before.value(of: key)
        guard key == "iova-ranges" else { return invented(pair.value, other, "\(path)/\(key)") }
        guard let ranges = whole(pair.value, in: self.now) else { return ["\(path)/\(key)"] }
        return invented(ranges, whole(other, in: self.before), "\(path)/\(key)")
      }
    case .sequence:
      let isOfMappings = now.items.contains { $0.style == .mapping }
      guard isOfMappings || now.count == 0 && before.items.contains(where: { $0.style == .mapping }) else {
        return now.items.map(\.text) == before.items.map(\.text) ? [] : [path]
      }
      // An empty list says that there is none, which is more than to say nothing.
      guard now.count > 0 || before.count == 0 else { return [path] }
      return now.items.flatMap { item in
        invented(
          item,
          before.items.first { Self.identity($0) == Self.identity(item) },
          "\(path)/\(Self.identity(item))"
        )
      }
    case .plain, .quoted, .block: return now.text == before.text ? [] : [path]
    }
  }

  /// What makes an element of a list the same one: its name, or its first member.
  private static func identity(_ node: YAMLNode) -> String {
    for list in ["members", "others"] {
      if let first = node.value(of: list)?.items.first(where: { _ in true }) { return first.text }
    }
    let names = ["address", "name", "path", "node", "domain", "index", "size", "start"]
    return names.lazy.compactMap { node.value(of: $0) }.first?.text ?? ""
  }
}

@Suite struct MissingFileTests {
  /// Facts that a kernel tells by having a file or not: taking it away is saying the opposite.
  private static let toldByAbsence: [(entry: String, facts: [String])] = [
    ("/driver", ["driver"]), ("/vfio-dev", ["vfio-driver"]), ("/max_link_width", ["express"]),
    ("/ibm,ddw-applicable", ["ddw"]), ("/sys/kernel/iommu_groups", ["groups"]),
    ("/sys/class/iommu", ["iommus"]), ("/sys/class/net", ["in-use"]), ("/sys/class/block", ["in-use"]),
    ("/dev/", ["nodes"]), ("/sys/module/", ["loaded"]), ("/sys/devices/system/node", ["memory"]),
  ]

  private static func document(_ files: some HostFiles) throws -> (bytes: [UInt8], root: YAMLNode) {
    let bytes = SnapshotWriter.document(SysfsReader.snapshot(of: files))
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "host.json", bytes: bytes)
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    _ = SnapshotReader.read(document, diagnostics: &diagnostics)
    try #require(diagnostics == [])
    return (bytes, document.root)
  }

  /// The tree, what it says, and a sample of the entries that the snapshot is made from.
  private static func sample(_ name: String, _ count: Int) throws -> (TreeFiles, YAMLNode, [String])? {
    guard let files = TreeFiles.shared(name) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    let watched = WatchedFiles(files)
    let whole = try document(watched)
    var random = SeededGenerator(seed: 7)
    let entries = watched.entries.shuffled(using: &random)
    return (files, whole.root, Array(entries.prefix(Rounds.of(count))))
  }

  @Test(arguments: TreeFiles.names)
  func `what may not be read is unknown, and no other fact changes`(name: String) throws {
    guard let (files, whole, entries) = try Self.sample(name, 400) else { return }
    for entry in entries {
      let now = try Self.document(files.denying(entry)).root
      #expect(Forgetting.invented(now, whole) == [], "\(entry) denied")
    }
  }

  @Test(arguments: TreeFiles.names)
  func `what is not there is unknown, but for the facts that a kernel tells by absence`(name: String) throws {
    guard let (files, whole, entries) = try Self.sample(name, 400) else { return }
    for entry in entries {
      let now = try Self.document(files.removing(entry)).root
      let told = Self.toldByAbsence.filter {
        entry.hasSuffix($0.entry) || entry.hasPrefix($0.entry) || $0.entry.hasPrefix("\(entry)/")
      }
      let invented = Forgetting.invented(now, whole).filter { path in
        !told.contains { $0.facts.contains { fact in path.split(separator: "/").contains { $0 == fact } } }
      }
      #expect(invented == [], "\(entry) removed")
    }
  }

  @Test(arguments: TreeFiles.names)
  func `whatever stands in a file, the snapshot can be read back`(name: String) throws {
    guard let (files, _, entries) = try Self.sample(name, 400) else { return }
    var random = SeededGenerator(seed: 8)
    let odd: [[UInt8]] = [
      [], [0x0a], [0xff, 0xfe], Array("-1".utf8), Array("99999999999999999999\n".utf8),
      Array("\u{202e}x\0y".utf8),
      Array("0x0000000000000000 0xffffffffffffffff 0x0000000000000200\n".utf8),
      Array("0xffffffffffffffff\n".utf8), [UInt8](repeating: 0xff, count: 4096),
      [UInt8](repeating: 0x10, count: 4096), Array("1 2 3 4 5 6 7 8\n \n\n::\n:\t\n".utf8),
      [UInt8](repeating: 0x41, count: 100_000),
    ]
    for entry in entries {
      let content = odd.randomElement(using: &random) ?? []
      let changed = try Self.document(files.replacing(entry, with: content))
      #expect(!changed.bytes.isEmpty, "\(entry)")
    }
  }
}
