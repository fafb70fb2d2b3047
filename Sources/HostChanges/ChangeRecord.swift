package import Diagnostics
package import VFIOTypes

/// How one function was bound before it was taken.
package struct RecordedBinding: Hashable, Sendable {
  package var device: PCIAddress
  /// Vendor and device id, so that another function at the address later is left alone.
  package var ids: String?
  package var before: BindingState
  /// The driver it was given.
  package var target: String

  package init(device: PCIAddress, ids: String?, before: BindingState, target: String) {
    self.device = device
    self.ids = ids
    self.before = before
    self.target = target
  }
}

/// Where it is kept what was bound before, so that it can be given back.
///
/// Kept whole: `replace` returns when the new state is on the disk. A journal that also says which write is under way
/// takes this place.
package protocol ChangeRecord: Sendable {
  /// What is taken in this boot, by address; empty where nothing was kept.
  func entries() throws(ChangeRecordError) -> [RecordedBinding]
  /// Puts these entries in place of all before.
  func replace(with entries: [RecordedBinding]) throws(ChangeRecordError)
}

/// Why a record could not be read or kept.
package struct ChangeRecordError: Error, Hashable, Sendable {
  package var diagnostic: Diagnostic

  package init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}
