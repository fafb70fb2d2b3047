import Diagnostics

/// Pages of what the tool says of its own work.
enum ReportPages {
  static let pages: [RulePage] = [
    RulePage(
      id: "needs-host-facts",
      kind: .report,
      severity: .remark,
      summary: "a fact about the host is not known, and rules that need it decided nothing",
      rationale: """
        Facts that are absent from a snapshot are unknown, which is not the same as false. Each is named once, with the \
        rules that wanted it. A snapshot taken with more privilege, or on the host itself, has it: \
        'vfioplan host snapshot'. Without any host nothing about one is known, and that is said once.
        """
    ),
    RulePage(
      id: "backend-cannot-express",
      kind: .report,
      severity: .error,
      summary: "the hypervisor that arguments are printed for has a word for everything in the plan",
      rationale: """
        A plan says more than every hypervisor can be told. What has no argument is reported where it comes from in \
        the file, since leaving it out would start another guest than the one that was planned.
        """
    ),
    RulePage(
      id: "kernel-refused",
      kind: .report,
      severity: .error,
      summary: "the kernel carries out every step of a plan",
      rationale: """
        A call of the kernel failed. The finding names the call, what it answered and the step, on the line the step \
        comes from, and says what was undone. A refusal no rule foresaw is worth reporting: the rules should have \
        said it before.
        """
    ),
    RulePage(
      id: "kernel-ranges-differ",
      kind: .report,
      severity: .error,
      summary: "a container accepts the bus addresses that the plan maps",
      rationale: """
        What an IOMMU accepts is the common part of what all groups of its container accept, less what firmware and         interrupts take. The kernel says it for certain only when the groups are attached, and it is compared with         the plan before anything is mapped: a range that is missing would be refused in the middle of a guest's start.
        """
    ),
    RulePage(
      id: "kernel-window-differs",
      kind: .report,
      severity: .error,
      summary: "a DMA window is where the plan has it",
      rationale: """
        Where a window starts is the host's choice, by which of its two places are free when it is made: the low one first, then the one at 1 << 59. A guest is told its windows before it starts, so one that is elsewhere is no use to it.
        """
    ),
    RulePage(
      id: "step-not-supported",
      kind: .report,
      severity: .error,
      summary: "every step of a plan that is carried out is one that can be",
      rationale: """
        A container without an IOMMU lets a device reach all memory of the host, so no plan for a guest has one carried out. A plan is carried out whole or not at all, so nothing is opened and nothing bound.
        """
    ),
    RulePage(
      id: "step-unresolved",
      kind: .report,
      severity: .error,
      summary: "a step of a plan names what a step before it opened",
      rationale: """
        A plan that was made here never has this; one that was edited may. It is found before anything is opened.
        """
    ),
  ]
}
