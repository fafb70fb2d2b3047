import Commands
import Diagnostics
import HostDoors
import HostInventory
import Planning
import Policy
import TestSupport
import Testing
import VFIOPlan
import YAMLSyntax

@Suite struct CompileTests {
  /// A snapshot of the host that examples of rules are read against.
  private static let snapshot =
    ExampleHost.x86.snapshot.map {
      String(decoding: SnapshotWriter.document($0), as: UTF8.self)
    } ?? ""

  private static let files = ["a.yaml": Guests.clean, "h.json": snapshot]

  @Test(arguments: ["a.yaml", "compile a.yaml", "compile a.yaml --emit plan", "--host h.json a.yaml"])
  func `a file alone is planned, for a person to read`(line: String) {
    let run = Run(line.contains("--host") ? line : "\(line) --host h.json", Self.files)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.error.isEmpty)
    #expect(run.output.hasPrefix("plan "))
    #expect(run.output.contains("~ 0000:02:00.0  mlx5_core -> vfio-pci"))
  }

  @Test func `findings are on standard error, and an error leaves no plan`() {
    #expect(
      Run(
        "a.yaml --format concise",
        [
          "a.yaml": Guests.slip.replacing("guests:", with: "host: {snapshot: h.json}\nguests:"),
          "h.json": Self.snapshot,
        ]
      )
        == Run(.findings, error: "a.yaml:7:5: error: unknown key 'memroy' [schema-unknown-key]\n")
    )
  }

  @Test func `warnings do not keep a plan from being made, unless they are counted`() {
    let files = ["a.yaml": Guests.plain]
    let run = Run("a.yaml --host none", files)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.hasPrefix("plan "))
    let strict = Run("a.yaml --host none --strict --format concise", files)
    #expect(
      strict
        == Run(
          .findings,
          error: "a.yaml:6:32: error: PCI address 0000:02:00.0 stands without quotes [yaml-plain-address]\n"
        )
    )
  }

  @Test(arguments: ["plan", "plan-json", "steps", "qemu", "none"])
  func `the same bytes in give the same bytes out`(emission: String) {
    let line = "a.yaml --host h.json --emit \(emission)"
    let run = Run(line, Self.files)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.isEmpty == (emission == "none"))
    #expect(Run(line, Self.files) == run)
  }

  @Test func `pending changes have a code of their own where it is asked for`() {
    #expect(Run("a.yaml --host h.json --emit none --detailed-exitcode", Self.files) == Run(.pending))
    let bound = [
      "a.yaml": Guests.clean.replacing("[\"0000:02:00.0\"]", with: "[\"0000:01:00.0\", \"0000:01:00.1\"]"),
      "h.json": Self.snapshot,
    ]
    #expect(Run("a.yaml --host h.json --emit none --detailed-exitcode", bound) == Run(.success))
  }

  @Test func `a saved plan is the document, and the person is shown it all the same`() {
    var machine = MemoryMachine(Self.files)
    let shown = Run("a.yaml --host h.json", on: &machine)
    let document = Run("a.yaml --host h.json --emit plan-json", on: &machine)
    #expect(Run("a.yaml --host h.json --out p.json", on: &machine) == shown)
    #expect(machine.files.texts["p.json"] == document.output)
    #expect(Run("a.yaml --host h.json --emit steps --out s.txt", on: &machine) == Run(.success))
    #expect(machine.files.texts["s.txt"]?.hasPrefix("guest vm\n") == true)
  }

  @Test func `a file that cannot be written is said`() {
    var machine = MemoryMachine()
    machine.files = MemoryFiles([
      "a.yaml": .file(Guests.clean), "full": .closed(.system(call: "write", errno: 28)),
    ])
    #expect(
      Run("a.yaml --host none --emit plan-json --out full", on: machine)
        == Run(.unreadable, error: "error: 'full' cannot be written: write: no space left on the device\n")
    )
  }

  @Test func `a guest by name is a part of the output, and the whole is checked`() {
    let both =
      Guests.clean + """
          other:
            machine: q35
            memory: 4GiB
            bridges: {main: {devices: ["0000:03:00.0"]}}

        """
    let files = ["a.yaml": both, "h.json": Self.snapshot]
    let run = Run("a.yaml --host h.json --guest other", files)
    #expect(run.output.contains("guest other"))
    #expect(!run.output.contains("0000:02:00.0"))
    #expect(
      Run("a.yaml --host h.json --guest othre", files)
        == Run(.usage, error: "error: the file has no guest 'othre'\n  = help: did you mean 'other'?\n")
    )
  }

  @Test(
    arguments: [
      (
        "g",
        "error: 'g' cannot be read: it is not a file [input-unreadable]\n   = help: it is a folder: 'vfioplan check g' checks the files below it\n"
      ),
      ("b.yaml", "error: 'b.yaml' cannot be read: there is no such file [input-unreadable]\n"),
    ]
  )
  func `what is no file is not planned`(path: String, words: String) {
    #expect(Run("\(path) --quiet", ["g/a.yaml": Guests.clean]) == Run(.unreadable, error: words))
  }

  @Test func `an empty file is a finding`() {
    let run = Run("a.yaml --format concise", ["a.yaml": ""])
    #expect(run == Run(.findings, error: "a.yaml:1:1: error: the text is empty [yaml-empty]\n"))
  }
}

@Suite struct PageTests {
  @Test func `the page of an id is printed, and a retired id leads to the one that says the same`() {
    let page = Run("explain device-used-twice", [:])
    #expect(page.status == ExitStatus.success.rawValue)
    #expect(page.output.contains("[device-used-twice]"))
    #expect(Run("explain papr-device-twice", [:]).output.contains("[device-used-twice]"))
  }

  @Test func `an unknown id is told with the nearest`() {
    #expect(
      Run("explain device-used-twise", [:])
        == Run(
          .usage,
          error:
            "error: no finding has the id 'device-used-twise'\n  = help: did you mean 'device-used-twice'?\n"
        )
    )
  }

  @Test(arguments: CommandRule.allCases)
  func `the commands' own findings have pages`(rule: CommandRule) {
    let page = Run("explain \(rule.rawValue)", [:])
    #expect(
      page.output.contains("[\(rule.rawValue)]: \(rule.summary)") || page.output.contains(rule.rawValue)
    )
    #expect(Run("rules", [:]).output.contains(" \(rule.rawValue) "))
  }

  @Test func `the list of rules has a line for each rule`() {
    let lines = Set(
      Run("rules", [:]).output.split(separator: "\n").compactMap {
        $0.split(separator: " ").dropFirst().first
      }
    )
    #expect(lines.isSuperset(of: RuleCatalog.rules.map { Substring($0.description.id) }))
  }

  @Test(arguments: ["guest", "host", "plan", "findings"])
  func `a schema is a document of its draft`(name: String) {
    let run = Run("schema \(name)", [:])
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.hasPrefix("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"))
  }

  @Test(arguments: ["plan", "findings"])
  func `the schemas that are kept are those that are printed`(name: String) {
    let bytes = Array(Run("schema \(name)", [:]).output.utf8)
    #expect(Checkout.agrees("Schemas/\(name).schema.json", with: bytes), "UPDATE_GOLDEN=1 writes it anew")
  }
}

@Suite struct PlanCheckTests {
  /// A plan with the steps of an invariant's example, read as a saved plan is.
  private static func plan(_ example: Example) throws -> Plan {
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "plan", bytes: Array(ExamplePlan.whole(example).text.utf8))
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    return try #require(PlanReader.read(document, diagnostics: &diagnostics))
  }

  @Test func `a plan that breaks an invariant is a fault of the tool`() throws {
    let description = GroupOneContainer.description
    let good = PlanCheck.verdict(on: Plan(file: "a.yaml", host: nil, bindings: [], guests: [], facts: []))
    #expect(good.status == .success)
    #expect(good.faults == [])
    let bad = PlanCheck.verdict(on: try Self.plan(try #require(description.rejects.first)))
    #expect(bad.status == .fault)
    #expect(bad.status.rawValue == 70)
    #expect(bad.faults.map(\.rule).contains("group-one-container"))
  }

  @Test func `of several files the first of 70, 4, 1, 0 counts`() {
    #expect(ExitStatus.worst([.success, .findings]) == .findings)
    #expect(ExitStatus.worst([.findings, .unreadable, .success]) == .unreadable)
    #expect(ExitStatus.worst([.unreadable, .fault]) == .fault)
    #expect(ExitStatus.worst([]) == .success)
  }
}
