import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

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
    needs: ["devices[].ids", "devices[].serial"],
    otherwise: "nothing: another device is taken from the host and given to the guest",
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
      findings.report(
        "\(name) at \(address) is \(found), expected \(wanted.value)",
        at: wanted.range,
        help: [help(expect, host)]
      )
      return
    }
  }

  /// Where the expected device is now.
  private static func help(_ expect: AssignedDevice.Expectation, _ host: HostSnapshot) -> String {
    let found = host.devices.filter { matches($0, expect) }
    switch found.count {
    case 0: return "correct the address or what is expected; no function of the host is like that"
    case 1...4:
      return "the expected device is at \(found.map(\.address.description).joined(separator: " or "))"
    default: return "correct the address; \(found.count) functions of the host are like that"
    }
  }

  /// Whether a function is what is expected, as far as it is known.
  private static func matches(_ device: HostDevice, _ expect: AssignedDevice.Expectation) -> Bool {
    guard let identity = device.identity else { return false }
    let pairs = [
      (expect.vendor, identity.vendor), (expect.id, identity.device), (expect.subvendor, identity.subvendor),
      (expect.subid, identity.subdevice), (expect.classCode, identity.classCode),
      (expect.serial, device.serial),
    ]
    return pairs.allSatisfy { wanted, found in wanted == nil || wanted?.value == found }
  }
}
