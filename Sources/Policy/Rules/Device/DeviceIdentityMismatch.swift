import Diagnostics
import GuestSchema
import HostInventory
package import Resolution

/// What stands at an address is what the file expects there.
package enum DeviceIdentityMismatch: DeviceRule {
  package static let description = RuleDescription(
    id: "device-identity-mismatch",
    summary: "the device at an address is the one that is expected",
    rationale: """
      After a card has been moved or firmware has numbered buses anew the address may name another device, which would
      be taken from the host.
      """,
    sources: [.reasoned("bus numbers are given by firmware at each boot")],
    severity: .error,
    requires: ["device-exists"],
    needs: ["devices"],
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [{device: \"0000:02:00.0\", expect: {vendor: \"15b3\", id: \"1017\"}}]}}",
      "bridges: {main: {devices: [{device: \"0000:03:00.0\", expect: {class: \"010802\"}}]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [{device: \"0000:02:00.0\", expect: {vendor: \"15b3\", id: «\"1019\"»}}]}}",
      "bridges: {main: {devices: [{device: \"0000:03:00.0\", expect: {vendor: «\"15b3\"»}}]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let expect = device.configuration.expect
    guard !device.isGivenSibling, expect != AssignedDevice.Expectation(), let address = device.hostAddress,
      let host = configuration.host, let index = device.hostDevice
    else { return }
    guard let identity = host.devices[index].identity else {
      findings.needs("ids of \(address)")
      return
    }
    let pairs: [(Located<String>?, String?, String)] = [
      (expect.vendor, identity.vendor, "vendor"), (expect.id, identity.device, "id"),
      (expect.subvendor, identity.subvendor, "subvendor"), (expect.subid, identity.subdevice, "subid"),
      (expect.classCode, identity.classCode, "class"), (expect.serial, host.devices[index].serial, "serial"),
    ]
    for (wanted, found, name) in pairs {
      guard let wanted else { continue }
      guard let found else {
        findings.needs("\(name) of \(address)")
        continue
      }
      guard wanted.value != found else { continue }
      let elsewhere = host.devices.first {
        $0.identity?.vendor == expect.vendor?.value && $0.identity?.device == expect.id?.value
      }
      findings.report(
        "\(name) at \(address) is \(found), expected \(wanted.value)",
        at: wanted.range,
        help: elsewhere.map { ["the expected device is at \($0.address)"] } ?? [
          "correct the address or what is expected"
        ]
      )
      return
    }
  }
}
