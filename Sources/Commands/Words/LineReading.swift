/// What a command line asks for, as each of its two readers understands it.
package struct LineReading {
  /// Nil where the line is not plain, or not right.
  package let plain: AnyHashable?
  /// By the parser that knows all of the syntax; nil where it shows help, or complains.
  package let whole: AnyHashable?

  package init(_ words: [String]) {
    plain = PlainLine.read(words).map { AnyHashable($0) }
    whole = (try? Program.verb(words)).flatMap { $0 }.map { AnyHashable($0) }
  }
}
