/// `type,name=value,name=value`, QEMU's older spelling of options.
///
/// A comma in a value is doubled and nothing else is special: QEMU 10.0, util/qemu-option.c: get_opt_value; names end
/// at the first `=`, so that a value may hold more of them.
enum CommaForm {
  /// The spelled properties, the first of them without its name where it has none.
  static func text(_ first: String?, _ properties: [ArgumentProperty]) -> String {
    let parts = properties.flatMap { property in
      values(property.value).map { "\(property.name)=\(doubled($0))" }
    }
    return ((first.map { [doubled($0)] } ?? []) + parts).joined(separator: ",")
  }

  /// A value alone, for places where commas are not special.
  static func plain(_ value: ArgumentValue) -> String { values(value).joined(separator: ",") }

  /// A list is a property given again for each member.
  private static func values(_ value: ArgumentValue) -> [String] {
    switch value {
    case .text(let text): [text]
    case .number(let number): [String(number)]
    case .toggle(let isOn): [isOn ? "on" : "off"]
    case .numbers(let numbers): numbers.map { String($0) }
    }
  }

  private static func doubled(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      result.unicodeScalars.append(scalar)
      if scalar == "," { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}
