import Commands
import HostChanges
import HostDoors
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// Each end of an apply that is not a good one, by its exit code.
@Suite struct ApplyRefusalTests {
  private static let mount = "/dev/nvme0n1 /scratch ext4 rw 0 0\n"

  /// A guest that takes the disk.
  private static func diskMachine(_ text: String = "") -> MemoryMachine<MemoryWorkers> {
    Assignment.machine(Assignment.small.replacing("0000:01:00.0", with: "0000:02:00.0") + text)
  }

  @Test func `a guest that is rejected writes nothing`() {
    var machine = Assignment.machine(Assignment.text.replacing(", siblings: park", with: ""))
    let run = Run("vm.yaml --apply", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.output.isEmpty)
    #expect(run.error.contains("[group-not-viable]"))
    #expect(machine.host.log == [])
    #expect(machine.probe.count == 0)
  }

  @Test func `a model that is for no guest is refused before the first write`() throws {
    let bytes = try #require(Checkout.bytes("Examples/guests/power-two-bridges/plan.json"))
    let plan = String(decoding: bytes, as: UTF8.self).replacing(
      #""container": "net", "model": "spapr-tce-v2""#,
      with: #""container": "net", "model": "noiommu""#
    )
    var machine = Assignment.machine()
    machine.files = MemoryFiles(["p.json": .file(plan)])
    let run = Run("apply p.json --format concise", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    let lines = run.error.split(separator: "\n")
    #expect(
      lines.first
        == "guest.yaml:11:7: error: the step 'set-iommu noiommu' is never carried out for a guest [step-not-supported]"
    )
    #expect(lines.allSatisfy { $0.hasSuffix("[step-not-supported]") })
    #expect(machine.host.log == [])
  }

  // MARK: 4 and 1: the saved plan

  @Test(
    arguments: [
      ("", .unreadable, "'p.json' cannot be read: there is no such file [input-unreadable]"),
      ("{}", .unreadable, "'p.json' cannot be read: it is over the limit on bytes [input-unreadable]"),
    ] as [(String, Commands.ExitStatus, String)]
  )
  func `a saved plan that cannot be had is no plan`(text: String, status: Commands.ExitStatus, words: String)
  {
    var machine = Assignment.machine()
    if !text.isEmpty { machine.files = MemoryFiles(["p.json": .file(text)]) }
    #expect(
      Run("apply p.json --limit bytes=1 --format concise", on: &machine)
        == Run(status, error: "error: \(words)\n")
    )
  }

  @Test func `a saved plan that was damaged is refused at its line`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --host live --out p.json", on: &machine)
    let text = (machine.files.texts["p.json"] ?? "").replacing(
      "\"purpose\": \"parked\"",
      with: "\"purpose\": \"porked\""
    )
    machine.files = MemoryFiles(["p.json": .file(text)])
    let run = Run("apply p.json --format concise", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.error.hasPrefix("p.json:"))
    #expect(run.error.contains("'porked'"))
    #expect(machine.host.log == [])
  }

  @Test func `a saved plan is held to its invariants`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --host live --out p.json", on: &machine)
    let whole = machine.files.texts["p.json"] ?? ""
    // The model is set before a group is attached.
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let attach = lines.firstIndex { $0.contains("\"attach-group\"") }
    let set = lines.firstIndex { $0.contains("\"set-iommu\"") }
    guard let attach, let set else {
      Issue.record("the plan has no such steps")
      return
    }
    var swapped = lines
    swapped.swapAt(attach, set)
    machine.files = MemoryFiles(["p.json": .file(swapped.joined(separator: "\n"))])
    let run = Run("apply p.json --format concise", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.error.contains("[set-iommu-before-map]"))
    #expect(machine.host.log == [])
  }

  // MARK: 5

  @Test func `a host that differs is told field by field, and nothing is bound`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --host live --out p.json", on: &machine)
    _ = machine.host.run(["echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/unbind"])
    machine.host.unplug("0000:03:00.1")
    let before = machine.host.tree
    for line in ["apply p.json", "apply p.json --dry-run"] {
      #expect(
        Run(line, on: &machine).unnamed
          == Run(
            .stale,
            output: Assignment.shown,
            error: """
              error: the host differs from the plan in 3 facts [plan-stale]
                 = 0000:01:00.0 driver: planned 'e1000e', now 'none'
                     0000:03:00.0 members: planned '0000:03:00.0,0000:03:00.1', now '0000:03:00.0'
                     0000:03:00.1 function: planned 'there', now 'gone'
                 = help: make the plan anew from the guest file

              """
          )
      )
    }
    #expect(machine.host.differences(from: before) == [])
    #expect(machine.probe.count == 0)
  }

  @Test func `a plan that was made without a host fits none`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --host none --out p.json", on: &machine)
    #expect(
      Run("apply p.json", on: &machine)
        == Run(
          .stale,
          error: """
            error: the plan was made without a host, so nothing says whether it fits this one
              = help: make it anew here: 'vfioplan vm.yaml --host live --out PLAN'

            """
        )
    )
    #expect(machine.host.log == [])
  }

  // MARK: 6

  @Test func `what the host lives on is refused by its guard, on the line that names it`() {
    var machine = Self.diskMachine()
    machine.host.with { $0.tree.putFile("/proc/self/mounts", Self.mount) }
    let before = machine.host.tree
    let run = Run("vm.yaml --apply", on: &machine)
    #expect(run.status == ExitStatus.guarded.rawValue)
    #expect(
      run.error == """
        error: '0000:02:00.0' carries a mounted file system [guard-mounted]
          --> vm.yaml:9:13
           |
         9 |           - "0000:02:00.0"
           |             ^^^^^^^^^^^^^^
           = '/scratch' on nvme0n1
           = help: unmount it first
           = help: if it is meant, add {guard: mounted, device: "0000:02:00.0", reason: ...} to 'override' in
             the file, and '--override mounted'

        """
    )
    #expect(machine.host.differences(from: before) == [])
    #expect(machine.probe.count == 0)
  }

  @Test func `a guard is said before a difference`() {
    var machine = Self.diskMachine()
    machine.host.with { $0.tree.putFile("/proc/sys/kernel/osrelease", "6.12.0\n") }
    _ = Run("vm.yaml --host live --out p.json", on: &machine)
    machine.host.with { state in
      state.tree.putFile("/proc/self/mounts", Self.mount)
      state.tree.putFile("/proc/sys/kernel/osrelease", "7.0.0\n")
    }
    let run = Run("apply p.json --format concise", on: &machine)
    #expect(run.status == ExitStatus.guarded.rawValue)
    #expect(
      run.error == "vm.yaml:9:13: error: '0000:02:00.0' carries a mounted file system [guard-mounted]\n"
    )
    machine.host.with { $0.tree.putFile("/proc/self/mounts", "rootfs / rootfs rw 0 0\n") }
    #expect(Run("apply p.json", on: &machine).status == ExitStatus.stale.rawValue)
  }

  @Test func `both halves of an override let a guard pass, and neither alone does`() {
    let written = "override: [{guard: mounted, device: \"0000:02:00.0\", reason: scratch disk}]\n"
    for (text, option, status) in [
      ("", "--override mounted", Commands.ExitStatus.guarded), (written, "", .guarded),
      (written, "--override mounted", .success), (written, "--override swap", .guarded),
    ] {
      var machine = Self.diskMachine(text)
      machine.host.with { $0.tree.putFile("/proc/self/mounts", Self.mount) }
      let run = Run("vm.yaml --apply \(option) --format concise", on: &machine)
      #expect(run.status == status.rawValue)
      let severity = status == .success ? "warning" : "error"
      #expect(
        run.error
          == "vm.yaml:9:13: \(severity): '0000:02:00.0' carries a mounted file system [guard-mounted]\n"
      )
    }
  }

  @Test func `what another process holds is neither proven nor taken from it`() {
    var machine = Assignment.machine(Assignment.small)
    _ = Run("vm.yaml --apply", on: &machine)
    let process = HostProcess(pid: 4711, name: "qemu")
    machine.host.with { $0.descriptors = [OpenDescriptor(process: process, target: "/dev/vfio/1")] }
    let count = machine.host.log.count
    for (line, status) in [
      ("vm.yaml --apply --format concise", Commands.ExitStatus.guarded),
      ("vm.yaml --apply=bind -q", .success),
      ("release --format concise", .guarded),
    ] {
      let run = Run(line, on: &machine)
      #expect(run.status == status.rawValue)
      #expect(run.error.isEmpty == (status == .success))
      #expect(run.error.isEmpty || run.error.hasSuffix("[guard-vfio-held]\n"))
    }
    #expect(machine.host.log.count == count)
  }

  // MARK: 7

  @Test func `a refusal of the kernel is a finding on its line, and the host is as it was`() {
    var machine = Assignment.machine()
    let before = machine.host.tree
    // As if a hasty rule of the host gave a member back just then.
    machine.probe.change = { host in
      for group in host.groups.indices where host.groups[group].id == IOMMUGroupID(3) {
        host.groups[group].devices[1].driver = .native
      }
    }
    let run = Run("vm.yaml --apply", on: &machine).unnamed
    #expect(
      run
        == Run(
          .restored,
          output: Assignment.shown,
          error: """
            error: group 3 of 0000:03:00.0: VFIO_GROUP_SET_CONTAINER failed with EPERM [kernel-refused]
              --> vm.yaml:10:22
               |
            10 |           - {device: "0000:03:00.0", siblings: park}
               |                      ^^^^^^^^^^^^^^
               = step 10 of 14, attach-group-to-accepting, guest 'vm'
                   container 'map-all'
                   the kernel said before that the group is not viable
                   closed again: 2 groups, 1 container
               = note: 9 writes undone; the host is as it was
               = why: a member of the group is in the hands of a host driver, or the group has another owner
               = help: See 'vfioplan explain group-not-viable'.

            """
        )
    )
    #expect(machine.probe.isIdle)
    #expect(machine.host.differences(from: before) == [])
    #expect(Run("release", on: &machine) == Run(.success, output: "nothing to give back\n"))
  }

  @Test func `the findings of an apply are one document`() {
    var machine = Assignment.machine()
    machine.probe.faults = [4: .eperm]
    let run = Run("vm.yaml --apply --format json", on: &machine)
    #expect(run.status == ExitStatus.restored.rawValue)
    #expect(run.error.split(separator: "\n").count { $0.contains("\"schema-version\"") } == 1)
    #expect(run.error.contains("\"rule\": \"kernel-refused\""))
    machine.probe.faults = [:]
    let clean = Run("vm.yaml --apply --format json", on: &machine)
    #expect(clean.error == "{\n  \"schema-version\": 1,\n  \"findings\": []\n}\n")
  }

  @Test func `a saved plan names the line without the guest file`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --host live --out p.json", on: &machine)
    machine.files = MemoryFiles(["p.json": .file(machine.files.texts["p.json"] ?? "")])
    machine.probe.faults = [2: .ebusy]
    let run = Run("apply p.json --format concise", on: &machine)
    #expect(run.status == ExitStatus.restored.rawValue)
    #expect(
      run.error == "vm.yaml:9:13: error: group 1 of 0000:01:00.0: open failed with EBUSY [kernel-refused]\n"
    )
  }

  // MARK: 8

  @Test func `a host that is not as it was is told with the lines that finish it`() {
    var machine = Assignment.machine()
    let before = machine.host.tree
    machine.host.with { state in
      state.failingProbes = ["0000:03:00.1 vfio-pci": 22, "0000:01:00.0 e1000e": 5]
    }
    #expect(
      Run("vm.yaml --apply", on: &machine).unnamed
        == Run(
          .unrestored,
          output: Assignment.shown,
          error: """
            error: 'vfio-pci' did not bind '0000:03:00.1' [bind-without-effect]
              --> vm.yaml:10:48
               |
            10 |           - {device: "0000:03:00.0", siblings: park}
               |                                                ^^^^
               = driver: none
                   driver_override: vfio-pci
               = note: the host is not fully as it was
               = help: the kernel's log says what its probe met
            error: '0000:01:00.0' could not be given back to 'e1000e' [kernel-refused]
              --> vm.yaml:9:13
               |
             9 |           - "0000:01:00.0"
               |             ^^^^^^^^^^^^^^
               = write /sys/bus/pci/drivers/e1000e/bind: EIO (input or output failed)
            error: the host is not fully as it was; as root, these lines finish it:
              echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind

            """
        )
    )
    #expect(machine.probe.count == 0)
    let release = Run("release --format concise", on: &machine)
    #expect(release.status == ExitStatus.unrestored.rawValue)
    #expect(release.error.hasSuffix("  echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind\n"))
    // As a document, they stand with the finding.
    let document = Run("release --format json", on: &machine)
    #expect(document.error.hasPrefix("{\n") && document.error.hasSuffix("\n}\n"))
    #expect(document.error.contains("\"echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind\""))
    machine.host.with { $0.failingProbes = [:] }
    #expect(machine.host.run(["echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind"]) == [])
    #expect(machine.host.differences(from: before) == [])
  }

  // MARK: 9

  @Test(arguments: ["vm.yaml --apply", "release"])
  func `while another process has the lock nothing is looked at`(line: String) {
    var machine = Assignment.machine()
    machine.host.with { state in
      state.tree.putFile("/run/vfioplan/lock", "")
      state.isLockedByAnother = true
      let process = HostProcess(pid: 4711, name: "vfioplan")
      state.descriptors = [OpenDescriptor(process: process, target: "/run/vfioplan/lock")]
    }
    let run = Run(line, on: &machine)
    #expect(run.status == ExitStatus.locked.rawValue)
    #expect(
      run.error == """
        error: another process is changing this host [lock-held]
           = /run/vfioplan/lock is locked
               open in vfioplan (process 4711)
           = help: try again when it has ended

        """
    )
    #expect(machine.host.log == [])
  }
}
