public import VFIOCore
public import VFIOTypes

/// What a container offers and what is mapped in it, whatever its model is.
extension AppliedPlan {
  /// Sets the model of a container; version 2 of sPAPR that is refused is answered by version 1.
  ///
  /// Trying is the only way to know: `VFIO_CHECK_EXTENSION` says that the module has it, and the group of a PE without windows of its
  /// own refuses it. Linux 6.12 drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_attach_group.
  @usableFromInline
  mutating func setIOMMU(
    _ model: IOMMUModel,
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let set = try withContainer(container) { (descriptor) throws(KernelError) in
      do throws(KernelError) {
        _ = try kernel.perform(.setIOMMU(model), on: descriptor)
        return model
      } catch  where model == .spaprTCEv2 && error.errno == .einval {
        _ = try kernel.perform(.setIOMMU(.spaprTCE), on: descriptor)
        return .spaprTCE
      }
    }
    containers[Int(container)].space.model = set
    containers[Int(container)].isReplaced = set != model
  }

  @usableFromInline
  mutating func readInformation(
    of container: Int32,
    accepting: [IOVARange],
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    containers[Int(container)].accepting = accepting
    try compareRanges(of: container, in: &kernel)
  }

  /// Reads what a container offers and requires that the plan's ranges lie in it.
  mutating func compareRanges(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    // A kernel that does not say its ranges is asked by mapping alone.
    guard let offered = try offer(of: container, in: &kernel) else { return }
    for range in containers[Int(container)].accepting
    where !offered.contains(where: { $0.contains(range) }) {
      throw .ranges(container: program.containers[Int(container)], missing: range, offered: offered)
    }
  }

  private mutating func offer(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> [IOVARange]? {
    if containers[Int(container)].ioas != nil { return try readRanges(of: container, in: &kernel) }
    switch containers[Int(container)].space.model {
    case .spaprTCE, .spaprTCEv2: return try readWindows(of: container, in: &kernel)
    case .type1, .type1v2, .noIOMMU, .iommufd, nil:
      let information = try withContainer(container) { (descriptor) throws(KernelError) in
        try kernel.information(of: descriptor)
      }
      containers[Int(container)].space.information = information
      return information.ranges
    }
  }

  // MARK: Proofs

  @usableFromInline
  mutating func proveMapping(
    _ proof: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let proof = program.proofs[Int(proof)]
    containers[Int(proof.container)].proofs.append(proof)
    try prove(proof, in: proof.container, in: &kernel)
  }

  /// Maps and unmaps a page.
  mutating func prove(
    _ proof: StepProgram.Proof,
    in container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard let range = IOVARange(iova: proof.address, size: proof.pageSize) else {
      throw .kernel(KernelError(.iommuMapDMA, .range(proof.pageSize == 0 ? .empty : .wraps)))
    }
    guard !isOfLostWindow(range, container) else { return }
    let mapping = DMAMapping(
      iova: proof.address,
      size: proof.pageSize,
      address: try memory(proof.memory, in: &kernel)
    )
    try map(mapping, range, in: container, in: &kernel)
    containers[Int(container)].proven = range
    deeds.append(.mapped(container))
    do throws(KernelError) {
      try unmapProof(of: container, in: &kernel)
    } catch { throw .kernel(error) }
    _ = deeds.popLast()
  }

  mutating func unmapProof(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let range = containers[Int(container)].proven else { return }
    try unmap(range, from: container, in: &kernel)
    containers[Int(container)].proven = nil
  }

  // MARK: Guest RAM

  mutating func mapRAM(_ mapping: Int32, in kernel: inout some Kernel & ~Copyable) throws(StepFailure) {
    let planned = program.mappings[Int(mapping)]
    let range = planned.range
    let memory = DMAMapping(
      iova: range.start,
      size: range.last &- range.start &+ 1,
      address: try memory(planned.memory, in: &kernel)
    )
    try map(memory, range, in: planned.container, in: &kernel)
    deeds.append(.ram(mapping))
  }

  mutating func unmapRAM(_ mapping: Int32, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    let planned = program.mappings[Int(mapping)]
    try unmap(planned.range, from: planned.container, in: &kernel)
  }

  // MARK: Parts

  /// Where some memory starts, which is taken when it is first asked for.
  mutating func memory(_ position: Int32, in kernel: inout some Kernel & ~Copyable) throws(StepFailure)
    -> UInt64
  {
    if let known = memories.address(of: position) { return known }
    let need = program.memories[Int(position)]
    do throws(KernelError) {
      let memory = try kernel.allocate(need.size, need.pages)
      let address = memory.address
      memories.insert(memory, at: position)
      return address
    } catch { throw .kernel(error.on("memory")) }
  }

  private mutating func map(
    _ mapping: DMAMapping,
    _ range: IOVARange,
    in container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let position = Int(container)
    if containers[position].ioas != nil {
      return try mapInIOAS(mapping, range, container, in: &kernel)
    }
    guard let key = containers[position].key else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        guard containers[position].spapr == nil else {
          try containers[position].spapr?.map(mapping, on: descriptor, in: &kernel)
          return
        }
        try containers[position].space.map(mapping, on: descriptor, in: &kernel)
      }
    } catch { throw .kernel(error.on("\(subject(ofContainer: container)) at \(range)")) }
  }

  /// Unmaps what was mapped, unless the kernel unmapped it and answered strangely.
  private mutating func unmap(
    _ range: IOVARange,
    from container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let position = Int(container)
    if containers[position].ioas != nil { return try unmapInIOAS(range, container, in: &kernel) }
    guard let key = containers[position].key else { return }
    let size = range.last &- range.start &+ 1
    do throws(KernelError) {
      try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        if containers[position].spapr != nil {
          try containers[position].spapr?.unmap(iova: range.start, size: size, on: descriptor, in: &kernel)
        } else if containers[position].space.mappings.first(overlapping: range) != nil {
          try containers[position].space.unmap(iova: range.start, size: size, on: descriptor, in: &kernel)
        }
      }
    } catch { throw error.on("\(subject(ofContainer: container)) at \(range)") }
  }

  /// Lends a container.
  func withContainer<Result>(
    _ container: Int32,
    _ body: (borrowing Descriptor) throws(KernelError) -> Result
  ) throws(StepFailure) -> Result {
    guard let key = containers[Int(container)].key else { throw .notOpen(subject(ofContainer: container)) }
    do throws(KernelError) {
      return try table.withDescriptor(for: key, body)
    } catch { throw .kernel(error.on(subject(ofContainer: container))) }
  }
}
