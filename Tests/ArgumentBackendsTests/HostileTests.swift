import ArgumentBackends
import Diagnostics
import Foundation
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// Values that look like syntax to one reader or another.
let hostileValues = [
  "a,b", "a=b,c=d", "a,,b", #"a"b'c"#, #"a\b\\c"#, "a b  c", "$(id) `id` $HOME", "{\"a\": 1}", "ünï→", ",",
  "a,",
  "-x", "#a;b&c|d>e", "%s%n", "~",
]

extension RealQEMUTests {
  @Test(arguments: hostileValues, PropertyForm.allCases)
  func `a real QEMU reads the path that was written`(value: String, form: PropertyForm) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rom-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let rom = folder.appendingPathComponent(value + ".rom").path
    let ram = folder.appendingPathComponent(value + ".ram").path
    try Data(repeating: 0, count: 4096).write(to: URL(fileURLWithPath: rom))
    var guest = HandMade.guest("pc", memory: 16 << 20)
    guest.memory.backing = .file
    guest.memory.path = ram
    guest.devices = [HandMade.device("nic", on: "pci.0", 5)]
    guest.devices[0].options.romFile = rom
    guard let program = RealQEMU.program("x86_64") else {
      let isFailure = Checkout.isMissing("qemu-system-x86_64")
      #expect(!isFailure)
      return
    }
    let qemu = try RealQEMU(program, Substitutions.applied(to: words(guest, form)))
    defer { qemu.close() }
    #expect(qemu.refusal == nil)
    #expect(qemu.property("romfile", of: "/machine/peripheral/nic") == .text(rom))
    #expect(qemu.property("mem-path", of: "/objects/guest_ram") == .text(ram))
  }
}

struct QuotingTests {
  @Test(arguments: hostileValues, [ArgumentForm.line, .lines, .shell])
  func `a shell reads the words that were printed`(value: String, form: ArgumentForm) throws {
    var guest = HandMade.guest("q35")
    guest.machine.rawArguments = ["-name", value, "", "'"]
    guest.devices = [HandMade.device("nic", on: "pcie.0", 5)]
    guest.devices[0].options.romFile = "/" + value
    var diagnostics: [Diagnostic] = []
    let arguments = QEMU.arguments(
      for: guest,
      in: HandMade.plan(guest),
      options: BackendOptions(),
      &diagnostics
    )
    let wanted = ArgumentPrinter.words(arguments)
    #expect(try shellWords(ArgumentPrinter.text(arguments, form: form), form) == wanted)
    let annotated = ArgumentPrinter.annotatedText(arguments, form: form, file: "g.yaml")
    if form != .line { #expect(annotated.contains("# g.yaml:9  device 'nic' on bridge 'main'\n")) }
    #expect(try shellWords(annotated, form) == wanted)
  }

  @Test(arguments: hostileValues) func `the JSON form holds the words`(value: String) {
    let argument = Argument(.raw(value), form: .json, origin: HandMade.origin("guests.g", 1), reason: "")
    #expect(JSONValue(ArgumentPrinter.text([argument], form: .json)) == .list([.text(value)]))
  }

  /// What `/bin/sh` makes of a text: the script is sourced, the others stand for words.
  private func shellWords(_ text: String, _ form: ArgumentForm) throws -> [String] {
    let script =
      switch form {
      case .line: "set -- " + text
      case .lines:
        text.split(separator: "\n").map { $0.hasPrefix("#") ? $0 + "\n" : "set -- \"$@\" " + $0 + "\n" }
          .joined()
      case .shell, .json: text
      }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script + "\nprintf '%s\\0' \"$@\""]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The words of a guest that is expressed whole.
func words(_ guest: GuestPlan, _ form: PropertyForm) -> [String] {
  var diagnostics: [Diagnostic] = []
  let arguments = QEMU.arguments(
    for: guest,
    in: HandMade.plan(guest),
    options: BackendOptions(properties: form),
    &diagnostics
  )
  #expect(diagnostics.map(\.message) == [])
  return ArgumentPrinter.words(arguments)
}
