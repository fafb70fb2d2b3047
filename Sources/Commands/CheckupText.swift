import Diagnostics
import HostInventory

/// What a checkup found, for a person and for programs.
enum CheckupText {
  /// An item a line, its cures below it, and the answer at the end.
  static func text(_ checkup: Checkup, palette: Palette) -> String {
    var text = ""
    for item in checkup.items {
      let word = item.state.rawValue
      let gap = String(repeating: " ", count: width - word.utf8.count)
      text += palette.paint(word, item.state.part) + gap + TerminalText.escaped(item.text) + "\n"
      for cure in item.cures {
        text += String(repeating: " ", count: width) + "-> " + TerminalText.escaped(cure) + "\n"
      }
    }
    return text + palette.paint(answer(checkup), .emphasis) + "\n"
  }

  /// The longest word of a state and two blanks.
  private static let width = (Checkup.Item.State.allCases.map(\.rawValue.utf8.count).max() ?? 0) + 2

  private static func answer(_ checkup: Checkup) -> String {
    switch checkup.isReady {
    case true?: "this host can give devices to guests"
    case false?:
      "this host cannot give devices to guests yet: \(checkup.items.count { $0.state == .missing }) missing"
    case nil: "whether this host can give devices to guests is not known"
    }
  }

  static func document(_ checkup: Checkup) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema-version")
      writer.number(1)
      // Absent where it is not known.
      if let isReady = checkup.isReady {
        writer.key("ready")
        writer.bool(isReady)
      }
      writer.key("items")
      writer.array { writer in
        for item in checkup.items { CheckupText.write(item, &writer) }
      }
    }
    return writer.finished()
  }

  private static func write(_ item: Checkup.Item, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("subject")
      writer.string(item.subject.rawValue)
      writer.key("state")
      writer.string(item.state.rawValue)
      writer.key("text")
      writer.string(item.text)
      writer.key("cures")
      writer.array { writer in
        for cure in item.cures { writer.string(cure) }
      }
    }
  }
}

extension Checkup.Item.State {
  fileprivate var part: Palette.Part {
    switch self {
    case .good: .note
    case .missing: .error
    case .unknown: .warning
    case .note: .note
    }
  }
}
