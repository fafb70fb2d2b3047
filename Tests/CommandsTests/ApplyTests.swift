import Commands
import Diagnostics
import HostChanges
import HostDoors
import TestSupport
import Testing
import VFIOCore

/// A machine whose kernel binds drivers, and a guest that takes a NIC and one function of another there.
enum Assignment {
  static let text = """
    version: 1
    guests:
      vm:
        machine: q35
        memory: 64MiB
        bridges:
          main:
            devices:
              - "0000:01:00.0"
              - {device: "0000:03:00.0", siblings: park}

    """

  /// The same without the second NIC.
  static let small = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"

  static func machine(_ text: String = text) -> MemoryMachine<MemoryWorkers> {
    var tree = SmallHost.tree
    // Root, who may lock any amount of memory.
    tree.putFile("/proc/self/status", "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n")
    tree.putFile(
      "/proc/self/limits",
      "Max locked memory         unlimited            unlimited            bytes\n"
    )
    var machine = MemoryMachine(["vm.yaml": text])
    machine.host = ModelHostFiles(tree)
    return machine
  }

  static let shown = """
    plan PLAN  guest vm
      ~ 0000:01:00.0  e1000e -> vfio-pci
      ~ 0000:03:00.0  e1000e -> vfio-pci  group {0000:03:00.0, 0000:03:00.1}
      ~ 0000:03:00.1  e1000e -> vfio-pci  sibling, parked
      + container map-all  Type1v2, guest RAM mapped, 64 MiB
      locked memory        64 MiB needed, no limit

    """
}

extension Run {
  /// The same with a word for the plan's name.
  var unnamed: Run {
    var run = self
    guard run.output.hasPrefix("plan ") else { return run }
    let name = String(run.output.dropFirst(5).prefix(6))
    run.output = run.output.replacing(name, with: "PLAN")
    return run
  }
}

extension ModelHostFiles {
  /// What differs from a tree outside the program's own folder.
  func differences(from tree: TreeFiles) -> [String] { self.tree.differences(from: tree, ignoring: "/run") }
}

@Suite struct ApplyTests {
  @Test(arguments: ["vm.yaml --apply", "--apply vm.yaml", "compile vm.yaml --apply=prove --host live"])
  func `a guest is carried out, a second time without a write, and given back`(line: String) {
    var machine = Assignment.machine()
    let before = machine.host.tree
    #expect(
      Run(line, on: &machine).unnamed
        == Run(
          .success,
          output: Assignment.shown
            + "plan PLAN is applied: 3 functions bound, 1 container proven; bindings end with a reboot\n"
        )
    )
    #expect(machine.probe.calls.contains(.iommuMapDMA))
    #expect(machine.probe.isIdle)
    for address in ["0000:01:00.0", "0000:03:00.0", "0000:03:00.1"] {
      let target = try? machine.host.target(ofLink: "/sys/bus/pci/devices/\(address)/driver")
      #expect(target?.hasSuffix("/vfio-pci") == true)
    }
    let count = machine.host.log.count
    let again = Run(line, on: &machine)
    #expect(again.status == ExitStatus.success.rawValue)
    #expect(
      again.output.split(separator: "\n").last?.hasSuffix(
        "is applied: all functions were bound already, 1 container proven; bindings end with a reboot"
      ) == true
    )
    #expect(machine.host.log.count == count)
    #expect(Run("release", on: &machine) == Run(.success, output: "3 functions given back\n"))
    #expect(machine.host.differences(from: before) == [])
    let held = machine.host.log.count
    #expect(Run("release", on: &machine) == Run(.success, output: "nothing to give back\n"))
    #expect(machine.host.log.count == held)
  }

  @Test func `the level of drivers asks nothing of VFIO`() {
    var machine = Assignment.machine()
    #expect(
      Run("vm.yaml --apply=bind", on: &machine).unnamed
        == Run(
          .success,
          output: Assignment.shown + "plan PLAN is applied: 3 functions bound; bindings end with a reboot\n"
        )
    )
    #expect(machine.probe.count == 0)
    #expect(Run("release --quiet", on: &machine) == Run(.success))
  }

  @Test func `a group that its container refuses is proven in one of its own, and that is counted`() {
    var machine = Assignment.machine()
    machine.probe.faults = [14: .ebusy]
    let run = Run("vm.yaml --apply", on: &machine)
    #expect(machine.probe.calls.dropFirst(14).first == .groupSetContainer)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.hasSuffix(": 3 functions bound, 2 containers proven; bindings end with a reboot\n"))
    #expect(machine.probe.isIdle)
  }

  @Test func `a dry run shows every write and every step, and does none`() {
    var machine = Assignment.machine()
    let run = Run("vm.yaml --apply --dry-run", on: &machine).unnamed
    #expect(
      run
        == Run(
          .success,
          output: Assignment.shown + """
            would be written, what was bound before being kept in /run/vfioplan/state.json:
              echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override
              echo vfio-pci > /sys/bus/pci/devices/0000:03:00.0/driver_override
              echo vfio-pci > /sys/bus/pci/devices/0000:03:00.1/driver_override
              echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/unbind
              echo 0000:03:00.0 > /sys/bus/pci/drivers/e1000e/unbind
              echo 0000:03:00.1 > /sys/bus/pci/drivers/e1000e/unbind
              echo 0000:01:00.0 > /sys/bus/pci/drivers_probe
              echo 0000:03:00.0 > /sys/bus/pci/drivers_probe
              echo 0000:03:00.1 > /sys/bus/pci/drivers_probe
            would be done then, and undone in reverse:
            guest vm
              1   open container 'map-all'                                                            vm.yaml:7:7
              2   open the group of 0000:01:00.0                                                      vm.yaml:9:13
              3   attach the group of 0000:01:00.0 to container 'map-all'                             vm.yaml:9:13
              4   set the IOMMU model of 'map-all' to Type1v2                                         vm.yaml:7:7
              5   read what 'map-all' offers, which must accept 0x0-0x3ffffff                         vm.yaml:7:7
              6   map and unmap 4 KiB in 'map-all' at 0x0                                             vm.yaml:7:7
              7   map and unmap 4 KiB in 'map-all' at 0x3fff000                                       vm.yaml:7:7
              9   open the group of 0000:03:00.0                                                      vm.yaml:10:22
              10  attach the group of 0000:03:00.0 to 'map-all', else to a new container 'map-all-2'  vm.yaml:10:22
              11  open device 0000:01:00.0                                                            vm.yaml:9:13
              12  read what device 0000:01:00.0 is                                                    vm.yaml:9:13
              13  open device 0000:03:00.0                                                            vm.yaml:10:22
              14  read what device 0000:03:00.0 is                                                    vm.yaml:10:22

            """
        )
    )
    #expect(machine.host.log == [])
    #expect(machine.probe.count == 0)
    // What it shows is what is written.
    let shown = run.output.split(separator: "\n").filter { $0.hasPrefix("  echo ") }
    _ = Run("vm.yaml --apply", on: &machine)
    let written = machine.host.log.filter { $0.hasPrefix("write ") }.map { line in
      let words = line.split(separator: " ")
      return "  echo \(words[2]) > \(words[1])"[...]
    }
    #expect(shown == written)
  }

  @Test func `a dry run on a host that is as planned writes nothing either`() {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --apply", on: &machine)
    let count = machine.host.log.count
    let run = Run("vm.yaml --apply=bind --dry-run", on: &machine)
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.hasSuffix("nothing would be written: all functions are bound as planned\n"))
    #expect(machine.host.log.count == count)
  }

  @Test func `a saved plan is carried out as it was saved, and again`() {
    var machine = Assignment.machine()
    let before = machine.host.tree
    #expect(Run("vm.yaml --host live --out p.json", on: &machine).status == 0)
    machine.files = MemoryFiles(["p.json": .file(machine.files.texts["p.json"] ?? "")])
    for words in ["3 functions bound", "all functions were bound already"] {
      #expect(
        Run("apply p.json", on: &machine).unnamed
          == Run(
            .success,
            output: Assignment.shown
              + "plan PLAN is applied: \(words), 1 container proven; bindings end with a reboot\n"
          )
      )
    }
    #expect(Run("apply p.json --level bind --quiet", on: &machine) == Run(.success))
    #expect(Run("release 0000:03:00.1 -q", on: &machine) == Run(.success))
    #expect(Run("release", on: &machine) == Run(.success, output: "2 functions given back\n"))
    #expect(machine.host.differences(from: before) == [])
  }

  @Test func `on a terminal each act is named before it is done, and wiped away`() {
    var machine = Assignment.machine()
    machine.console.terminals = [.error]
    let wipe = "\r\u{1b}[K"
    let run = Run("vm.yaml --apply", on: &machine)
    let lines = run.error.replacing(wipe, with: "\n").split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(6) == [
        "looking at the host", "looking at the host", "1 of 12: let only 'vfio-pci' bind '0000:01:00.0'",
        "2 of 12: let only 'vfio-pci' bind '0000:03:00.0'",
        "3 of 12: let only 'vfio-pci' bind '0000:03:00.1'",
        "4 of 12: unbind '0000:01:00.0' from 'e1000e'",
      ]
    )
    #expect(lines.count == 2 + 12 + 13)
    #expect(lines.last == "step 14 of 14: read what device 0000:03:00.0 is")
    #expect(run.error.hasSuffix(wipe))
    #expect(Run("release", on: &machine).error.hasPrefix("\(wipe)looking at the host\(wipe)1 of "))
    #expect(Run("vm.yaml --apply --quiet", on: &machine).error == "")
  }
}
