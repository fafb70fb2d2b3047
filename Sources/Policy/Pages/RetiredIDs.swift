/// Ids that say what another one says: one fact has one id, and the others lead to it.
enum RetiredIDs {
  /// In the order of the POWER catalogue they come from.
  static let survivors: [(id: String, survivor: String)] = [
    ("papr-group-one-bridge", "group-in-two-address-spaces"),
    ("papr-group-viable", "group-not-viable"),
    ("papr-bridge-not-assignable", "header-type"),
    ("papr-pf-with-vfs", "pf-with-vfs"),
    ("papr-group-exclusive", "group-split-across-guests"),
    ("papr-group-unassigned-members", "group-partial-assign"),
    ("papr-device-twice", "device-used-twice"),
  ]
}
