import HostInventory
import TestSupport
import Testing

/// A captured host, what was changed about it, and what the doctor says.
struct Patient: CustomTestStringConvertible, Sendable {
  var tree: String
  var what = "as captured"
  var isReady: Bool?
  var states: [String]
  /// The cures of what is missing.
  var cures: [String] = []
  var change: @Sendable (inout TreeFiles) -> Void = { _ in }

  var testDescription: String { "\(tree), \(what)" }

  private static let x86 = [
    "iommu good", "groups note", "driver good", "container good", "iommufd note",
    "interrupt-remapping unknown",
    "memlock note",
  ]
  private static let power = [
    "iommu good", "groups note", "driver good", "container good", "memlock note", "group-nodes note",
  ]

  private static let iommufd =
    x86.map { $0 == "iommufd note" ? "iommufd good" : $0 } + ["group-nodes note"]
  private static let arm = x86.filter { !$0.hasPrefix("interrupt") } + ["group-nodes note"]

  static let captured = [
    Patient(tree: "x86-intel-iommu", isReady: true, states: x86),
    Patient(tree: "x86-intel-iommu-bound", isReady: true, states: x86 + ["group-nodes note"]),
    Patient(tree: "x86-amd-iommu", isReady: true, states: x86),
    Patient(
      tree: "x86-iommufd",
      isReady: true,
      states: iommufd
    ),
    Patient(tree: "x86-sriov", isReady: true, states: iommufd),
    Patient(
      tree: "x86-no-iommu",
      isReady: false,
      states: ["iommu missing", "driver good", "container good", "iommufd note", "memlock note"],
      cures: [
        "give the virtual machine a virtual IOMMU", "add 'intel_iommu=on' to the kernel's command line",
      ]
    ),
    Patient(tree: "arm64-smmuv3", isReady: true, states: arm),
    Patient(
      tree: "powernv9-64k",
      isReady: true,
      states: power.filter { $0 != "groups note" }
    ),
    Patient(tree: "powernv9-switch", isReady: true, states: power),
    Patient(tree: "pseries-4k", isReady: true, states: power),
    Patient(tree: "pseries-64k", isReady: true, states: power),
  ]

  /// States of the first tree with one of them another.
  private static func but(_ state: String) -> [String] {
    let subject = state.split(separator: " ").first ?? ""
    return x86.map { $0.hasPrefix("\(subject) ") ? state : $0 }
  }

  private static let off = ["iommu missing", "driver good", "container good", "iommufd note", "memlock note"]

  static let changed = [
    Patient(
      tree: "x86-no-iommu",
      what: "with firmware that offers VT-d",
      isReady: false,
      states: off,
      cures: ["add 'intel_iommu=on' to the kernel's command line"],
      change: { $0.putFile("/sys/firmware/acpi/tables/DMAR", "") }
    ),
    Patient(
      tree: "x86-no-iommu",
      what: "turned off by an option",
      isReady: false,
      states: off,
      cures: ["remove 'intel_iommu=off' from the kernel's command line"],
      change: { tree in
        tree.putFile("/sys/firmware/acpi/tables/DMAR", "")
        tree.putFile("/proc/cmdline", "quiet intel_iommu=off\n")
      }
    ),
    Patient(
      tree: "x86-no-iommu",
      what: "a real processor of AMD",
      isReady: false,
      states: off,
      cures: ["turn on 'IOMMU' (AMD-Vi) in the firmware's setup"],
      change: { $0.putFile("/proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\n") }
    ),
    Patient(
      tree: "x86-no-iommu",
      what: "a real processor of Intel",
      isReady: false,
      states: off,
      cures: ["turn on 'VT-d' in the firmware's setup", "add 'intel_iommu=on' to the kernel's command line"],
      change: { $0.putFile("/proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n") }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "without vfio-pci",
      isReady: false,
      states: but("driver missing"),
      cures: [
        "modprobe vfio-pci", "echo vfio-pci > /etc/modules-load.d/vfio-pci.conf, to have it after a boot",
      ],
      change: { $0.remove("/sys/bus/pci/drivers/vfio-pci") }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "without the module of the IOMMU model",
      isReady: false,
      states: but("container missing"),
      cures: [
        "modprobe vfio_iommu_type1",
        "echo vfio_iommu_type1 > /etc/modules-load.d/vfio_iommu_type1.conf, to have it after a boot",
      ],
      change: { $0.remove("/sys/module/vfio_iommu_type1") }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "with a unit that cannot remap interrupts",
      isReady: false,
      states: but("interrupt-remapping missing"),
      cures: ["turn on interrupt remapping (x2APIC) in the firmware's setup"],
      change: { tree in
        let path = (try? tree.resolved("/sys/class/iommu/dmar0/intel-iommu/ecap")) ?? ""
        tree.putFile(path, "f00f52\n")
      }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "with unsafe interrupts allowed",
      isReady: true,
      states: but("interrupt-remapping note"),
      change: { $0.putFile("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n") }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "as root",
      isReady: true,
      states: but("memlock good") + ["permissions good"],
      change: {
        $0.putFile("/proc/self/status", "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n")
      }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "as a user",
      isReady: true,
      states: x86 + ["permissions note"],
      change: {
        $0.putFile("/proc/self/status", "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n")
      }
    ),
    Patient(
      tree: "x86-intel-iommu",
      what: "with nothing of it captured but processes",
      isReady: nil,
      states: ["iommu unknown", "driver unknown", "container unknown", "memlock note"],
      change: { tree in
        tree.remove("/sys")
        tree.remove("/dev")
      }
    ),
  ]
}

@Suite struct DoctorTests {
  @Test(arguments: Patient.captured + Patient.changed)
  func `the doctor says whether a host can do it, and what cures it`(patient: Patient) {
    guard var files = TreeFiles.shared(patient.tree) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    patient.change(&files)
    let checkup = HostDoctor.examine(files)
    #expect(checkup.isReady == patient.isReady)
    #expect(checkup.items.map { "\($0.subject.rawValue) \($0.state.rawValue)" } == patient.states)
    #expect(checkup.items.filter { $0.state == .missing }.flatMap(\.cures) == patient.cures)
    // What is not good comes with a cure, but for facts that have none.
    let silent = checkup.items.filter { $0.state != .good && $0.cures.isEmpty }
    #expect(silent.allSatisfy { $0.subject == .groups })
  }

  @Test func `every captured host is among the patients`() {
    #expect(Patient.captured.map(\.tree).sorted() == TreeFiles.names)
  }
}
