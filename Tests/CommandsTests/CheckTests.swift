import Commands
import HostDoors
import TestSupport
import Testing

/// Texts of small guest files.
enum Guests {
  static let clean = """
    version: 1
    guests:
      vm:
        machine: q35
        memory: 4GiB
        bridges: {main: {devices: ["0000:02:00.0"]}}

    """
  /// An unknown key.
  static let slip = clean.replacing("memory: 4GiB", with: "memory: 4GiB\n    memroy: 1")
  /// An address without quotes.
  static let plain = clean.replacing("\"0000:02:00.0\"", with: "0000:02:00.0")

  static func named(_ host: String, device: String = "0000:02:00.0", guest: String = "vm") -> String {
    """
    version: 1
    host: {name: \(host)}
    guests:
      \(guest):
        machine: q35
        memory: 4GiB
        bridges: {main: {devices: ["\(device)"]}}

    """
  }
}

@Suite struct CheckTests {
  static let noHost = """
    remark: no host was looked at [no-host]
       = why: rules that need host facts were not asked
       = help: name a snapshot in the file ('host: {snapshot: FILE}'), or give '--host live|FILE|DIR'

    """

  @Test func `a clean file is clean, and says once that no host was looked at`() {
    #expect(
      Run("check a.yaml", ["a.yaml": Guests.clean])
        == Run(.success, output: Self.noHost, error: "checked 1 file: 0 errors, 0 warnings\n")
    )
  }

  @Test func `nothing is said of the host where none is wanted, and nothing at all when quiet`() {
    #expect(Run("check a.yaml --host none --quiet", ["a.yaml": Guests.clean]) == Run(.success))
  }

  @Test func `a finding is shown on standard output, and the exit code is 1`() {
    #expect(
      Run("check a.yaml --host none --format concise", ["a.yaml": Guests.slip])
        == Run(
          .findings,
          output: "a.yaml:6:5: error: unknown key 'memroy' [schema-unknown-key]\n",
          error: "checked 1 file: 1 error, 0 warnings\n"
        )
    )
  }

  @Test func `a warning counts where it is said to`() {
    let line = "a.yaml:6:32: warning: PCI address 0000:02:00.0 stands without quotes [yaml-plain-address]\n"
    #expect(
      Run("check a.yaml --host none --format concise -q", ["a.yaml": Guests.plain])
        == Run(.success, output: line)
    )
    #expect(
      Run("check a.yaml --host none --format concise -q --strict", ["a.yaml": Guests.plain])
        == Run(.findings, output: line.replacing("warning", with: "error"))
    )
  }

  @Test(
    arguments: [
      ("--ignore schema-unknown-key", true), ("--ignore schema-*", true), ("--select papr-*", true),
      ("--select schema-*", false), ("--select schema-* --ignore schema-unknown-key", true),
      ("--ignore papr-*,slot-conflict", false),
    ]
  )
  func `what is not selected is neither shown nor counted`(options: String, isSilent: Bool) {
    let run = Run("check a.yaml --host none --quiet --format concise \(options)", ["a.yaml": Guests.slip])
    let line = "a.yaml:6:5: error: unknown key 'memroy' [schema-unknown-key]\n"
    #expect(run == (isSilent ? Run(.success) : Run(.findings, output: line)))
  }

  @Test func `the JSON form is one document`() {
    #expect(
      Run("check a.yaml b.yaml --host none --format json", ["a.yaml": Guests.clean, "b.yaml": Guests.plain])
        == Run(
          .success,
          output: """
            {
              "schema-version": 1,
              "findings": [
                {
                  "rule": "yaml-plain-address",
                  "severity": "warning",
                  "message": "PCI address 0000:02:00.0 stands without quotes",
                  "file": "b.yaml",
                  "start": {"line": 6, "column": 32, "offset": 90},
                  "end": {"line": 6, "column": 44, "offset": 102},
                  "help": [
                    "quote it: \\"0000:02:00.0\\""
                  ],
                  "fixes": [
                    {
                      "message": "quote it",
                      "edits": [
                        {
                          "file": "b.yaml",
                          "start": {"line": 6, "column": 32, "offset": 90},
                          "end": {"line": 6, "column": 44, "offset": 102},
                          "replacement": "\\"0000:02:00.0\\""
                        }
                      ]
                    }
                  ]
                }
              ]
            }

            """
        )
    )
  }

  @Test func `standard input is a file`() {
    #expect(
      Run("check - --host none --format concise -q", [:], input: Guests.slip)
        == Run(.findings, output: "<stdin>:6:5: error: unknown key 'memroy' [schema-unknown-key]\n")
    )
  }

  // MARK: Folders and what cannot be read

  @Test func `a folder stands for the files below it, in the order of their paths`() {
    let files = [
      "g/b.yaml": Guests.slip, "g/a/z.yml": Guests.slip, "g/notes.txt": "x", "g/.git/c.yaml": Guests.slip,
    ]
    #expect(
      Run("check g --host none --format concise -q", files)
        == Run(
          .findings,
          output: """
            g/a/z.yml:6:5: error: unknown key 'memroy' [schema-unknown-key]
            g/b.yaml:6:5: error: unknown key 'memroy' [schema-unknown-key]

            """
        )
    )
  }

  @Test func `a folder without guest files is no clean folder`() {
    #expect(
      Run("check g", ["g/notes.txt": "x"])
        == Run(.unreadable, error: "error: no .yaml or .yml file lies below g\n")
    )
  }

  @Test(
    arguments: [
      (.closed(.denied), "no permission"),
      (.closed(.system(call: "read", errno: 5)), "read: input or output error"),
      (nil, "there is no such file"),
      (.link("../secret.yaml"), "a link leads out of the folder it must stay in"),
    ] as [(MemoryFiles.Entry?, String)]
  )
  func `a file that cannot be read is said, the others are checked, and the exit code is 4`(
    entry: MemoryFiles.Entry?,
    words: String
  ) {
    var machine = MemoryMachine()
    var entries: [String: MemoryFiles.Entry] = [
      "g/b.yaml": .file(Guests.slip), "../secret.yaml": .file("secret: 1"),
    ]
    entries["g/a.yaml"] = entry
    machine.files = MemoryFiles(entries)
    let paths = entry == nil ? "g/a.yaml g" : "g"
    #expect(
      Run("check \(paths) --host none --format concise -q", on: machine)
        == Run(
          .unreadable,
          output: """
            error: 'g/a.yaml' cannot be read: \(words) [input-unreadable]
            g/b.yaml:6:5: error: unknown key 'memroy' [schema-unknown-key]

            """
        )
    )
  }

  @Test func `what is over a limit ends in 4, and the limit can be raised`() {
    let deep = ["a.yaml": "version: 1\nguests: \(String(repeating: "[", count: 70))\n"]
    let refused = Run("check a.yaml --host none --format concise -q", deep)
    #expect(refused.status == ExitStatus.unreadable.rawValue)
    #expect(refused.output.hasSuffix("[yaml-limit]\n"))
    let raised = Run("check a.yaml --host none --format concise -q --limit depth=100", deep)
    #expect(raised.status == ExitStatus.findings.rawValue)
    let small = Run("check a.yaml --host none --format concise -q --limit bytes=10", deep)
    #expect(
      small
        == Run(
          .unreadable,
          output: "error: 'a.yaml' cannot be read: it is over the limit on bytes [input-unreadable]\n"
        )
    )
  }

  // MARK: Snapshots

  @Test func `the snapshot a file names is read below its folder, and once for all files`() {
    let text = Guests.clean.replacing("guests:", with: "host: {snapshot: h.json}\nguests:")
    let files = ["g/a.yaml": text, "g/b.yaml": text, "g/h.json": "{\"schema-version\": 1, \"colour\": 2}"]
    let run = Run("check g --format concise -q", files)
    #expect(
      run.output.split(separator: "\n").filter { $0.hasPrefix("g/h.json") } == [
        "g/h.json:1:23: error: unknown key 'colour' [schema-unknown-key]"
      ]
    )
  }

  @Test func `a snapshot that is not there is a fault of the line that names it`() {
    let text = Guests.clean.replacing("guests:", with: "host: {snapshot: h.json}\nguests:")
    #expect(
      Run("check g/a.yaml --format concise -q", ["g/a.yaml": text])
        == Run(
          .unreadable,
          output:
            "g/a.yaml:2:18: error: the snapshot 'h.json' cannot be read: there is no such file [input-unreadable]\n"
        )
    )
  }

  @Test func `a host of the command line that cannot be read ends the run`() {
    #expect(
      Run("check a.yaml --host p9.json", ["a.yaml": Guests.clean])
        == Run(.unreadable, error: "error: the host facts 'p9.json' cannot be read: there is no such file\n")
    )
  }

  // MARK: One host

  @Test func `files of one host are checked together where it is said, and guests keep their texts`() {
    let files = [
      "a.yaml": Guests.named("p9"), "b.yaml": Guests.named("x7"),
      "c.yaml": Guests.named("p9", guest: "other"),
    ]
    let alone = Run("check a.yaml b.yaml c.yaml --host none --format concise -q", files)
    #expect(alone == Run(.success))
    let together = Run("check a.yaml b.yaml c.yaml --same-host --host none --format concise -q", files)
    #expect(together.status == ExitStatus.findings.rawValue)
    #expect(together.output.split(separator: "\n").allSatisfy { $0.hasPrefix("c.yaml:7:32: error") })
    #expect(together.output.contains("[device-used-twice]"))
  }

  @Test func `a waiver means a path of its own file`() {
    let waiver = "allow: [{rule: slot-range, path: guests.vm, reason: known}]\n"
    let far = Guests.named("p9").replacing(
      "[\"0000:02:00.0\"]",
      with: "[{device: \"0000:02:00.0\", slot: 40}]"
    )
    let files = ["a.yaml": far, "b.yaml": waiver + Guests.named("p9", device: "0000:03:00.0")]
    let run = Run("check a.yaml b.yaml --same-host --host none --format concise -q", files)
    #expect(
      run.output.split(separator: "\n").compactMap { $0.split(separator: " ").last } == [
        "[slot-range]", "[waiver-unused]",
      ]
    )
    #expect(run.status == ExitStatus.findings.rawValue)
  }
}
