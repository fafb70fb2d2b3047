/// The time, as little of it as is needed; `Clock` is a type of the standard library.
package protocol HostClock: Sendable {
  /// Milliseconds since some moment; never runs backwards.
  func milliseconds() -> UInt64
  /// The date in UTC, `2026-11-24`.
  func today() -> String
}
