import Commands
import Foundation
import TestSupport
import Testing

/// A case below `Examples/guests`.
struct ExampleCase: Sendable, CustomTestStringConvertible {
  var name: String
  var testDescription: String { name }

  static let folder = "Examples/guests"
  static let all: [ExampleCase] = {
    let path = Checkout.root.appendingPathComponent(folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().map { ExampleCase(name: $0) }
  }()

  /// Whether the case shows findings and makes no plan.
  var fails: Bool { name.hasPrefix("fails-") }

  func path(_ file: String) -> String { "\(ExampleCase.folder)/\(name)/\(file)" }

  /// A command line carried out in the case's folder.
  func run(_ line: String) -> Run {
    var files: [String: String] = [:]
    for file in ["guest.yaml", "host.json"] {
      files[file] = Checkout.bytes(path(file)).map { String(decoding: $0, as: UTF8.self) }
    }
    return Run(line, files)
  }

  func agrees(_ file: String, _ text: String) -> Bool { Checkout.agrees(path(file), with: Array(text.utf8)) }
}

/// What people copy is what the program says of it, byte for byte; `UPDATE_GOLDEN=1` writes it anew.
@Suite struct ExampleTests {
  @Test func `there are cases that pass and cases that fail`() {
    #expect(ExampleCase.all.count { !$0.fails } >= 6)
    #expect(ExampleCase.all.count { $0.fails } >= 6)
  }

  @Test(arguments: ExampleCase.all.filter { !$0.fails })
  func `a case that passes has a plan and arguments, and nothing to find`(example: ExampleCase) {
    let check = example.run("check --strict guest.yaml")
    #expect(check == Run(.success, error: "checked 1 file: 0 errors, 0 warnings\n"))
    let shown = example.run("guest.yaml")
    #expect(shown.status == 0 && shown.error == "")
    #expect(example.agrees("plan.txt", shown.output))
    #expect(example.agrees("plan.json", example.run("guest.yaml --emit plan-json").output))
    let arguments = example.run("guest.yaml --emit qemu --form lines")
    #expect(arguments.status == 0 && arguments.error == "")
    #expect(example.agrees("qemu.args", arguments.output))
  }

  @Test(arguments: ExampleCase.all.filter(\.fails))
  func `a case that fails says why and plans nothing`(example: ExampleCase) {
    let run = example.run("guest.yaml")
    #expect(run.status == 1 && run.output == "")
    #expect(example.agrees("findings.txt", run.error))
  }
}
