/// The way to a host that is not this machine: a program and its arguments, at whose standard input and output an agent is.
struct Via: Hashable, Sendable {
  /// None is this machine.
  var words: [String] = []

  var isThisMachine: Bool { words.isEmpty }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--via" else { return false }
    words.assign { (text) throws(UsageFault) in self.words = try Via.split(text) }
    return true
  }

  /// The words of a text.
  ///
  /// It is split at blanks, but for what stands in single or double quotes. No shell is asked, and nothing else means anything.
  static func split(_ text: String) throws(UsageFault) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let ended = word { words.append(ended) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    if let quote { throw UsageFault("a \(quote) in '--via' has no other end") }
    guard let program = words.first, !program.isEmpty else {
      throw UsageFault("'--via' names no program, such as 'ssh p9 vfio-agent'")
    }
    return words
  }

  /// Why a host cannot be named beside it.
  func fault(beside host: String?) -> String? {
    guard !isThisMachine, let host, host != "live" else { return nil }
    return "'--via' leads to the host, and '--host \(host)' is another"
  }

  /// Why what is held there cannot be handed to a program that is here.
  func fault(of handOver: HandOverStyle) -> String? {
    guard !isThisMachine else { return nil }
    let way = !handOver.command.isEmpty ? "a command after '--'" : handOver.socket.map { _ in "'--socket'" }
    return way.map { "descriptors of another host cannot be handed over here, so '--via' goes without \($0)" }
  }

  /// The host that is looked at: the one it leads to, where it leads to one.
  func host(_ host: String?) -> String? { isThisMachine ? host : "live" }
}
