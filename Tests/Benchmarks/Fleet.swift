import Foundation

/// Generated guest files and the host they fit: q35 guests with virtual functions, every file without a finding.
struct Fleet {
  var guests: Int
  var devicesPerGuest: Int

  private func address(_ number: Int) -> String {
    let domain = number >> 13
    let (bus, slot) = (number >> 5 & 0xff, number & 0x1f)
    func digits(_ value: Int, _ width: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: width - text.count) + text
    }
    return "\(digits(domain, 4)):\(digits(bus, 2)):\(digits(slot, 2)).0"
  }

  /// The guest file.
  ///
  /// - Parameter snapshot: the name of the host's file beside it; nil names none.
  /// - Returns: YAML.
  func guestFile(snapshot: String?) -> String {
    var text = "version: 1\n"
    if let snapshot { text += "host: {snapshot: \(snapshot)}\n" }
    text += "guests:\n"
    for guest in 0..<guests {
      text += """
          guest-\(guest):
            machine: q35
            memory: {size: 4GiB, hugepages: 1GiB, share: true}
            hypervisor: {name: qemu, version: "10.0", memlock: unlimited}
            bridges:
              main:
                devices:

        """
      for device in 0..<devicesPerGuest {
        let number = guest * devicesPerGuest + device
        text += """
                    - device: "\(address(number))"
                      name: vf-\(device)
                      expect: {vendor: "8086", id: "154c", class: "020000"}
                      siblings: refuse
                      managed: true
                      migration: auto
                      reset: auto

          """
      }
    }
    return text
  }

  /// The host's snapshot.
  func snapshot() -> String {
    // Four pages for each guest, and some more.
    let pages = max(8192, 8 * guests)
    var text = """
      {
        "schema-version": 1,
        "cpu": {"architecture": "x86_64", "vendor": "GenuineIntel", "model": "Xeon", "phys-bits": 46},
        "page-size": 4096,
        "kernel": {"release": "6.12.107"},
        "modules": [{"name": "vfio_iommu_type1", "loaded": true}, {"name": "vfio_pci", "loaded": true}],
        "iommus": [{"name": "dmar0", "kind": "intel"}],
        "interrupt-remapping": true,
        "memory": [
          {"node": 0, "total": \(pages << 30), "free": \(pages << 30), "huge-pages": [
            {"size": 1073741824, "total": \(pages), "free": \(pages)}]}
        ],
        "groups": [

      """
    let count = guests * devicesPerGuest
    for number in 0..<count {
      text += """
            {"members": ["\(address(number))"], "type": "DMA",
              "iova-ranges": {"source": "predicted", "page-sizes": "0x40201000", "ranges": [
                {"start": "0x0", "last": "0xfedfffff"}, {"start": "0xfef00000", "last": "0xffffffffffff"}]}}\
        \(number + 1 < count ? "," : "")

        """
    }
    text += "  ],\n  \"devices\": [\n"
    for number in 0..<count {
      text += """
            {"address": "\(address(number))", "vendor": "8086", "id": "154c", "class": "020000", "header-type": 0,
              "express": true, "driver": "vfio-pci", "vfio-driver": true, "numa": 0,
              "reset-methods": ["flr", "bus"], "in-use": []}\(number + 1 < count ? "," : "")

        """
    }
    return text + "  ]\n}\n"
  }
}
