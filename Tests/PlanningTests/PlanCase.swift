import Policy
import Testing
import VFIOPlan

/// A guest file that is planned, by name.
struct PlanCase: CustomTestStringConvertible, Sendable {
  var name: String
  var host: ExampleHost
  var text: String
  var testDescription: String { name }

  static let all = [
    mapAll, besideBypass, iommufd, twoBridges, versionOne, partition, parked, noHost, severalGuests,
  ]

  static let mapAll = PlanCase(
    name: "Type1 map-all",
    host: .x86,
    text: """
      version: 1
      guests:
        vm:
          machine: q35
          memory: 4GiB
          bridges:
            main:
              devices:
                - {device: "0000:01:00.0", siblings: give}
                - "0000:02:00.0"
                - "0000:03:00.0"
      """
  )

  static let besideBypass = PlanCase(
    name: "guest-visible beside bypass",
    host: .x86,
    text: """
      version: 1
      guests:
        vm:
          machine: q35
          memory: {size: 8GiB, hugepages: 1GiB}
          viommu: {model: intel, caching-mode: true}
          bridges:
            main: {iommu-use: map-all, devices: ["0000:02:00.0"]}
            fast:
              kind: pxb-pcie
              iommu-use: guest-visible
              devices:
                - {device: "0000:05:02.0", name: vf0, vf-token: 6f1f0a3e-5d3c-4f07-9b39-0a4d4d5b3c11}
      """
  )

  static let iommufd = PlanCase(
    name: "iommufd",
    host: .x86,
    text: """
      version: 1
      guests:
        vm:
          machine: q35
          memory: 2GiB
          iommu-model: iommufd
          bridges: {main: {devices: ["0000:02:00.0", "0000:03:00.0"]}}
      """
  )

  static let twoBridges = PlanCase(
    name: "sPAPR v2, two bridges",
    host: .powernv,
    text: """
      version: 1
      host: {name: p9-07}
      protect: [{device: "0004:01:00.2", reason: the console}]
      guests:
        db1:
          machine: pseries
          memory: 64GiB
          bridges:
            main: {index: 0}
            store: {index: 2, window: {dma32: 1GiB}, devices: ["0003:01:00.0"]}
            net: {index: 1, devices: [{device: "0001:01:00.0", siblings: give}]}
      """
  )

  static let versionOne = PlanCase(
    name: "sPAPR v1",
    host: .powernv,
    text: """
      version: 1
      guests:
        old:
          machine: pseries
          memory: 4GiB
          iommu-model: spapr-tce
          bridges:
            net: {index: 1, devices: ["0002:01:00.0"]}
      """
  )

  static let partition = PlanCase(
    name: "sPAPR v2 in a partition",
    host: .pseries,
    text: """
      version: 1
      guests:
        vm:
          machine: pseries
          memory: 4GiB
          bridges:
            net: {index: 1, devices: ["0002:01:00.0"]}
      """
  )

  static let parked = PlanCase(
    name: "parked siblings",
    host: .x86,
    text: """
      version: 1
      guests:
        vm:
          machine: pc
          memory: 1GiB
          bridges: {main: {devices: [{device: "0000:04:00.0", siblings: park}]}}
      """
  )

  static let noHost = PlanCase(
    name: "no host",
    host: .none,
    text: """
      version: 1
      guests:
        vm:
          machine: virt
          memory: 1GiB
          hypervisor: {raw-arguments: ["-name", "a\\"\\\\ b, \u{1f600}'{}", "true", "010"]}
          bridges: {main: {devices: ["0000:04:00.0", {mdev: 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001}]}}
      """
  )

  static let severalGuests = PlanCase(
    name: "several guests",
    host: .x86,
    text: """
      version: 1
      guests:
        b:
          machine: q35
          memory: 1GiB
          bridges:
            main: {devices: ["0000:02:00.0"]}
            wide:
              kind: pxb-pcie
              bus-number: 64
              ports:
                p2: {kind: root-port, chassis: 9, reserve: {buses: 2, memory: 64MiB}}
                p1: {}
              devices: [{device: "0000:05:02.1", port: p1, rom: {bar: false}}]
            deep: {kind: pxb-pcie, devices: ["0000:05:02.0"]}
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:03:00.0"]}}}
      """
  )

  func plan() throws -> Plan { try PlanningTests.plan(text, on: host) }
}
