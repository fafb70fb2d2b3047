import Commands
import HostDoors
import TestSupport
import Testing
import VFIOCore

@Suite struct HoldTests {
  @Test(arguments: ["vm.yaml --apply=hold", "apply plan.json --level hold"])
  func `a plan is held with guest RAM until a signal, and given back in reverse`(line: String) {
    var machine = Assignment.machine(Assignment.small)
    #expect(Run("vm.yaml --host live --out plan.json", on: &machine).status == ExitStatus.success.rawValue)
    let run = Run(line, on: &machine).unnamed
    let tail = """
      plan PLAN is applied: 1 function bound, 1 container held; bindings end with a reboot
      held, until SIGINT, SIGTERM or SIGHUP, or the end of standard input where that is a pipe:
        container map-all   model type1v2
        group 0000:01:00.0  in container map-all
        device main-0       0000:01:00.0 in map-all
        memory below-4g     64 MiB at 0x0 of guest vm
      ended by SIGTERM: closed again: 1 device, 1 group, 1 container; functions stay bound until 'vfioplan release'

      """
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.error == "")
    #expect(run.output.hasSuffix(tail))
    #expect(machine.keeper.asked == [.heeded, .waited(isInputWatched: true)])
    #expect(machine.probe.isIdle)
    let maps = machine.probe.calls.filter { $0 == .iommuMapDMA }
    #expect(!maps.isEmpty)
    #expect(maps.count == machine.probe.calls.count { $0 == .iommuUnmapDMA })
    #expect(Run("release", on: &machine) == Run(.success, output: "1 function given back\n"))
  }

  @Test func `standard input that was the guest file is not watched`() {
    var machine = Assignment.machine()
    machine.files = MemoryFiles([:], input: Assignment.small)
    machine.keeper.willEnd(.inputEnded)
    let run = Run("- --apply=hold", on: &machine)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(machine.keeper.asked == [.heeded, .waited(isInputWatched: false)])
    #expect(run.output.contains("held, until SIGINT, SIGTERM or SIGHUP:\n"))
  }

  @Test func `what cannot be held is given back, bindings too, and nobody waits`() {
    var machine = Assignment.machine()
    let before = machine.host.tree
    machine.probe.faults = [5: .enomem]
    let run = Run("vm.yaml --apply=hold", on: &machine)
    #expect(run.status == ExitStatus.restored.rawValue)
    #expect(machine.keeper.asked == [.heeded])
    #expect(machine.probe.isIdle)
    #expect(machine.host.differences(from: before) == [])
  }

  @Test func `a letting go that is refused is told, and is no success`() {
    var machine = Assignment.machine(Assignment.small)
    _ = Run("vm.yaml --apply=hold", on: &machine)
    let calls = machine.probe.calls
    let unmap = calls.lastIndex(of: .iommuUnmapDMA)
    machine.probe.faults = [unmap ?? 0: .eio]
    let run = Run("vm.yaml --apply=hold", on: &machine)
    #expect(unmap != nil)
    #expect(run.status == ExitStatus.unrestored.rawValue)
    #expect(run.error.contains("[kernel-refused]"))
    #expect(run.error.contains("letting go was refused"))
  }

  // MARK: Commands

  @Test func `containers and groups are not handed to a command, and that is said before a write`() {
    var machine = Assignment.machine(Assignment.small)
    let before = machine.host.tree
    let run = Run("vm.yaml --apply=hold -- qemu-system-x86_64 {qemu}", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(
      run.error.hasPrefix(
        "error: container 'map-all' is of the model 'type1v2', whose descriptors no command takes"
      )
    )
    #expect(run.error.contains("[fd-handover-legacy-impossible]"))
    #expect(machine.keeper.asked == [])
    #expect(machine.probe.count == 0)
    #expect(machine.host.differences(from: before) == [])
  }

  @Test func `a command is for one guest`() {
    let second =
      "\n  vn: {machine: q35, memory: 64MiB, bridges: {main: {devices: [\"0000:03:00.0\", \"0000:03:00.1\"]}}}\n"
    var machine = Assignment.machine(Assignment.small + second.dropFirst())
    let run = Run("vm.yaml --apply=hold -- true", on: &machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(
      run.error.contains(
        "a command takes the devices of one guest, and the plan has 2 [command-for-one-guest]"
      )
    )
    #expect(machine.probe.count == 0)
  }

  private static let bare = "version: 1\nguests:\n  vm: {machine: q35, memory: 64MiB, bridges: {main: {}}}\n"

  @Test(arguments: [
    (CommandEnd.exited(0), Int32(0)), (.exited(5), 5), (.killed(15), 143),
  ])
  func `what became of the command is passed on, and standard output is its own`(
    end: CommandEnd,
    status: Int32
  ) {
    let machine = Assignment.machine(Self.bare)
    machine.keeper.commandWillEnd(end)
    let run = Run("vm.yaml --apply=hold -- vmm --json {\"fd\":1}", on: machine)
    #expect(run.status == status)
    #expect(run.output == "")
    #expect(run.error.contains("is applied"))
    let command = PassingCommand(
      words: ["vmm", "--json", "{\"fd\":1}"],
      descriptors: [],
      first: 3,
      lockedMemory: 1 << 30
    )
    #expect(machine.keeper.asked == [.heeded, .ran(command)])
  }

  @Test(arguments: [(HostFileError.Reason.absent, Int32(127)), (.denied, 126)])
  func `a command that cannot be started is told as shells do`(reason: HostFileError.Reason, status: Int32) {
    let machine = Assignment.machine(Self.bare)
    machine.keeper.willRefuse(reason)
    let run = Run("vm.yaml --apply=hold --quiet -- vmm", on: machine)
    #expect(run.status == status)
    #expect(run.error.hasPrefix("error: 'vmm' cannot be run: "))
  }

  @Test(arguments: ["{iommufd}", "fd={fd:nic},x", "{fd:0000:01:00.0}"])
  func `a word that stands for no descriptor is said before anything is done`(word: String) {
    let machine = Assignment.machine(Self.bare)
    let run = Run("vm.yaml --apply=hold -- vmm \(word)", on: machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.error.contains("stands for no descriptor of guest 'vm' [command-placeholder-unknown]"))
    #expect(machine.keeper.asked == [])
  }

  // MARK: Sockets

  @Test
  func `a program at a socket is given all, containers too, and each thing says which descriptor it is`() {
    var machine = Assignment.machine(Assignment.small)
    machine.variables["SUDO_UID"] = "1000"
    let peer = SocketPeer(user: 1000, pid: 77)
    let stranger = SocketPeer(user: 33, pid: 76)
    machine.keeper.willEnd(.peerGone, after: [.listening, .refused(stranger), .handedOver(peer)])
    let run = Run("vm.yaml --apply=hold --socket /run/vm.sock", on: &machine).unnamed
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.error == "process 76 of user 33 was given nothing: it is not its user\n")
    #expect(
      run.output.hasSuffix(
        """
        held for a program of user 1000 or root at /run/vm.sock
        handed over to process 77 of user 1000
        ended by the program at the socket: closed again: 1 device, 1 group, 1 container; functions stay bound until 'vfioplan release'

        """
      )
    )
    guard
      case .served(let messages, "/run/vm.sock", users: [1000, 0], isInputWatched: true)? = machine.keeper
        .asked.last,
      let message = messages.first
    else {
      Issue.record("\(machine.keeper.asked)")
      return
    }
    #expect(messages.count == 1)
    let text = String(decoding: message.bytes, as: UTF8.self)
    let things =
      #"{"kind": "container", "guest": "vm", "name": "map-all", "model": "type1v2", "descriptor": 0}, "#
      + #"{"kind": "group", "guest": "vm", "name": "0000:01:00.0", "container": "map-all", "descriptor": 1}, "#
      + #"{"kind": "device", "guest": "vm", "name": "main-0", "address": "0000:01:00.0", "container": "map-all", "descriptor": 2}, "#
      + #"{"kind": "memory", "guest": "vm", "name": "below-4g", "start": 0, "size": 67108864, "page-size": 4096"#
    #expect(text.contains(things), "\(text)")
    #expect(text.hasPrefix(#"{"schema-version": 1, "plan": ""#))
    #expect(Set(message.descriptors).count == message.descriptors.count)
    #expect(message.descriptors.count >= 3)
  }

  @Test func `a socket that cannot be made ends in everything given back`() {
    var machine = Assignment.machine(Assignment.small)
    machine.keeper.willRefuse(.exists)
    let run = Run("vm.yaml --apply=hold --socket /run/vm.sock --peer 107", on: &machine)
    #expect(run.status == ExitStatus.unreadable.rawValue)
    #expect(run.error == "error: '/run/vm.sock': something stands there already\n")
    #expect(machine.probe.isIdle)
  }

  // MARK: Lines

  @Test(arguments: [
    ("vm.yaml --apply -- true", "a command after '--' takes what is held, so it goes with the level 'hold'"),
    ("vm.yaml --socket /s", "'--socket' takes what is held, so it goes with the level 'hold'"),
    ("apply p.json --peer me", "'--peer' takes what is held, so it goes with the level 'hold'"),
    ("vm.yaml --apply=hold --peer me", "'--peer' says who may come to '--socket'"),
    (
      "vm.yaml --apply=hold --via agent -- true",
      "descriptors of another host cannot be handed over here, so '--via' goes without a command after '--'"
    ),
    ("vm.yaml --apply=hold --socket /s -- true", "'--socket' and a command after '--' exclude each other"),
  ])
  func `what goes together is said`(line: String, words: String) {
    let run = Run(line, on: Assignment.machine())
    #expect(run.status == ExitStatus.usage.rawValue)
    #expect(run.error.hasPrefix("error: \(words)"), "\(run)")
  }

  @Test func `a user is looked up, and one who is not there is said before anything is done`() {
    var machine = Assignment.machine(Assignment.small)
    machine.files = MemoryFiles([
      "vm.yaml": .file(Assignment.small),
      "/etc/passwd": .file("root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:64055::/:/bin/false\n"),
    ])
    let run = Run("vm.yaml --apply=hold --socket /s --peer nobody-here", on: &machine)
    #expect(run == Run(.usage, error: "error: there is no user 'nobody-here' in /etc/passwd\n"))
    #expect(machine.probe.count == 0)
    _ = Run("vm.yaml --apply=hold --socket /s --peer libvirt-qemu", on: &machine)
    guard case .served(_, _, users: [64055, 0], _)? = machine.keeper.asked.last else {
      Issue.record("\(machine.keeper.asked)")
      return
    }
  }
}
