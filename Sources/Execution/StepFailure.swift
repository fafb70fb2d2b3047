import Diagnostics
public import VFIOCore
import VFIOPlan
public import VFIOTypes

/// Why a step failed.
@usableFromInline
enum StepFailure: Error {
  case kernel(KernelError)
  /// A group was not taken by a container; whether all its members were in no host driver's hands when it was opened.
  case attach(KernelError, container: String, isViable: Bool)
  /// A range of the plan is not among those the container accepts.
  case ranges(container: String, missing: IOVARange, offered: [IOVARange])
  /// A window was made elsewhere than planned.
  case window(container: String, planned: IOVARange, made: IOVARange)
  /// The host has no group of that device.
  case noGroup(PCIAddress)
  /// A device has no node of its own.
  case noNode(PCIAddress)
  /// A thing that this step needs could not be opened before it.
  case notOpen(String)

  /// Whether another container can answer differently where this one refused a group.
  ///
  /// Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
  var isAnotherWorthTrying: Bool {
    switch self {
    case .attach(let error, _, _): error.errno == .einval || error.errno == .ebusy
    case .ranges: true
    case .kernel, .noGroup, .noNode, .window, .notOpen: false
    }
  }

  /// The finding, on the line the step comes from.
  ///
  /// - Parameters:
  ///   - planned: the step.
  ///   - guest: the guest it is for.
  ///   - number: which step of how many it is.
  ///   - plan: the plan.
  ///   - report: what was given back.
  /// - Returns: the finding.
  func finding(
    _ planned: PlannedStep,
    guest: GuestPlan,
    number: (step: Int, total: Int),
    in plan: Plan,
    _ report: UndoReport
  ) -> Diagnostic {
    var finding = Diagnostic(
      rule: "kernel-refused",
      severity: .error,
      message: "",
      range: nil,
      place: planned.origin.place(in: plan),
      facts: ["step \(number.step) of \(number.total), \(planned.step.kind.rawValue), guest '\(guest.name)'"]
    )
    describe(&finding, guest.model(of: planned.step))
    finding.facts.append(report.sentence)
    finding.facts += report.failures.map { "could not be undone: \($0)" }
    return finding
  }

  private func describe(_ finding: inout Diagnostic, _ model: IOMMUModel?) {
    switch self {
    case .kernel(let error): StepFailure.describe(error, &finding, model)
    case .attach(let error, let container, let isViable):
      StepFailure.describe(error, &finding, model)
      finding.facts.append("container '\(container)'")
      if !isViable { finding.facts.append("the kernel said before that the group is not viable") }
    case .ranges(let container, let missing, let offered):
      finding.rule = "kernel-ranges-differ"
      finding.message = "container '\(container)' does not accept the bus addresses \(missing)"
      finding.facts.append("accepted: \(offered.map(\.description).joined(separator: ", "))")
      finding.why = "what an IOMMU accepts is known for certain only when the groups are attached"
    case .noGroup(let address):
      finding.message = "\(address) is in no IOMMU group"
      finding.why = "the group's number is looked up when it is opened, and the host has none now"
    case .window(let container, let planned, let made):
      finding.rule = "kernel-window-differs"
      finding.message = "container '\(container)' has its window at \(made), planned at \(planned)"
      finding.why = "the host chooses where a window starts, by which of its places are free"
    case .noNode(let address):
      finding.message = "\(address) has no node of its own below /dev/vfio/devices"
      finding.why =
        "the kernel makes one for a device bound to a VFIO driver, where it is built with VFIO_DEVICE_CDEV"
      finding.help = ["See 'vfioplan explain iommufd-cdev-missing'."]
    case .notOpen(let what): finding.message = "\(what) is not open"
    }
  }

  private static func describe(_ error: KernelError, _ finding: inout Diagnostic, _ model: IOMMUModel?) {
    finding.message = error.description
    guard let errno = error.errno, let meaning = Meaning.of(error.call, errno, on: model) else { return }
    finding.why = meaning.sentence
    finding.help = meaning.rules.map { "See 'vfioplan explain \($0)'." }
  }
}

extension GuestPlan {
  /// The model of the container that a step is about, or whose group it is about; nil where the plan does not say.
  fileprivate func model(of step: Step) -> IOMMUModel? {
    switch step {
    case .openGroup(let group), .openDevice(_, let group, _):
      containers.first { $0.groups.contains(group) }?.model
    default: step.container.flatMap { name in containers.first { $0.name == name }?.model }
    }
  }
}
