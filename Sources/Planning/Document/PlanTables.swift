import KeyTables
import VFIOPlan
import VFIOTypes

/// The keys of a plan document; reader and schema follow from them, and the writer of VFIOPlan is held to them by tests.
///
/// Sizes are numbers of bytes; addresses and masks are hexadecimal text, since a number past 2^53 does not survive every
/// reader of JSON.
enum PlanTables {
  static let bytes = KeyType.integer(0...Int.max)
  static let origin = Key(
    "origin",
    .mapping(originTable),
    required: true,
    "What of the guest file it follows from."
  )

  static func words<Word: CaseIterable & RawRepresentable<String>>(_ type: Word.Type) -> KeyType {
    .words(type.allCases.map(\.rawValue))
  }

  static let plan = KeyTable(
    "plan",
    "What will be done: on the host once, then guest by guest.",
    [
      Key(
        "schema-version",
        .integer(1...Plan.schemaVersion),
        required: true,
        example: "\(Plan.schemaVersion)",
        "The version of the form."
      ),
      Key("file", .text, required: true, "The guest file; origins are places in it."),
      Key("host", .text, "The name of the host, where the file says one."),
      Key("protect", .list(.mapping(protection)), required: true, "What is never taken."),
      Key(
        "override",
        .list(.mapping(guardOverride)),
        required: true,
        "What may be taken in spite of a guard."
      ),
      Key(
        "bindings",
        .list(.mapping(binding)),
        required: true,
        "The driver each function of the host is to have."
      ),
      Key("guests", .list(.mapping(PlanTables.guest)), required: true, "What is done for each guest."),
      Key("facts", .list(.mapping(fact)), required: true, "The host facts the plan rests on."),
    ]
  )

  static let originTable = KeyTable(
    "origin",
    "A place in the guest file.",
    [
      Key("path", .text, required: true, "The path of what it follows from."),
      Key("line", bytes, required: true, "The line, from 1; 0 where the file says nothing of it."),
      Key("column", bytes, required: true, "The column, from 1, in code points."),
      Key("length", bytes, required: true, "The length of the text in bytes."),
    ]
  )

  static let protection = KeyTable(
    "protection",
    "Something of the host that is never taken.",
    exactlyOne: [["device", "interface", "block"]],
    [
      Key("device", .shaped(.pciAddress), "A PCI function."),
      Key("interface", .text, "A network interface."),
      Key("block", .text, "A block device."),
      Key("reason", .text, required: true, "Why."),
      origin,
    ]
  )

  static let guardOverride = KeyTable(
    "guard-override",
    "A device that may be taken although a guard protects it.",
    [
      Key("guard", .text, required: true, "The class of the guard."),
      Key("device", .shaped(.pciAddress), required: true, "The device."),
      Key("reason", .text, required: true, "Why."),
      origin,
    ]
  )

  static let binding = KeyTable(
    "binding",
    "The driver a function has and is to have.",
    [
      Key("device", .shaped(.pciAddress), required: true, "The function."),
      Key("group", .list(.shaped(.pciAddress)), required: true, "The members of its group."),
      Key("current", .text, "Its driver; left out: none, or not known."),
      Key("target", .text, required: true, "The driver it is to have."),
      Key("purpose", words(DriverBinding.Purpose.self), required: true, "Why it is touched at all."),
      Key("managed", .bool, required: true, "Whether an apply binds it; else it must be bound already."),
      origin,
    ]
  )

  static let fact = KeyTable(
    "fact",
    "A host fact the plan rests on.",
    [
      Key("subject", .text, required: true, "A PCI address, the lowest address of a group, or 'host'."),
      Key("name", .text, required: true, "The name of the fact."),
      Key("value", .scalar, required: true, "What was so."),
    ]
  )
}
