import Diagnostics
package import Resolution

/// A host device is given once.
package enum DeviceUsedTwice: DeviceRule {
  package static let description = RuleDescription(
    id: "device-used-twice",
    summary: "a host device is assigned once in a file",
    rationale: "A device has one owner: the second one to open it is refused.",
    sources: [
      .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_legacy_attach_device"),
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_main.c: vfio_df_open"),
    ],
    severity: .error,
    otherwise: """
      device is already attached
      VFIO_DEVICE_BIND_IOMMUFD: Invalid argument
      """,
    accepts: [
      "bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}",
      "bridges: {main: {devices: [\"0000:01:00.0\"]}, more: {devices: [\"0000:02:00.0\"]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [\"0000:01:00.0\", «\"0000:01:00.0\"»]}}",
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:01:00.0"]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: [{device: «"0000:01:00.0"»}]}}}
      """,
      """
      bridges:
        main:
          devices:
            - {mdev: "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"}
            - {mdev: «"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"»}
      """,
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let first = device.firstUse else { return }
    let owner = configuration.guests[first.guest]
    findings.report(
      "device \(device.referenceText) is assigned twice",
      at: device.range,
      notes: [.init("first given to guest '\(owner.name)' here", at: owner.devices[first.device].range)],
      help: ["give it to one of them"]
    )
  }
}
