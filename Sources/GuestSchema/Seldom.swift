/// Settings that most entries do not write.
package protocol SeldomWritten: Hashable, Sendable {
  /// None of them is written.
  init()
}

/// Settings on the heap, and nowhere while none is written: a file has tens of thousands of devices, and few of them
/// say anything of their option ROM.
package struct Seldom<Settings: SeldomWritten>: Hashable, Sendable {
  private final class Place: Sendable {
    let settings: Settings

    init(_ settings: Settings) { self.settings = settings }
  }

  private var place: Place?

  package init() {}

  /// The settings, if any is written.
  package var written: Settings? { place?.settings }

  package var settings: Settings {
    get { place?.settings ?? Settings() }
    set { place = newValue == Settings() ? nil : Place(newValue) }
  }

  package static func == (left: Seldom, right: Seldom) -> Bool {
    left.place === right.place || left.settings == right.settings
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(settings) }
}
