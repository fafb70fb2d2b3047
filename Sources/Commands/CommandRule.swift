package import Diagnostics

/// What the commands themselves report, beside the rules: one id each, with its page.
package enum CommandRule: String, Hashable, Sendable, CaseIterable {
  case unreadable = "input-unreadable"
  case noHost = "no-host"
  case hostsDiffer = "same-host-snapshots"
  case commandForOneGuest = "command-for-one-guest"
  case placeholderUnknown = "command-placeholder-unknown"

  package var summary: String {
    switch self {
    case .unreadable: "a file that is named can be read"
    case .noHost: "a host is looked at"
    case .hostsDiffer: "files of one host rest on the same facts"
    case .commandForOneGuest: "a command is given the descriptors of one guest"
    case .placeholderUnknown: "what stands for a descriptor in a command stands for one of its guest"
    }
  }

  package var rationale: String {
    switch self {
    case .unreadable:
      "What cannot be read cannot be checked. A snapshot that a guest file names is looked for below the folder of that file and nowhere else."
    case .noHost:
      "Without facts about the host only what stands in the file is checked: whether a device exists, who shares its IOMMU group and what memory there is stays unknown. Name a snapshot in the file ('host: {snapshot: FILE}'), or give '--host live', a snapshot or a saved tree; '--host none' says that none is wanted."
    case .hostsDiffer:
      "With '--same-host', files that name one host are checked together against one snapshot; where they name different ones, the first counts for all."
    case .commandForOneGuest:
      "With '--apply=hold' a command after '--' is a hypervisor that runs one guest: it is given the open /dev/iommu and the nodes of that guest's devices. Devices of another guest in its hands could be attached to the memory of the first."
    case .placeholderUnknown:
      "In the words of a command '{iommufd}' is the number of the open /dev/iommu, '{fd:NAME}' and '{fd:ADDRESS}' that of a device, and a word '{qemu}' becomes the guest's arguments for QEMU. All other braces are passed on as they are."
    }
  }

  package var severity: Severity {
    switch self {
    case .unreadable, .commandForOneGuest, .placeholderUnknown: .error
    case .hostsDiffer: .warning
    case .noHost: .remark
    }
  }

  /// A finding of this rule.
  func finding(
    _ message: String,
    at range: SourceRange? = nil,
    place: TextPlace? = nil,
    why: String? = nil,
    help: [String] = []
  ) -> Diagnostic {
    Diagnostic(
      rule: rawValue,
      severity: severity,
      message: message,
      range: range,
      place: place,
      why: why,
      help: help
    )
  }
}
