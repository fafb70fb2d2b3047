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
  ]
}
