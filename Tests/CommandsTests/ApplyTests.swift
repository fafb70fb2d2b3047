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
    #expect(Run("release", on: &machine) == Run(.success, output: "nothing to give back\n"))
  }
}
