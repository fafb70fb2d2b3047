/// The arrows between rooms, as data.
///
/// What each target under `Sources` may import, and the judge of the import lines, since
/// SwiftPM builds an undeclared import of a sibling target without a word.
enum RoomTable {
  /// The standard library's own modules that any room may import.
  static let language: Set<String> = ["Swift"]

  static let imports: [String: Set<String>] = [
    "CLibYAML": [],
    "CLinux": [],
    "Diagnostics": [],
    "VFIOTypes": [],
    "HostDoors": ["VFIOTypes"],
    "YAMLSyntax": ["CLibYAML", "Diagnostics"],
    // One mechanism of key tables reads guest files, snapshots and saved plans.
    "KeyTables": ["YAMLSyntax", "VFIOTypes", "Diagnostics"],
    "GuestSchema": ["KeyTables", "YAMLSyntax", "VFIOTypes", "Diagnostics"],
    // A captured tree remembers what is asked of it behind a door that any thread may ask: the standard library's Mutex.
    "HostInventory": ["KeyTables", "YAMLSyntax", "HostDoors", "VFIOTypes", "Diagnostics", "Synchronization"],
    "Resolution": ["GuestSchema", "HostInventory", "VFIOTypes", "Diagnostics"],
    // Rules read the configured values and host facts that a resolved thing carries, hence the two rooms behind it.
    // Its pages cover every id a finding may carry, those of the dialect and the key tables too.
    "Policy": [
      "Resolution", "GuestSchema", "HostInventory", "KeyTables", "YAMLSyntax", "VFIOTypes", "Diagnostics",
    ],
    "VFIOPlan": ["VFIOTypes", "Diagnostics"],
    "Planning": [
      "Policy", "Resolution", "GuestSchema", "HostInventory", "KeyTables", "YAMLSyntax", "VFIOPlan",
      "VFIOTypes",
      "Diagnostics",
    ],
    "ArgumentBackends": ["VFIOPlan", "VFIOTypes", "Diagnostics"],
    "VFIOCore": ["VFIOTypes"],
    "LinuxVFIO": ["VFIOCore", "VFIOTypes", "CLinux", "Glibc"],
    "Execution": ["VFIOCore", "VFIOPlan", "VFIOTypes", "Diagnostics"],
    // The record of what was bound before is read by the front end that reads everything else.
    "HostChanges": [
      "VFIOPlan", "HostInventory", "HostDoors", "KeyTables", "YAMLSyntax", "VFIOTypes", "Diagnostics",
    ],
    // Threads exist in this room alone, and what they share is the standard library's Mutex and Atomic.
    "LinuxHost": ["HostDoors", "VFIOTypes", "CLinux", "Glibc", "Synchronization"],
    // All doors of a machine far away are views of one stream, which any of them may be asked by: the standard library's Mutex.
    "RemoteHost": ["VFIOCore", "HostDoors", "VFIOTypes", "Synchronization"],
    "Commands": [
      "ArgumentBackends", "ArgumentParser", "Diagnostics", "Execution", "GuestSchema", "HostChanges",
      "HostDoors", "HostInventory", "KeyTables", "Planning", "Policy", "RemoteHost", "Resolution", "VFIOCore",
      "VFIOPlan",
      "VFIOTypes",
      "YAMLSyntax",
    ],
    "vfioplan": ["Commands", "LinuxHost", "LinuxVFIO"],
    "vfio-agent": [],
  ]

  /// Rooms that may write `unsafe`.
  static let mayBeUnsafe: Set<String> = ["YAMLSyntax", "LinuxVFIO", "LinuxHost"]
}
