package import Foundation

/// The checkout the tests were built from, and what lies beside it.
package enum Checkout {
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The facts shared by the project's checkouts; a user's clone has none.
  package static let shared: URL? = {
    let named = ProcessInfo.processInfo.environment["VFIOPLAN_SHARED"].map { URL(fileURLWithPath: $0) }
    let folder = named ?? root.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: folder.appendingPathComponent("hosts").path) ? folder : nil
  }()

  /// Whether what is missing is a failure and not a reason to skip.
  package static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

  /// Whether golden files are rewritten and not compared.
  package static let updatesGoldens = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

  /// Says aloud that something cannot be tested here; with `CI=true` the test is to fail, and the answer is true.
  package static func isMissing(_ what: String) -> Bool {
    print("SKIPPED: \(what) is not here")
    return isCI
  }

  package static func bytes(_ path: String) -> [UInt8]? {
    (try? Data(contentsOf: root.appendingPathComponent(path))).map { Array($0) }
  }

  /// Compares a generated file with the one in the checkout, or rewrites it.
  package static func agrees(_ path: String, with bytes: [UInt8]) -> Bool {
    let file = root.appendingPathComponent(path)
    if updatesGoldens {
      try? FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      return (try? Data(bytes).write(to: file)) != nil
    }
    return self.bytes(path) == bytes
  }
}
