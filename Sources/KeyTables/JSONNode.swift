package import Diagnostics
package import YAMLSyntax

extension JSONWriter {
  /// Writes a node as JSON reads it: a plain scalar that JSON knows as it is, any other as text.
  package mutating func node(_ node: YAMLNode) {
    switch node.style {
    case .mapping:
      object { writer in
        for pair in node.pairs {
          writer.key(pair.key.text)
          writer.node(pair.value)
        }
      }
    case .sequence:
      array { writer in
        for item in node.items { writer.node(item) }
      }
    case .plain where ValueCheck.isJSONScalar(node): literal(node.utf8.isEmpty ? "null" : node.text)
    case .plain, .quoted, .block: string(node.text)
    }
  }
}

extension YAMLParser {
  /// The node of a text of our own; nil where it is not in the dialect.
  static func snippet(_ text: String) -> YAMLNode? {
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "", bytes: Array(text.utf8))
    let document = parse(source, diagnostics: &diagnostics)
    return diagnostics.isEmpty ? document?.root : nil
  }
}
