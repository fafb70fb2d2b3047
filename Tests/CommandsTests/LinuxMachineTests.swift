import Commands
import Foundation
import HostDoors
import LinuxHost
import TestSupport
import Testing

/// A folder of its own on this machine, gone afterwards.
private struct Scratch: ~Copyable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("vfioplan-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
  }

  func text(_ name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

@Suite struct LinuxUserFilesTests {
  private let files = LinuxUserFiles()

  @Test func `a file is replaced whole, keeps its mode, and nothing is left beside it`() throws {
    let scratch = try Scratch()
    try scratch.write("a", "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(scratch.path)/a")
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/link", withDestinationPath: "a")
    try files.replace("\(scratch.path)/link", with: Array("new".utf8))
    let (text, names) = (scratch.text("a"), scratch.names)
    #expect(text == "new")
    #expect(names == ["a", "link"])
    let mode =
      try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/a")[.posixPermissions] as? Int
    #expect(mode == 0o640)
    try files.replace("\(scratch.path)/b", with: [])
    let after = scratch.names
    #expect(after == ["a", "b", "link"])
  }

  @Test func `what is no file is written to and stays what it is`() throws {
    try files.replace("/dev/null", with: [1, 2, 3])
    #expect(try files.status("/dev/null").kind == .characterDevice(major: 1, minor: 3))
    #expect(throws: HostFileError(path: "/dev/full", reason: .system(call: "write", errno: ENOSPC))) {
      try files.replace("/dev/full", with: [1])
    }
  }

  @Test func `a new file takes nobody's place`() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/a"
    try files.create(path, with: [0x61])
    #expect(throws: HostFileError(path: path, reason: .exists)) { try files.create(path, with: [0x62]) }
    let (text, names) = (scratch.text("a"), scratch.names)
    #expect(text == "a")
    #expect(names == ["a"])
  }

  @Test func `no link leads out of the folder a file is looked for in`() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/g/in", withIntermediateDirectories: true)
    try scratch.write("secret", "s")
    try scratch.write("g/in/a", "a")
    for (name, target) in [("out", "../secret"), ("root", "/etc/hostname"), ("fine", "in/a"), ("up", "..")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(scratch.path)/g/\(name)",
        withDestinationPath: target
      )
    }
    let folder = "\(scratch.path)/g"
    func read(_ path: String) -> Result<[UInt8], HostFileError> {
      Result { () throws(HostFileError) in try files.read(path, below: folder, limit: 10) }
    }
    #expect(read("in/a") == .success([0x61]))
    #expect(read("fine") == .success([0x61]))
    for path in ["out", "root", "../secret", "up/secret", "in/../../secret"] {
      #expect(read(path) == .failure(HostFileError(path: "\(folder)/\(path)", reason: .outside)))
    }
    #expect(read("none") == .failure(HostFileError(path: "\(folder)/none", reason: .absent)))
    #expect(read("in") == .failure(HostFileError(path: "\(folder)/in", reason: .wrongKind)))
  }

  @Test func `a file over the limit is not taken, whatever size it says`() {
    #expect(throws: HostFileError(path: "/dev/zero", reason: .tooLarge)) {
      try files.read("/dev/zero", limit: 10_000)
    }
  }

  @Test(
    arguments: [
      (0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_781, "2026-11-24"),
      (47_541, "2100-03-01"),
    ]
  )
  func `days since 1970 have dates`(day: Int, date: String) { #expect(LinuxClock.date(ofDay: day) == date) }
}

@Suite struct LinuxWorkersTests {
  @Test(arguments: [1, 2, 3, 16])
  func `outputs come in order, whatever the number of threads`(jobs: Int) {
    var taken: [Int] = []
    LinuxWorkers().run(2000, jobs: jobs) {
      $0 * $0
    } take: { output in
      taken.append(output)
      return .goOn
    }
    #expect(taken == (0..<2000).map { $0 * $0 })
  }

  @Test(arguments: [1, 4])
  func `nothing is handed over after a stop`(jobs: Int) {
    var taken: [Int] = []
    LinuxWorkers().run(1000, jobs: jobs) {
      $0
    } take: { output in
      taken.append(output)
      return output == 9 ? .stop : .goOn
    }
    #expect(taken == Array(0..<10))
  }

  @Test(arguments: ["text", "concise", "json"])
  func `checking with many jobs writes the bytes of one`(format: String) {
    let texts = [Guests.clean, Guests.slip, Guests.plain, Guests.named("p9")]
    let files = Dictionary(uniqueKeysWithValues: (0..<1200).map { ("g/\($0).yaml", texts[$0 % texts.count]) })
    let runs = [1, 4].map { jobs in
      var machine = MemoryMachine(workers: LinuxWorkers())
      machine.files = MemoryFiles(files.mapValues { .file($0) })
      return Run("check g --jobs \(jobs) --format \(format)", on: machine)
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0].status == ExitStatus.findings.rawValue)
  }
  /// A snapshot of three devices, two of them in one group.
  private static let snapshot = """
    {
      "schema-version": 1,
      "cpu": {"architecture": "x86_64"},
      "modules": [{"name": "vfio_iommu_type1", "loaded": true}],
      "groups": [
        {"members": ["0000:02:00.0", "0000:02:00.1"]},
        {"members": ["0000:03:00.0"]}
      ],
      "devices": [
        {"address": "0000:02:00.0", "driver": "vfio-pci", "vfio-driver": true},
        {"address": "0000:02:00.1", "driver": "igb", "vfio-driver": false},
        {"address": "0000:03:00.0"}
      ]
    }
    """

  /// Many guests that quarrel over few devices.
  private static let guests = (0..<50).map { number in
    """
      g\(number):
        machine: \(number % 7 == 0 ? "pc" : "q35")
        memory: 4GiB
        bridges: {main: {devices: ["0000:0\(2 + number % 3):00.\(number % 2)"]}}

    """
  }.joined()

  @Test(
    arguments: [
      "version: 1\nhost: {snapshot: host.json}\nguests:\n\(guests)",
      "version: 1\nguests:\n\(guests)host: {snapshot: host.json}\n",
      "version: 1\nhost: {snapshot: missing.json}\nguests:\n\(guests)",
      "version: 1\nhost: {snapshot: broken.json}\nguests:\n\(guests)",
      // What the lines above the guests seem to say, and the file does not.
      "version: 1\nhost: {snapshot: host.json, name: \"\nguests:\n\"}\nguests:\n\(guests)",
    ],
    ["", " --host none"]
  )
  func `one file checked by many threads gives the bytes of one`(text: String, host: String) {
    let files = ["a.yaml": text, "host.json": Self.snapshot, "broken.json": "{\"groups\": [{]}"]
    let runs = [1, 3].map { jobs in
      var machine = MemoryMachine(workers: LinuxWorkers())
      machine.files = MemoryFiles(files.mapValues { .file($0) })
      return Run("check a.yaml --jobs \(jobs)\(host)", on: machine)
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0].status != ExitStatus.success.rawValue)
  }
}
