/// How much of a text is taken before it is refused; each is enforced inside the event loop, since libyaml itself
/// takes 45 s for 100 KB of `[`.
package struct YAMLLimits: Hashable, Sendable {
  /// Bytes of the whole text.
  package var bytes = 256 << 20
  /// Collections inside each other.
  package var depth = 64
  /// Nodes of the whole text.
  package var nodes = 16 << 20
  /// Bytes of one scalar.
  package var scalar = 1 << 20
  /// Bytes of one key.
  package var key = 1 << 10

  package init() {}
}
