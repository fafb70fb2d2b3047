import Diagnostics
import HostChanges
import HostDoors
import HostInventory
import Policy
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// A host on which a guard fires, or the nearest one on which it does not.
struct GuardCase: CustomTestStringConvertible, Sendable {
  var guardClass: String
  var what: String
  var device: PCIAddress
  /// The lines that say what uses the device; empty where the guard is silent.
  var uses: [String]
  var protections: [PlannedProtection] = []
  var setUp: @Sendable (inout ModelHostFiles.State) -> Void = { _ in }

  var testDescription: String { "\(guardClass): \(what)" }

  static func protection(_ subject: PlannedProtection.Subject) -> [PlannedProtection] {
    let origin = Origin(path: "protect.0", line: 2, column: 5, length: 10)
    return [PlannedProtection(subject: subject, reason: "backup network", origin: origin)]
  }

  static let all: [GuardCase] = blocks + networks + others

  private static let blocks = [
    GuardCase(
      guardClass: "root-disk",
      what: "root on a partition",
      device: SmallHost.disk,
      uses: ["'/' on nvme0n1p1 on nvme0n1"],
      setUp: { $0.tree.putFile("/proc/self/mounts", "/dev/nvme0n1p1 / ext4 rw 0 0\n") }
    ),
    GuardCase(
      guardClass: "root-disk",
      what: "root on LVM on LUKS on a partition",
      device: SmallHost.disk,
      uses: ["'/' on dm-1 (vg-root, LVM) on dm-0 (crypt, LUKS) on nvme0n1p1 on nvme0n1"],
      setUp: { state in
        SmallHost.map(
          "dm-0",
          on: ["nvme0n1p1"],
          ["dm/name": "crypt", "dm/uuid": "CRYPT-LUKS2-1"],
          &state.tree
        )
        SmallHost.map("dm-1", on: ["dm-0"], ["dm/name": "vg-root", "dm/uuid": "LVM-1"], &state.tree)
        state.tree.putLink("/dev/mapper/vg-root", to: "../dm-1")
        state.tree.putFile("/proc/self/mounts", "/dev/mapper/vg-root / ext4 rw 0 0\n")
        // What is built on it is a use of its own.
        state.tree.remove("/sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p1/holders/dm-0")
        state.tree.remove("/sys/devices/virtual/block/dm-0/holders/dm-1")
      }
    ),
    GuardCase(
      guardClass: "root-disk",
      what: "root by number, where its name is none",
      device: SmallHost.disk,
      uses: ["'/' on nvme0n1p1 on nvme0n1"],
      setUp: { state in
        state.tree.putFile("/proc/1/mountinfo", "22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n")
        state.tree.putLink(
          "/sys/dev/block/259:1",
          to: "../../devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p1"
        )
      }
    ),
    GuardCase(
      guardClass: "root-disk",
      what: "root in memory",
      device: SmallHost.disk,
      uses: []
    ),
    GuardCase(
      guardClass: "mounted",
      what: "a place with a blank in its name",
      device: SmallHost.disk,
      uses: ["'/my data' on nvme0n1p1 on nvme0n1"],
      setUp: { $0.tree.putFile("/proc/self/mounts", "/dev/nvme0n1p1 /my\\040data ext4 rw 0 0\n") }
    ),
    GuardCase(
      guardClass: "mounted",
      what: "the second disk of a btrfs",
      device: SmallHost.disk,
      uses: ["'/data' on nvme0n1"],
      setUp: { state in
        state.tree.putFile("/proc/self/mounts", "/dev/sda /data btrfs rw 0 0\n")
        state.tree.putFolder("/sys/fs/btrfs/2c1d/devices/nvme0n1")
        state.tree.putFolder("/sys/fs/btrfs/2c1d/devices/sda")
      }
    ),
    GuardCase(
      guardClass: "mounted",
      what: "a disk with several controllers",
      device: SmallHost.disk,
      uses: ["'/data' on nvme1n1"],
      setUp: { state in
        let subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0"
        SmallHost.block("nvme1n1", at: "\(subsystem)/nvme1n1", &state.tree)
        state.tree.putLink("\(subsystem)/nvme0", to: "../../../pci0000:00/0000:02:00.0/nvme/nvme0")
        state.tree.putFile("/proc/self/mounts", "/dev/nvme1n1 /data ext4 rw 0 0\n")
      }
    ),
    GuardCase(
      guardClass: "mounted",
      what: "another disk is mounted",
      device: SmallHost.disk,
      uses: [],
      setUp: { state in
        SmallHost.block("sda", at: "\(SmallHost.folder(SmallHost.display))/ata1/sda", &state.tree)
        state.tree.putFile("/proc/self/mounts", "/dev/sda /data ext4 rw 0 0\n")
      }
    ),
    GuardCase(
      guardClass: "swap",
      what: "swap on a partition",
      device: SmallHost.disk,
      uses: ["'swap' on nvme0n1p1 on nvme0n1"],
      setUp: {
        $0.tree.putFile("/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p1 partition 8 0 -2\n")
      }
    ),
    GuardCase(
      guardClass: "swap",
      what: "swap in a file",
      device: SmallHost.disk,
      uses: [],
      setUp: { $0.tree.putFile("/proc/swaps", "Filename Type Size Used Priority\n/swapfile file 8 0 -2\n") }
    ),
    GuardCase(
      guardClass: "block-holder",
      what: "a member of an array that is not mounted",
      device: SmallHost.disk,
      uses: ["'md0 (raid1)' on nvme0n1p1 on nvme0n1"],
      setUp: { SmallHost.map("md0", on: ["nvme0n1p1"], ["md/level": "raid1"], &$0.tree) }
    ),
    GuardCase(
      guardClass: "block-holder",
      what: "an array of other disks",
      device: SmallHost.disk,
      uses: [],
      setUp: { state in
        SmallHost.block("sda", at: "\(SmallHost.folder(SmallHost.display))/ata1/sda", &state.tree)
        SmallHost.map("md0", on: ["sda"], ["md/level": "raid1"], &state.tree)
      }
    ),
  ]

  private static let route =
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"

  private static let networks = [
    GuardCase(
      guardClass: "default-route",
      what: "the route of the older family",
      device: SmallHost.nic,
      uses: ["'default route' on eth0"],
      setUp: {
        $0.tree.putFile(
          "/proc/net/route",
          route + "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        )
      }
    ),
    GuardCase(
      guardClass: "default-route",
      what: "the route of the newer family, on a VLAN on a bridge",
      device: SmallHost.nic,
      uses: ["'default route' on br0.7 on br0 on eth0"],
      setUp: { state in
        SmallHost.stack("br0", on: "eth0", &state.tree)
        SmallHost.stack("br0.7", on: "br0", &state.tree)
        let zeros = String(repeating: "0", count: 32)
        state.tree.putFile(
          "/proc/net/ipv6_route",
          "\(zeros) 00 \(zeros) 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003    br0.7\n"
        )
      }
    ),
    GuardCase(
      guardClass: "default-route",
      what: "a route to one network",
      device: SmallHost.nic,
      uses: [],
      setUp: {
        $0.tree.putFile(
          "/proc/net/route",
          route + "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        )
      }
    ),
    GuardCase(
      guardClass: "ssh-interface",
      what: "the login comes in through a bond",
      device: SmallHost.nic,
      uses: ["login to 192.0.2.7 on bond0 on eth0"],
      setUp: { state in
        SmallHost.stack("bond0", on: "eth0", &state.tree)
        state.login = RemoteLogin(localAddress: "192.0.2.7", interface: "bond0")
      }
    ),
    GuardCase(
      guardClass: "ssh-interface",
      what: "a login whose interface is not known",
      device: SmallHost.nic,
      uses: ["'eth0' may carry the login to 192.0.2.7"],
      setUp: { state in
        state.tree.putFile("\(SmallHost.folder(SmallHost.nic))/net/eth0/operstate", "up\n")
        state.login = RemoteLogin(localAddress: "192.0.2.7", interface: nil)
      }
    ),
    GuardCase(
      guardClass: "ssh-interface",
      what: "the login comes in through another interface",
      device: SmallHost.nic,
      uses: [],
      setUp: { $0.login = RemoteLogin(localAddress: "192.0.2.7", interface: "eth1") }
    ),
    GuardCase(
      guardClass: "bond-or-bridge-member",
      what: "a member of a bridge",
      device: SmallHost.nic,
      uses: ["'br0' on eth0"],
      setUp: { state in
        SmallHost.stack("br0", on: "eth0", &state.tree)
        state.tree.putLink(
          "\(SmallHost.folder(SmallHost.nic))/net/eth0/master",
          to: "../../../../virtual/net/br0"
        )
      }
    ),
    GuardCase(
      guardClass: "bond-or-bridge-member",
      what: "an interface of its own",
      device: SmallHost.nic,
      uses: [],
      setUp: { $0.tree.putFile("\(SmallHost.folder(SmallHost.nic))/net/eth0/operstate", "up\n") }
    ),
  ]

  private static let others = [
    GuardCase(
      guardClass: "boot-display",
      what: "the boot display",
      device: SmallHost.display,
      uses: ["boot_vga is 1"]
    ),
    GuardCase(
      guardClass: "boot-display",
      what: "another display",
      device: SmallHost.display,
      uses: [],
      setUp: { $0.tree.putFile("\(SmallHost.folder(SmallHost.display))/boot_vga", "0\n") }
    ),
    GuardCase(
      guardClass: "console",
      what: "a frame buffer with the console on it",
      device: SmallHost.nic,
      uses: ["'console' on fb0"],
      setUp: { state in
        frameBuffer(isBound: true, &state.tree)
      }
    ),
    GuardCase(
      guardClass: "console",
      what: "a frame buffer without the console",
      device: SmallHost.nic,
      uses: [],
      setUp: { state in
        frameBuffer(isBound: false, &state.tree)
      }
    ),
    GuardCase(
      guardClass: "console",
      what: "a serial line that kernel messages go to",
      device: SmallHost.nic,
      uses: ["'console' on ttyS4"],
      setUp: { state in
        state.tree.putFile("/sys/class/tty/console/active", "tty0 ttyS4\n")
        state.tree.putFolder("\(SmallHost.folder(SmallHost.nic))/tty/ttyS4")
        state.tree.putLink("/sys/class/tty/ttyS4", to: "../../devices/pci0000:00/0000:01:00.0/tty/ttyS4")
      }
    ),
    GuardCase(
      guardClass: "vfio-held",
      what: "the group's node is held",
      device: SmallHost.pair[0],
      uses: ["/dev/vfio/3 held by qemu-system-x86 (process 4711)"],
      setUp: { $0.descriptors = [descriptor("/dev/vfio/vfio"), descriptor("/dev/vfio/3")] }
    ),
    GuardCase(
      guardClass: "vfio-held",
      what: "another group's node is held",
      device: SmallHost.pair[0],
      uses: [],
      setUp: { $0.descriptors = [descriptor("/dev/vfio/1"), descriptor("anon_inode:[vfio-device]")] }
    ),
    GuardCase(
      guardClass: "pf-with-vfs",
      what: "two virtual functions",
      device: SmallHost.parent,
      uses: ["2 of 7 virtual functions"],
      setUp: { $0.tree.putFile("\(SmallHost.folder(SmallHost.parent))/sriov_numvfs", "2\n") }
    ),
    GuardCase(guardClass: "pf-with-vfs", what: "none", device: SmallHost.parent, uses: []),
    GuardCase(
      guardClass: "protected",
      what: "the interface it carries",
      device: SmallHost.nic,
      uses: ["interface 'eth0': backup network"],
      protections: protection(.interface("eth0"))
    ),
    GuardCase(
      guardClass: "protected",
      what: "the block device it carries",
      device: SmallHost.disk,
      uses: ["block device 'nvme0n1': backup network"],
      protections: protection(.block("nvme0n1"))
    ),
    GuardCase(
      guardClass: "protected",
      what: "the function itself",
      device: SmallHost.nic,
      uses: ["device '0000:01:00.0': backup network"],
      protections: protection(.device(SmallHost.nic))
    ),
    GuardCase(
      guardClass: "protected",
      what: "another interface",
      device: SmallHost.nic,
      uses: [],
      protections: protection(.interface("eth1"))
    ),
  ]

  private static func frameBuffer(isBound: Bool, _ tree: inout TreeFiles) {
    tree.putFile("/sys/class/vtconsole/vtcon0/bind", "1\n")
    tree.putFile("/sys/class/vtconsole/vtcon0/name", "(S) dummy device\n")
    tree.putFile("/sys/class/vtconsole/vtcon1/bind", isBound ? "1\n" : "0\n")
    tree.putFile("/sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n")
    tree.putFolder("\(SmallHost.folder(SmallHost.nic))/graphics/fb0")
    tree.putLink("/sys/class/graphics/fb0", to: "../../devices/pci0000:00/0000:01:00.0/graphics/fb0")
  }

  private static func descriptor(_ target: String) -> OpenDescriptor {
    OpenDescriptor(process: HostProcess(pid: 4711, name: "qemu-system-x86"), target: target)
  }
}

@Suite struct GuardTests {
  @Test(arguments: GuardCase.all)
  func `a guard fires where the host needs the device, and only there`(entry: GuardCase) throws {
    let host = ModelHostFiles(SmallHost.tree)
    host.with { entry.setUp(&$0) }
    let before = host.tree
    let functions = SmallHost.pair.contains(entry.device) ? SmallHost.pair : [entry.device]
    var plan = SmallHost.plan(functions, on: host)
    plan.protections = entry.protections
    let report = host.apply(plan)
    let findings = report.diagnostics.filter { $0.rule == "guard-\(entry.guardClass)" }
    if entry.uses.isEmpty {
      #expect(findings == [])
      #expect(report.outcome == .done)
      return
    }
    #expect(report.outcome == .guarded)
    #expect(report.diagnostics.map(\.rule) == functions.map { _ in "guard-\(entry.guardClass)" })
    #expect(findings.first?.facts == entry.uses)
    #expect(findings.first?.place == TextPlace(file: "guest.yaml", line: 10, column: 5, length: 14))
    #expect(host.log == ["mkdir /run/vfioplan"])
    #expect(host.differences(from: before) == [])
  }

  @Test func `every guard has a case that fires and one that does not`() {
    let classes = GuardCatalog.guards.map { $0.guardClass }
    #expect(Set(GuardCase.all.filter { !$0.uses.isEmpty }.map(\.guardClass)) == Set(classes))
    #expect(Set(GuardCase.all.filter(\.uses.isEmpty).map(\.guardClass)) == Set(classes))
  }

  @Test func `every guard and every other finding has a page that says the same`() {
    for guardType in GuardCatalog.guards {
      #expect(RulePages.page(for: "guard-\(guardType.guardClass)")?.summary == guardType.summary)
    }
    #expect(ChangeRule.allCases.map(\.rawValue).filter { RulePages.page(for: $0) == nil } == [])
  }

  /// What an override needs, and what is said where a half is missing.
  struct Halves: CustomTestStringConvertible, Sendable {
    var guardClass: String
    var isWritten: Bool
    var isOnCommandLine: Bool
    var outcome: ChangeReport.Outcome
    var last: String?

    var testDescription: String { "\(guardClass) written \(isWritten) named \(isOnCommandLine)" }

    static let all = [
      Halves(
        guardClass: "mounted",
        isWritten: false,
        isOnCommandLine: false,
        outcome: .guarded,
        last:
          "if it is meant, add {guard: mounted, device: \"0000:02:00.0\", reason: ...} to 'override' in the file,"
          + " and '--override mounted'"
      ),
      Halves(
        guardClass: "mounted",
        isWritten: true,
        isOnCommandLine: false,
        outcome: .guarded,
        last: "the file allows it; if it is meant, add '--override mounted'"
      ),
      Halves(
        guardClass: "mounted",
        isWritten: false,
        isOnCommandLine: true,
        outcome: .guarded,
        last:
          "'--override mounted' is half of it; if it is meant, add {guard: mounted, device: \"0000:02:00.0\","
          + " reason: ...} to 'override' in the file"
      ),
      Halves(guardClass: "mounted", isWritten: true, isOnCommandLine: true, outcome: .done, last: nil),
      Halves(
        guardClass: "root-disk",
        isWritten: true,
        isOnCommandLine: true,
        outcome: .guarded,
        last: "leave this function to the host"
      ),
    ]
  }

  @Test(arguments: Halves.all)
  func `an override needs both halves, and some guards have none`(halves: Halves) {
    let host = ModelHostFiles(SmallHost.tree)
    let place = halves.guardClass == "root-disk" ? "/" : "/data"
    host.with { $0.tree.putFile("/proc/self/mounts", "/dev/nvme0n1p1 \(place) ext4 rw 0 0\n") }
    var plan = SmallHost.plan([SmallHost.disk], on: host)
    if halves.isWritten {
      let origin = Origin(path: "override.0", line: 3, column: 5, length: 10)
      plan.overrides = [
        PlannedOverride(
          guardClass: halves.guardClass,
          device: SmallHost.disk,
          reason: "scratch",
          origin: origin
        )
      ]
    }
    let report = host.apply(plan, overriding: halves.isOnCommandLine ? [halves.guardClass] : [])
    #expect(report.outcome == halves.outcome)
    #expect(report.diagnostics.first?.help.last == halves.last)
  }

  @Test func `all guards are asked, for all devices, before the first write`() {
    let host = ModelHostFiles(SmallHost.tree)
    host.with { state in
      state.tree.putFile("/proc/self/mounts", "/dev/nvme0n1p1 / ext4 rw 0 0\n")
      state.login = RemoteLogin(localAddress: "192.0.2.7", interface: "eth0")
    }
    let report = host.apply(SmallHost.plan([SmallHost.nic, SmallHost.disk, SmallHost.display], on: host))
    #expect(
      report.diagnostics.map { "\($0.place?.line ?? 0) \($0.rule): \($0.message)" } == [
        "10 guard-ssh-interface: '0000:01:00.0' carries this login",
        "11 guard-root-disk: '0000:02:00.0' carries the root file system",
        "12 guard-boot-display: '0000:00:02.0' is the display the host booted on",
      ]
    )
  }

  @Test func `a guard is asked before a stale fact is told`() {
    let host = ModelHostFiles(SmallHost.tree)
    let plan = SmallHost.plan([SmallHost.disk], on: host)
    host.with { $0.tree.putFile("/proc/self/mounts", "/dev/nvme0n1p1 /data ext4 rw 0 0\n") }
    #expect(host.apply(plan).outcome == .guarded)
  }

  @Test func `a held device is not opened where that is what follows, and not released`() {
    let host = ModelHostFiles(SmallHost.tree)
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    #expect(host.apply(plan).outcome == .done)
    let holder = HostProcess(pid: 4711, name: "qemu-system-x86")
    host.with { state in
      state.descriptors = [OpenDescriptor(process: holder, target: "/dev/vfio/3")]
      state.stuck = Set(SmallHost.pair.map(\.description))
    }
    let bound = host.tree
    #expect(host.apply(plan).outcome == .done)
    #expect(host.apply(plan, extent: .descriptors).outcome == .guarded)
    let report = host.release()
    #expect(report.outcome == .guarded)
    #expect(
      report.diagnostics.map(\.facts) == [
        ["/dev/vfio/3 held by qemu-system-x86 (process 4711)"],
        ["/dev/vfio/3 held by qemu-system-x86 (process 4711)"],
      ]
    )
    // A process that kept the device and closed the node may hold any of them.
    host.with { $0.descriptors = [OpenDescriptor(process: holder, target: "anon_inode:[vfio-device]")] }
    #expect(host.release().outcome == .guarded)
    #expect(host.with { $0.hangs } == [])
    #expect(host.differences(from: bound) == [])
  }
}
