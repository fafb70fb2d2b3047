import KeyTables
import VFIOPlan
import VFIOTypes

extension PlanTables {
  /// All kinds of steps in one mapping; which keys a kind takes is `StepArguments`.
  static let step = KeyTable(
    "step",
    "One thing the VFIO core does.",
    [
      Key("step", words(StepKind.self), required: true, "What is done."),
      Key("device", .shaped(.pciAddress), "The device."),
      Key("group", .shaped(.pciAddress), "The group, by its lowest member."),
      Key("container", .text, "The container or IOAS."),
      Key("containers", .list(.text), "Containers that are tried in turn."),
      Key("another", .text, "The name of a new container where none of them accepts the group."),
      Key("iommufd", .text, "The name of an open /dev/iommu."),
      Key("model", words(IOMMUModel.self), "The IOMMU model that is set."),
      Key("accepting", .list(.mapping(range)), "Bus addresses that must be accepted."),
      Key("vf-token", .text, "The token of a virtual function."),
      Key("memory", .text, "A range of guest RAM."),
      Key("window", .mapping(window), "The window that is made."),
      Key("range", .mapping(range), "Where the RAM is mapped."),
      Key("address", .shaped(.hexNumber), "Where a page is mapped and unmapped."),
      Key("page-size", bytes, "Bytes of that page."),
      origin,
    ]
  )
}
