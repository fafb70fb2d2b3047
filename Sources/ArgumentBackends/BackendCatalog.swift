/// All back-ends, in the order they are listed to the user.
package enum BackendCatalog {
  package static let backends: [any ArgumentBackend.Type] = [QEMU.self]

  /// The back-end of that name.
  package static func backend(named name: String) -> (any ArgumentBackend.Type)? {
    backends.first { $0.name == name }
  }
}
