import Diagnostics
import Foundation
import GuestSchema
import KeyTables
import Policy
import Resolution
import TestSupport
import Testing
import YAMLSyntax

/// A page as the argument of a test.
struct NamedPage: CustomTestStringConvertible, Sendable {
  var page: RulePage
  var testDescription: String { page.id }

  static let all = RulePages.all.map { NamedPage(page: $0) }

  static func of(_ kinds: RulePage.Kind...) -> [NamedPage] {
    all.filter { kinds.contains($0.page.kind) && $0.page.aliasOf == nil }
  }
}

/// A row of the list of ids that is shared between the project's checkouts.
struct IDRow: Sendable {
  var id: String
  var page: String
  var severity: String
  var kind: String
  var survivor: String

  static let all: [IDRow]? = {
    guard let file = Checkout.shared?.appendingPathComponent("domain/rule-ids.tsv"),
      let text = try? String(contentsOf: file, encoding: .utf8)
    else { return nil }
    return text.split(separator: "\n").dropFirst().compactMap { line -> IDRow? in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 5 else { return nil }
      return IDRow(id: fields[0], page: fields[1], severity: fields[2], kind: fields[3], survivor: fields[4])
    }
  }()
}

@Suite struct PageTests {
  @Test func `every id has one page, and a page of each is found by its id`() {
    let ids = RulePages.all.map(\.id)
    #expect(ids.count == Set(ids).count)
    #expect(ids.filter { RulePages.page(for: $0)?.id != $0 } == [])
    #expect(RulePages.page(for: "no-such-rule") == nil)
  }

  @Test(arguments: NamedPage.all)
  func `a page has its texts, wrapped at 80 columns`(named: NamedPage) {
    let page = named.page
    #expect(!page.summary.isEmpty && !page.summary.hasSuffix("."))
    #expect(page.rationale.hasSuffix("."))
    #expect(page.kind == .report || page.kind == .waiver || !page.sources.isEmpty)
    #expect(!page.text.contains { "«»".contains($0) })
    let verbatim = Set(
      (page.accepts + page.rejects).flatMap { $0.text.filter { !"«»".contains($0) }.split(separator: "\n") }
        + page.otherwise.split(separator: "\n")
    )
    let long = page.text.split(separator: "\n").filter { line in
      line.count > 80 && !verbatim.contains { line.hasSuffix($0) } && !line.hasSuffix("^")
    }
    #expect(long == [])
  }

  @Test func `every id a finding is given in the sources has a page`() throws {
    let folder = Checkout.root.appendingPathComponent("Sources")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let literal = try Regex(#"\brule(?::| =) "([a-z0-9-]+)""#, as: (Substring, Substring).self)
    var unknown: Set<String> = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path.contains("/Policy/Pages/") else { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: literal) where RulePages.page(for: String(match.output.1)) == nil {
        unknown.insert("\(match.output.1) in \(file.lastPathComponent)")
      }
    }
    #expect(unknown == [])
  }

  // MARK: The shared list of ids

  /// The rows of the sections that this catalogue covers.
  ///
  /// POWER: models, IOMMU model choice, groups and host bridges; elsewhere the rows named beside them.
  private static let sections: Set<String> = [
    "papr-guest-visible-only", "papr-container-per-bridge", "papr-bridge-containers", "papr-no-ram-listener",
    "papr-prereg-is-not-mapping", "papr-prereg-ranges-equal", "papr-prereg-alignment", "papr-same-process",
    "papr-no-bypass-iommu", "papr-needs-pseries-machine", "papr-no-iommufd", "papr-no-vfio-on-powernv-guest",
    "papr-tcg-on-type1", "papr-v2-first", "papr-v1-no-ddw", "papr-v1-window-inside-host", "papr-v1-only-host",
    "papr-module-missing", "papr-group-one-bridge", "papr-group-viable", "papr-bridge-not-assignable",
    "papr-pf-with-vfs", "papr-group-exclusive", "papr-group-unassigned-members", "papr-multi-group-v1",
    "papr-multi-group-pseries", "papr-multi-group-powernv", "papr-device-twice", "papr-spread-for-eeh",
    "papr-index-required", "papr-index-range", "papr-index-unique", "papr-index-zero-taken",
    "papr-default-bridge-properties", "papr-bridge-id-required", "papr-bridge-id-clash",
    "papr-mem-window-max",
    "papr-mem64-window-max", "papr-io-win-dead", "papr-no-manual-windows", "papr-legacy-vfio-bridge",
    "papr-numa-node", "papr-numa-matches-host", "papr-bars-fit", "papr-pci-0-for-emulated",
    "papr-no-viommu-device", "iommu-off", "group-missing", "group-not-viable", "group-split-across-guests",
    "group-in-two-address-spaces", "device-used-twice", "device-exists", "viommu-intel-caching-mode",
    "memlock-per-container", "slot-conflict", "slot-range", "multifunction", "pxb-bus-nr",
    "hugepages-available",
    "device-identity-mismatch", "group-partial-assign", "header-type", "pf-with-vfs", "group-one-container",
    "container-named-in-guest-visible", "one-process-memory", "set-iommu-before-map",
    "group-bridge-false-alarm",
    "alias-shared-as", "container-any-accepting", "container-merge-limits", "viommu-before-devices",
    "viommu-single-x86",
  ]

  @Test func `every row of the sections is a rule, a page of its kind, or retired for another`() {
    guard let rows = IDRow.all else {
      #expect(!Checkout.isMissing("the shared list of rule ids"))
      return
    }
    let covered = rows.filter { PageTests.sections.contains($0.id) }
    #expect(covered.count == PageTests.sections.count)
    var wrong: [String] = []
    for row in covered {
      let page = RulePages.page(for: row.id)
      let kind = page?.aliasOf == nil ? page?.kind.rawValue : "alias"
      if kind != row.kind { wrong.append("\(row.id): \(kind ?? "no page"), listed as \(row.kind)") }
      if row.id != row.survivor, page?.aliasOf != row.survivor {
        wrong.append("\(row.id): page of \(page?.aliasOf ?? "itself"), listed for \(row.survivor)")
      }
      if row.kind == "check", RuleCatalog.rule(row.id) == nil { wrong.append("\(row.id): no rule") }
    }
    #expect(wrong == [])
  }

  @Test func `a page's severity is that of its row`() {
    guard let rows = IDRow.all else {
      #expect(!Checkout.isMissing("the shared list of rule ids"))
      return
    }
    let severities: [Character: Severity] = ["E": .error, "D": .error, "W": .warning, "R": .note, "I": .note]
    let wrong = rows.compactMap { row -> String? in
      guard let page = RulePages.page(for: row.id), page.aliasOf == nil, let letter = row.severity.first,
        let severity = severities[letter], severity != page.severity
      else { return nil }
      return "\(row.id): \(page.severity), listed as \(row.severity)"
    }
    #expect(wrong == [])
  }

  @Test func `what has a page and a row has one kind`() {
    guard let rows = IDRow.all else {
      #expect(!Checkout.isMissing("the shared list of rule ids"))
      return
    }
    let wrong = rows.compactMap { row -> String? in
      guard let page = RulePages.page(for: row.id) else { return nil }
      let kind = page.aliasOf == nil ? page.kind.rawValue : "alias"
      return kind == row.kind ? nil : "\(row.id): \(kind), listed as \(row.kind)"
    }
    #expect(wrong == [])
  }

  // MARK: Examples of the front end

  @Test(arguments: NamedPage.of(.schema))
  func `examples of the file's schema are judged as their page says`(named: NamedPage) {
    for example in named.page.accepts {
      #expect(FrontEnd.findings(example).diagnostics.map(\.message) == [])
    }
    for example in named.page.rejects {
      let (found, marks) = FrontEnd.findings(example)
      let own = found.filter { $0.rule == named.page.id }
      #expect(own.count == found.count && !own.isEmpty, "\(found.map { "\($0.rule): \($0.message)" })")
      let ranges = own.compactMap(\.range).map { Int($0.start)..<Int($0.end) }
      if !marks.isEmpty { #expect(ranges == marks) }
    }
    let offers = named.page.rejects.contains { example in
      FrontEnd.findings(example).diagnostics.contains { !$0.fixIts.isEmpty }
    }
    #expect(offers == (named.page.fix != nil))
  }

  @Test(arguments: NamedPage.of(.waiver))
  func `examples of waivers are judged as their page says`(named: NamedPage) {
    for example in named.page.accepts {
      #expect(FrontEnd.judgement(example).map { "\($0.rule): \($0.message)" } == [])
    }
    for example in named.page.rejects {
      let found = FrontEnd.judgement(example)
      let own = found.filter { $0.rule == named.page.id }
      let marks = ExampleFile.unmarked(example.text).marks
      #expect(own.compactMap(\.range).map { Int($0.start)..<Int($0.end) } == marks)
      #expect(own.map(\.severity) == [named.page.severity])
      // The finding that was not waived still stands.
      #expect(found.count == 2)
    }
  }

  // MARK: Ways to a page

  @Test(arguments: [
    ("papr-container-per-brigde", "papr-container-per-bridge"), ("group-not-viabel", "group-not-viable"),
    ("yaml-duplicate-keys", "yaml-duplicate-key"),
  ])
  func `a slip in an id leads to the id`(written: String, meant: String) {
    #expect(RulePages.nearest(to: written) == meant)
  }

  @Test(arguments: [
    (
      "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 14 is not viable",
      "group-not-viable"
    ),
    ("vfio 0001:01:00.1: group 7 used in multiple address spaces", "group-in-two-address-spaces"),
    ("Cannot bind to PF with SR-IOV enabled", "pf-with-vfs"),
    ("PCI: slot 7 function 0 not available for vfio-pci, in use by virtio-net-pci,id=net0", "slot-conflict"),
    ("PHB 1 already attached", "papr-index-unique"),
  ])
  func `what a hypervisor or the kernel says leads to the page`(said: String, id: String) {
    #expect(RulePages.pages(saying: said).first?.id == id)
  }

  @Test func `a message nobody says leads nowhere`() {
    #expect(RulePages.pages(saying: "the weather is fine today").map(\.id) == [])
    #expect(RulePages.pages(saying: "").map(\.id) == [])
  }

  @Test func `the text of a page shows an example with what is underlined`() {
    let page = RulePages.page(for: "papr-index-range")
    #expect(
      page?.text.contains(
        "Rejected on the host 'powernv':\n    bridges: {net: {index: 31}}\n                           ^^\n"
      ) == true
    )
  }

  @Test func `the page of a retired id is that of what it was retired for`() {
    let page = RulePages.page(for: "papr-device-twice")
    #expect(page?.aliasOf == "device-used-twice")
    #expect(page?.summary == RulePages.page(for: "device-used-twice")?.summary)
    #expect(page?.text.hasPrefix("papr-device-twice is now device-used-twice\n") == true)
  }
}

/// Runs whole files through the stages before and through the judge.
enum FrontEnd {
  static func findings(_ example: Example) -> (diagnostics: [Diagnostic], marks: [Range<Int>]) {
    let (bytes, marks) = ExampleFile.unmarked(example.text)
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "example.yaml", bytes: bytes)
    if let document = YAMLParser.parse(source, diagnostics: &diagnostics) {
      _ = GuestReader.read(document, diagnostics: &diagnostics)
    }
    return (diagnostics, marks)
  }

  static func judgement(_ example: Example) -> [Diagnostic] {
    let (bytes, _) = ExampleFile.unmarked(example.text)
    var earlier: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "example.yaml", bytes: bytes)
    guard let document = YAMLParser.parse(source, diagnostics: &earlier) else { return earlier }
    let resolved = Resolver.resolve(GuestReader.read(document, diagnostics: &earlier), host: nil)
    return Judge.judge(resolved, earlier: earlier, today: "2026-11-24").diagnostics
  }
}
