import Commands
import HostDoors
import HostInventory
import TestSupport
import Testing

@Suite struct DoctorCommandTests {
  private static func machine(_ tree: String) -> MemoryMachine<MemoryWorkers>? {
    guard let files = TreeFiles.shared(tree) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    var machine = MemoryMachine()
    machine.host = ModelHostFiles(files)
    machine.trees["saved"] = files
    machine.files = MemoryFiles(["saved": .folder, "h.json": .file("{}")])
    return machine
  }

  @Test func `what is missing is named with its cures, and the exit code is 1`() {
    guard let machine = Self.machine("x86-no-iommu") else { return }
    let run = Run("host doctor", on: machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(run.error.isEmpty)
    #expect(run.output.hasPrefix("missing  the IOMMU is off: there are no IOMMU groups\n         -> "))
    #expect(run.output.contains("this host cannot give devices to guests yet: "))
    #expect(Run("host doctor --host saved", on: machine) == run)
  }

  @Test(arguments: TreeFiles.names)
  func `each thing that was looked at is a line, and the exit code is its sum`(tree: String) {
    guard let machine = Self.machine(tree) else { return }
    let checkup = HostDoctor.examine(machine.host)
    let run = Run("host doctor", on: machine)
    #expect(run.status == (checkup.isReady == false ? ExitStatus.findings : .success).rawValue)
    let lines = run.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }
    #expect(lines.count == checkup.items.count + 1)
    #expect(
      lines.dropLast().map { $0.prefix { $0 != " " } } == checkup.items.map { $0.state.rawValue[...] }
    )
  }

  @Test func `the document says the same`() {
    var machine = MemoryMachine()
    machine.host = ModelHostFiles(SmallHost.tree.removing("/sys/bus/pci/drivers/vfio-pci"))
    let run = Run("host doctor --format json", on: machine)
    #expect(run.status == ExitStatus.findings.rawValue)
    #expect(
      run.output.hasPrefix(
        """
        {
          "schema-version": 1,
          "ready": false,
          "items": [
            {
              "subject": "iommu",
              "state": "good",
              "text": "the IOMMU is on: 5 groups",
              "cures": []
            },

        """
      )
    )
    machine.host = ModelHostFiles(SmallHost.tree)
    // Whether modules are loaded is not known there, and then nothing is said of being ready.
    #expect(!Run("host doctor --format json", on: machine).output.contains("\"ready\""))
  }

  @Test func `a snapshot holds less than is looked at`() {
    var machine = MemoryMachine(["h.json": "{}"])
    #expect(
      Run("host doctor --host h.json", on: &machine)
        == Run(
          .unreadable,
          error: """
            error: 'h.json' is no saved tree
              = help: a tree is a folder that holds 'sys', 'proc' and 'dev'

            """
        )
    )
  }
}
