/// Sets an example's fragment into a smallest whole file.
package enum ExampleFile {
  /// The text of a whole file, with the marks still in it.
  ///
  /// A fragment that begins with keys of the file stands as it is; one with keys of a guest becomes the guest `vm`,
  /// with a machine that fits the host and memory where it names none.
  package static func whole(_ example: Example, host: ExampleHost) -> String {
    let lines = example.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let keys = lines.filter { $0.first.map { $0 != " " && $0 != "#" && $0 != "-" } ?? false }
      .map { line in String(line.filter { $0 != "«" && $0 != "»" }.prefix { $0 != ":" }) }
    if keys.contains("guests") {
      return (keys.contains("version") ? "" : "version: 1\n") + example.text + "\n"
    }
    var text = "version: 1\nguests:\n  vm:\n"
    if !keys.contains("machine") { text += "    machine: \(host.machine)\n" }
    if !keys.contains("memory") { text += "    memory: 4GiB\n" }
    for line in lines { text += line.isEmpty ? "\n" : "    \(line)\n" }
    return text
  }

  /// The text without its marks, and the byte ranges they enclosed, in order.
  package static func unmarked(_ text: String) -> (bytes: [UInt8], marks: [Range<Int>]) {
    var bytes: [UInt8] = []
    var marks: [Range<Int>] = []
    var open: [Int] = []
    for character in text.unicodeScalars {
      switch character {
      case "«": open.append(bytes.count)
      case "»":
        if let start = open.popLast() { marks.append(start..<bytes.count) }
      default: bytes.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return (bytes, marks.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) })
  }
}
