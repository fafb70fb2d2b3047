public import VFIOCore
import VFIOTypes

extension AppliedPlan {
  /// Attaches a map-all group to the first container that takes it, else to one of its own with the same model, ranges and proofs.
  ///
  /// Refusals that another container can answer differently: Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
  @usableFromInline
  mutating func attach(
    _ choice: StepProgram.Accepting,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    for container in choice.containers where containers[Int(container)].key != nil {
      if try isTaken(choice.group, by: container, in: &kernel) {
        groups[Int(choice.group)].chosen = container
        return
      }
    }
    guard let pattern = choice.containers.first.map({ containers[Int($0)] }), let model = pattern.space.model
    else {
      throw .notOpen("the container whose model is taken")
    }
    let own = choice.another
    guard containers[Int(own)].key == nil else {
      throw .notOpen("a container that takes \(subject(ofGroup: choice.group))")
    }
    try openContainer(own, in: &kernel)
    try attach(choice.group, to: own, in: &kernel)
    groups[Int(choice.group)].chosen = own
    try setIOMMU(model, of: own, in: &kernel)
    containers[Int(own)].accepting = pattern.accepting
    containers[Int(own)].proofs = pattern.proofs
    try compareRanges(of: own, in: &kernel)
    for proof in pattern.proofs { try prove(proof, in: own, in: &kernel) }
  }

  /// Attaches a map-all group to a container, unless that refuses it in a way another may not, or no longer has the ranges it must.
  ///
  /// With guest RAM mapped the kernel would itself refuse a group that narrows them; here nothing is mapped, so the group is taken
  /// out again.
  private mutating func isTaken(
    _ group: Int32,
    by container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> Bool {
    if let failure = refusal(of: group, by: container, in: &kernel) {
      guard failure.isAnotherWorthTrying else { throw failure }
      return false
    }
    if let failure = lack(of: container, in: &kernel) {
      guard failure.isAnotherWorthTrying else { throw failure }
      try detach(group, from: container, in: &kernel)
      return false
    }
    return true
  }

  private mutating func refusal(
    of group: Int32,
    by container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) -> StepFailure? {
    do throws(StepFailure) {
      try attach(group, to: container, in: &kernel)
      return nil
    } catch { return error }
  }

  private mutating func lack(of container: Int32, in kernel: inout some Kernel & ~Copyable) -> StepFailure? {
    do throws(StepFailure) {
      try compareRanges(of: container, in: &kernel)
      return nil
    } catch { return error }
  }

  /// Takes back the attaching that was done last.
  private mutating func detach(
    _ group: Int32,
    from container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let key = groups[Int(group)].key else { return }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        _ = try kernel.perform(.groupUnsetContainer, on: descriptor)
      }
    } catch { throw .kernel(error.on(subject(ofGroup: group))) }
    _ = deeds.popLast()
    containers[Int(container)].space.groupLeft()
  }
}
