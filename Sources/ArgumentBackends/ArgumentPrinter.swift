import Diagnostics
import VFIOPlan

/// How a list of arguments is laid out.
package enum ArgumentForm: String, Hashable, Sendable, CaseIterable {
  /// All in one line, quoted for a POSIX shell.
  case line
  /// An option and its value a line, quoted for a POSIX shell and for `xargs`.
  case lines
  /// A script that adds them to the positional parameters, to be sourced before `qemu-system-x86_64 "$@"`.
  case shell
  /// A JSON array of words, for programs.
  case json
}

/// The one place where arguments are quoted.
package enum ArgumentPrinter {
  /// The words a hypervisor is started with.
  package static func words(_ arguments: [Argument]) -> [String] { arguments.flatMap(words) }

  /// The arguments as text that ends with a newline; empty for no arguments but in the JSON form.
  package static func text(_ arguments: [Argument], form: ArgumentForm) -> String {
    switch form {
    case .line: arguments.isEmpty ? "" : arguments.map(quoted).joined(separator: " ") + "\n"
    case .lines: arguments.map { quoted($0) + "\n" }.joined()
    case .shell:
      arguments.isEmpty ? "" : "set -- \"$@\"" + arguments.map { " \\\n  " + quoted($0) }.joined() + "\n"
    case .json: json(words(arguments))
    }
  }

  /// The same with a comment before each argument that names its line in the guest file and its reason.
  ///
  /// Forms that have no place for comments are printed without. The script becomes a command an argument, since no
  /// comment can stand in a continued line.
  package static func annotatedText(_ arguments: [Argument], form: ArgumentForm, file: String) -> String {
    switch form {
    case .line, .json: text(arguments, form: form)
    case .lines: arguments.map { comment($0, file) + quoted($0) + "\n" }.joined()
    case .shell: arguments.map { comment($0, file) + "set -- \"$@\" " + quoted($0) + "\n" }.joined()
    }
  }

  // MARK: Words

  private static func words(_ argument: Argument) -> [String] {
    switch argument.content {
    case .machine(let type, let properties): ["-machine", CommaForm.text(type, properties)]
    case .option(let name, let first, let properties): ["-" + name, CommaForm.text(first, properties)]
    case .verbatim(let option, let value): ["-" + option, value]
    case .global(let driver, let property):
      // QEMU 10.0, system/qdev-monitor.c: qemu_global_option takes the rest after '=' as it is.
      ["-global", "\(driver).\(property.name)=\(CommaForm.plain(property.value))"]
    case .object(let type, let properties):
      ["-object", spelled("qom-type", type, properties, argument.form)]
    case .device(let driver, let properties):
      ["-device", spelled("driver", driver, properties, argument.form)]
    case .raw(let word): [word]
    }
  }

  private static func spelled(
    _ key: String,
    _ type: String,
    _ properties: [ArgumentProperty],
    _ form: PropertyForm
  ) -> String {
    switch form {
    case .comma: CommaForm.text(type, properties)
    case .json: object([ArgumentProperty(key, .text(type))] + properties)
    }
  }

  // MARK: JSON

  private static func object(_ properties: [ArgumentProperty]) -> String {
    var writer = JSONWriter()
    writer.object(compact: true) { writer in
      for property in properties {
        writer.key(property.name)
        switch property.value {
        case .text(let text): writer.string(text)
        case .number(let number): writer.number(number)
        case .toggle(let isOn): writer.bool(isOn)
        case .numbers(let numbers):
          writer.array { writer in
            for number in numbers { writer.number(number) }
          }
        }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func json(_ words: [String]) -> String {
    var writer = JSONWriter()
    writer.array { writer in
      for word in words { writer.string(word) }
    }
    return String(decoding: writer.finished(), as: UTF8.self)
  }

  // MARK: Shell

  private static func quoted(_ argument: Argument) -> String {
    words(argument).map(ShellWord.quoted).joined(separator: " ")
  }

  private static func comment(_ argument: Argument, _ file: String) -> String {
    let place = argument.origin.line > 0 ? "\(file):\(argument.origin.line)" : file
    return "# \(TerminalText.escaped(place))  \(TerminalText.escaped(argument.reason))\n"
  }
}
