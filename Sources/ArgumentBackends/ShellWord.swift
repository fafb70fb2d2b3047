/// A word of a POSIX shell.
enum ShellWord {
  /// The word quoted so that a shell reads exactly it; as it is where nothing in it is special.
  ///
  /// POSIX.1-2017, shell command language, 2.2.2: within single quotes every character stands for itself. A backslash
  /// before a quote is read the same by `xargs`.
  static func quoted(_ word: String) -> String {
    guard word.isEmpty || word.utf8.first == UInt8(ascii: "=") || !word.utf8.allSatisfy(isPlain) else {
      return word
    }
    var result = "'"
    for scalar in word.unicodeScalars {
      if scalar == "'" {
        result += "'\\''"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }

  /// Letters, digits and what no shell takes for more.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "="),
      UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
