import Diagnostics
import Foundation
import HostInventory
import TestSupport
import Testing
import VFIOTypes
import YAMLSyntax

/// A row of the table of the host that the corpus of libvirt assumes.
private struct CorpusRow {
  var addresses: [PCIAddress]
  /// A vendor and device for each, or one for all.
  var ids: [String]
  /// A group for each, or one for all.
  var groups: [Int]
  var note: String

  /// `0000:06:12.1, .2`, `0000:0a:01.0, 0a:02.0` and `0005:90:01.0 .. .3`: what is left out is as in the one before.
  init?(_ line: Substring) {
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    guard cells.count >= 3, let first = PCIAddress(cells[0].prefix(12)) else { return nil }
    let others = cells[0].dropFirst(12).split { ", ".contains($0) }.map(String.init)
    addresses = [first]
    var isRange = false
    for other in others {
      if other == ".." {
        isRange = true
        continue
      }
      let last = addresses[addresses.count - 1].description
      guard let next = PCIAddress(last.dropLast(other.count) + other) else { return nil }
      if isRange {
        addresses += (addresses[addresses.count - 1].function + 1..<next.function).map {
          next.with(function: $0)
        }
      }
      addresses.append(next)
    }
    ids = cells[1].split { ", ".contains($0) }.map(String.init)
    groups = cells[2].split { ", ".contains($0) }.compactMap { Int($0) }
    note = cells.count > 3 ? cells[3] : ""
  }

  /// The class the note says, as six digits.
  private var classCode: String {
    let said = note.split(separator: "class ").dropFirst().first.map { $0.prefix { $0.isHexDigit } } ?? ""
    return said.isEmpty ? "ff0000" : (said + "000000").prefix(6).description
  }

  var devices: [HostDevice] {
    addresses.enumerated().map { position, address in
      var device = HostDevice(address: address)
      // Where the row does not say which function is which, neither does the snapshot.
      if let id = ids.count == addresses.count ? ids[position] : ids.count == 1 ? ids[0] : nil {
        device.identity = HostDevice.Identity(
          vendor: String(id.prefix(4)),
          device: String(id.suffix(4)),
          subvendor: nil,
          subdevice: nil,
          classCode: classCode
        )
      }
      device.headerType = note.contains("bridge") ? 1 : 0
      if note.contains("virtual function") { device.physicalFunction = address.with(function: 0) }
      device.driver = HostDevice.Driver.none
      return device
    }
  }

  func group(of position: Int) -> Int { groups.count == addresses.count ? groups[position] : groups[0] }
}

@Suite struct CorpusHostTests {
  private static func rows() throws -> [CorpusRow]? {
    guard let folder = Checkout.shared else { return nil }
    let text = try String(
      contentsOf: folder.appendingPathComponent("corpus/libvirt/README.md"),
      encoding: .utf8
    )
    return text.split(separator: "\n").filter { $0.hasPrefix("| 0") }.compactMap { CorpusRow($0) }
  }

  @Test func `the host of the corpus is a snapshot that reads back as the table says`() throws {
    guard let rows = try Self.rows() else {
      #expect(!Checkout.isMissing("../shared/corpus"))
      return
    }
    var members: [Int: [PCIAddress]] = [:]
    for row in rows {
      for (position, address) in row.addresses.enumerated() {
        members[row.group(of: position), default: []].append(address)
      }
    }
    var written = HostSnapshot()
    written.groups = members.values.map { HostGroup(members: $0.sorted()) }
      .sorted { $0.members[0] < $1.members[0] }
    written.setDevices(rows.flatMap(\.devices))
    #expect(written.devices.count == 23)
    #expect(members.keys.sorted() == Array(0...16))

    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "host.json", bytes: SnapshotWriter.document(written))
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    let read = SnapshotReader.read(document, diagnostics: &diagnostics)
    #expect(diagnostics == [])
    #expect(read.devices == written.devices)
    #expect(read.groups == written.groups)
    for row in rows {
      for (position, address) in row.addresses.enumerated() {
        let group = read.device(at: address)?.group.flatMap { read.groups?[$0].members }
        #expect(group == members[row.group(of: position)]?.sorted(), "\(address)")
      }
    }
    let bridge = try #require(PCIAddress("0005:80:00.0").flatMap { read.device(at: $0) })
    #expect(bridge.isBridge == true)
    let function = try #require(PCIAddress("0021:de:1f.1").flatMap { read.device(at: $0) })
    #expect(function.physicalFunction == PCIAddress("0021:de:1f.0"))
  }
}
