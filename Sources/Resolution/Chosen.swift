package import Diagnostics

/// A value that was written in the file or chosen for it, and which of the two.
package struct Chosen<Value> {
  package enum Source: Hashable, Sendable {
    case written(SourceRange)
    /// The reason, one clause.
    case decided(String)
  }

  package var value: Value
  package var source: Source

  package static func written(_ located: Located<Value>) -> Chosen {
    Chosen(value: located.value, source: .written(located.range))
  }

  package static func decided(_ value: Value, _ reason: String) -> Chosen {
    Chosen(value: value, source: .decided(reason))
  }

  /// The written value where there is one, else the chosen one.
  package static func written(_ located: Located<Value>?, or value: @autoclosure () -> (Value, String))
    -> Chosen
  {
    guard let located else {
      let (choice, reason) = value()
      return .decided(choice, reason)
    }
    return .written(located)
  }

  /// Where it is written; nil for a choice.
  package var range: SourceRange? {
    switch source {
    case .written(let range): range
    case .decided: nil
    }
  }
}

extension Chosen: Equatable where Value: Equatable {}
extension Chosen: Hashable where Value: Hashable {}
extension Chosen: Sendable where Value: Sendable {}
