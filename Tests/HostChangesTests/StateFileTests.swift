import Diagnostics
import HostChanges
import HostDoors
import TestSupport
import Testing
import VFIOTypes

@Suite struct StateFileTests {
  private let host = ModelHostFiles(SmallHost.tree)
  private let path = "/run/vfioplan/state.json"

  private static let entries = [
    RecordedBinding(
      device: SmallHost.nic,
      ids: "8086:10d3",
      before: BindingState(driver: "e1000e", override: nil),
      target: "vfio-pci"
    ),
    RecordedBinding(
      device: SmallHost.disk,
      ids: nil,
      before: BindingState(driver: nil, override: "it's a \"driver\": no"),
      target: "mlx5_vfio_pci"
    ),
  ]

  init() { host.with { $0.tree.putFolder("/run/vfioplan") } }

  private func text() -> String? {
    (try? host.read(path, limit: 4096)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a record is one small file of JSON`() throws {
    try host.record.replace(with: Self.entries)
    #expect(
      text() == """
        {
          "schema-version": 1,
          "boot": "6e5f1c52-0b0d-4c4e-9a44-9b4a0c8d1f00",
          "devices": [
            {"device": "0000:01:00.0", "ids": "8086:10d3", "driver": "e1000e", "target": "vfio-pci"},
            {"device": "0000:02:00.0", "override": "it's a \\"driver\\": no", "target": "mlx5_vfio_pci"}
          ]
        }

        """
    )
  }

  @Test func `what is kept reads as it was, and nothing kept is no file`() throws {
    #expect(try host.record.entries() == [])
    try host.record.replace(with: Self.entries)
    #expect(try host.record.entries() == Self.entries)
    try host.record.replace(with: [])
    #expect(try host.record.entries() == [])
    #expect(text() == nil)
  }

  @Test func `another boot's record is history`() throws {
    try host.record.replace(with: Self.entries)
    host.with { $0.tree.putFile("/proc/sys/kernel/random/boot_id", "11111111-0b0d-4c4e-9a44-9b4a0c8d1f00\n") }
    #expect(try host.record.entries() == [])
  }

  @Test(arguments: [
    "", "[]", "{\"schema-version\": 2, \"devices\": []}", "{\"schema-version\": 1}",
    "{\"schema-version\": 1, \"devices\": [{\"device\": \"0000:01:00.0\"}]}",
    "{\"schema-version\": 1, \"devices\": [{\"device\": \"01:00.0\", \"target\": \"vfio-pci\"}]}",
    "{\"schema-version\": 1, \"devices\": [{\"device\": \"0000:01:00.0\", \"target\": \"vfio-p",
  ])
  func `a record that is not understood whole ends an apply and a release before the first write`(
    text: String
  ) {
    host.with { $0.tree.putFile("/run/vfioplan/state.json", text) }
    let plan = SmallHost.plan([SmallHost.nic], on: host)
    for report in [host.apply(plan), host.release()] {
      #expect(report.outcome == .failedAndRestored)
      #expect(report.diagnostics.map(\.rule) == ["record-unreadable"])
    }
    #expect(host.log == [])
  }

  @Test func `a second plan adds to the record and keeps what the first found`() throws {
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host)).outcome == .done)
    // Somebody unbinds it and leaves our override; a second apply then finds less than the first.
    #expect(host.run(["echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/unbind"]) == [])
    #expect(host.apply(SmallHost.plan([SmallHost.nic, SmallHost.disk], on: host)).outcome == .done)
    #expect(
      try host.record.entries().map(\.before) == [
        BindingState(driver: "e1000e", override: nil), BindingState(driver: "nvme", override: nil),
      ]
    )
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: SmallHost.tree) == [])
  }
}
