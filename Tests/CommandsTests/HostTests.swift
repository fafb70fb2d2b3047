import Commands
import HostDoors
import HostInventory
import TestSupport
import Testing

@Suite struct HostTests {
  /// A machine that is a captured host, with a few names.
  private static func machine(_ tree: String) -> MemoryMachine<MemoryWorkers>? {
    guard let files = TreeFiles.shared(tree) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    var machine = MemoryMachine()
    machine.host = ModelHostFiles(files)
    machine.trees["saved"] = files
    machine.files = MemoryFiles(["saved": .folder])
    return machine
  }

  @Test(arguments: ["x86-intel-iommu", "powernv9-64k", "arm64-smmuv3", "x86-no-iommu"])
  func `the snapshot of a host, of a saved tree and of a snapshot are the same`(tree: String) throws {
    guard var machine = Self.machine(tree) else { return }
    let live = Run("host snapshot", on: &machine)
    #expect(
      live.output
        == String(decoding: SnapshotWriter.document(SysfsReader.snapshot(of: machine.host)), as: UTF8.self)
    )
    #expect(Run("host snapshot --host saved", on: &machine) == live)
    #expect(Run("host snapshot --host saved --out h.json", on: &machine) == Run(.success))
    #expect(Run("host snapshot --host h.json", on: &machine) == live)
  }

  @Test(arguments: [
    "x86-intel-iommu", "x86-sriov", "powernv9-64k", "pseries-64k", "arm64-smmuv3", "x86-amd-iommu",
  ])
  func `a saved tree holds what the snapshot rests on`(tree: String) throws {
    guard let machine = Self.machine(tree) else { return }
    let captured = CapturedTree(of: machine.host)
    var expected = SysfsReader.snapshot(of: captured)
    var lines: [String] = []
    for (path, entry) in captured.entries {
      let name = path.dropFirst()
      switch entry {
      case .folder: lines.append("\(name)\td\t755\t")
      case .link(let target): lines.append("\(name)\tl\t777\t\(target)")
      case .file(let bytes):
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        lines.append("\(name)\tf\t644\thex:\(digits.joined())")
      }
    }
    var again = SysfsReader.snapshot(of: TreeFiles(text: lines.joined(separator: "\n")))
    Self.forgetNodes(&expected)
    Self.forgetNodes(&again)
    #expect(SnapshotWriter.document(again) == SnapshotWriter.document(expected))
  }

  /// The permissions of device nodes are no part of a tree.
  private static func forgetNodes(_ snapshot: inout HostSnapshot) {
    snapshot.nodes = nil
    for index in (snapshot.groups ?? []).indices { snapshot.groups?[index].access = nil }
    snapshot.setDevices(
      snapshot.devices.map { device in
        var device = device
        device.access = nil
        return device
      }
    )
  }

  @Test(arguments: ["x86-iommufd", "x86-sriov", "powernv9-64k"])
  func `a folder is made before what it holds`(tree: String) throws {
    guard let machine = Self.machine(tree) else { return }
    let captured = CapturedTree(of: machine.host)
    _ = SysfsReader.snapshot(of: captured)
    var folders: Set<Substring> = [""]
    var orphans: [String] = []
    for (path, entry) in captured.entries {
      let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
      if !folders.contains(parent) { orphans.append(path) }
      if entry == .folder { folders.insert(path[...]) }
    }
    #expect(orphans == [])
  }

  @Test func `a tree is saved into a new folder only`() {
    guard var machine = Self.machine("x86-intel-iommu") else { return }
    #expect(Run("host snapshot --tree new", on: &machine) == Run(.success))
    #expect(machine.files.entries["new/sys/bus/pci/devices"] == .folder)
    #expect(
      Run("host snapshot --tree new", on: &machine)
        == Run(.unreadable, error: "error: 'new' cannot be written: something stands there already\n")
    )
  }

  @Test func `the list shows groups, drivers, names and uses`() throws {
    var machine = MemoryMachine()
    machine.host = ModelHostFiles(
      TreeFiles(
        text: """
          sys/bus/pci/devices/0000:01:00.0\tl\t777\t../../../devices/pci0000:00/0000:01:00.0
          sys/bus/pci/devices/0000:02:00.0\tl\t777\t../../../devices/pci0000:00/0000:02:00.0
          sys/bus/pci/drivers/igb\td\t755\t
          sys/devices/pci0000:00/0000:01:00.0/vendor\tf\t444\t0x8086\\n
          sys/devices/pci0000:00/0000:01:00.0/device\tf\t444\t0x1521\\n
          sys/devices/pci0000:00/0000:01:00.0/class\tf\t444\t0x020000\\n
          sys/devices/pci0000:00/0000:01:00.0/driver\tl\t777\t../../../bus/pci/drivers/igb
          sys/devices/pci0000:00/0000:02:00.0/vendor\tf\t444\t0x10de\\n
          sys/devices/pci0000:00/0000:02:00.0/device\tf\t444\t0xffff\\n
          sys/devices/pci0000:00/0000:02:00.0/class\tf\t444\t0x030000\\n
          sys/devices/pci0000:00/0000:02:00.0/boot_vga\tf\t444\t1\\n
          sys/kernel/iommu_groups/7/devices/0000:01:00.0\tl\t777\t../../../../devices/pci0000:00/0000:01:00.0
          usr/share/misc/pci.ids\tf\t644\t# names\\n8086  Intel Corporation\\n\\t1521  I350 Gigabit\\n\\t\\t8086 0001  a card\\n10de  NVIDIA\\nC 02  Network controller\\n\\t00  Ethernet controller\\nC 03  Display controller\\n
          sys/bus/pci\td\t755\t
          sys/bus/pci/devices\td\t755\t
          sys/kernel/iommu_groups\td\t755\t
          sys/kernel/iommu_groups/7\td\t755\t
          sys/kernel/iommu_groups/7/devices\td\t755\t
          sys/kernel\td\t755\t
          """
      )
    )
    #expect(
      Run("host list", on: machine)
        == Run(
          .success,
          output: """
            group 7
              0000:01:00.0  igb  8086:1521  Ethernet controller  Intel Corporation I350 Gigabit
            in no group: cannot be assigned
              0000:02:00.0  -    10de:ffff  Display controller   NVIDIA  in use: boot-display

            """
        )
    )
  }
}

@Suite struct InitTests {
  private static func machine() -> MemoryMachine<MemoryWorkers>? {
    guard let files = TreeFiles.shared("x86-intel-iommu") else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    var machine = MemoryMachine()
    machine.host = ModelHostFiles(files)
    return machine
  }

  @Test func `a first file names the device, what is found there, and what becomes of its group`() {
    guard var machine = Self.machine() else { return }
    #expect(Run("init --device 0000:06:00.0 --memory 4MiB --out vm.yaml", on: &machine) == Run(.success))
    #expect(
      machine.files.texts["vm.yaml"] == """
        # 'vfioplan FILE' checks this file and shows the plan; 'vfioplan FILE --emit qemu' prints arguments.
        # Every key is described by 'vfioplan schema guest'.
        version: 1

        # To check it away from the host: 'vfioplan host snapshot --out host.json', and
        # host: {snapshot: host.json}

        guests:
          vm1:
            machine: q35
            # RAM at boot; all of it is pinned while a device is assigned.
            memory: 4MiB
            bridges:
              main:
                devices:
                  # class 0200, driver e1000e
                  - device: "0000:06:00.0"
                    # Addresses move; these ids must be found there.
                    expect: {vendor: "8086", id: "10d3"}
                    # Of its IOMMU group too: 0000:06:00.1, class 0200, driver e1000e
                    # park: bound to vfio-pci and used by nobody; give: the guest gets them too.
                    siblings: park

        """
    )
  }

  @Test func `a file that exists is not overwritten`() {
    guard var machine = Self.machine() else { return }
    machine.files = MemoryFiles(["vm.yaml": .file("mine")])
    let run = Run("init --device 0000:06:00.0 --memory 4MiB --out vm.yaml", on: &machine)
    #expect(
      run == Run(.unreadable, error: "error: 'vm.yaml' cannot be written: something stands there already\n")
    )
    #expect(machine.files.texts == ["vm.yaml": "mine"])
  }

  @Test func `what is still to be done is said, and the exit code is that of the findings`() {
    guard var machine = Self.machine() else { return }
    let run = Run("init --device 0000:06:00.0 --out vm.yaml", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(
      run.error.hasPrefix("error: 4 GiB of locked memory needed, 8 MiB allowed [memlock-per-container]\n")
    )
    #expect(machine.files.texts.keys.sorted() == ["vm.yaml"])
  }

  @Test func `for a device the host does not have nothing is written`() {
    guard var machine = Self.machine() else { return }
    let run = Run("init --device 0000:77:00.0 --memory 4MiB --out vm.yaml", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.error.hasSuffix("error: nothing is written, since the host has no such device\n"))
    #expect(machine.files.texts == [:])
  }
}
