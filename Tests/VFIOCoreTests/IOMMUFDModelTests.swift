import Testing
import VFIOCore
import VFIOTypes

/// A device bound to an iommufd of a model, and an IOAS.
private struct Bound: ~Copyable {
  var kernel: ModelKernel
  let iommufd: DescriptorNumber
  let node: DescriptorNumber
  var device = ObjectID.none
  var ioas = ObjectID.none

  static let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)

  private init(_ kernel: consuming ModelKernel, iommufd: DescriptorNumber, node: DescriptorNumber) {
    self.kernel = kernel
    self.iommufd = iommufd
    self.node = node
  }

  static func make(
    _ group: (IOMMUGroupID, [ModelDevice]) -> ModelGroup,
    _ change: (inout ModelHost) -> Void = { _ in }
  ) throws(KernelError) -> Bound {
    var member = ModelDevice(Bound.address)
    member.node = 0
    var host = ModelHost(groups: [group(IOMMUGroupID(7), [member])])
    host.hasIOMMUFD = true
    change(&host)
    var kernel = ModelKernel(host)
    let iommufd = try kernel.open(.iommufd).relinquish()
    let node = try kernel.open(.deviceNode(0)).relinquish()
    var bound = Bound(kernel, iommufd: iommufd, node: node)
    bound.device = try bound.object(.deviceBindIOMMUFD(iommufd), on: node)
    bound.ioas = try bound.object(.ioasAlloc, on: iommufd)
    return bound
  }

  mutating func ask(_ request: Request, on number: DescriptorNumber) throws(KernelError) -> Reply {
    let descriptor = Descriptor(adopting: number)
    do throws(KernelError) {
      let reply = try kernel.perform(request, on: descriptor)
      _ = descriptor.relinquish()
      return reply
    } catch {
      _ = descriptor.relinquish()
      throw error
    }
  }

  mutating func object(_ request: Request, on number: DescriptorNumber) throws(KernelError) -> ObjectID {
    guard case .object(let object) = try ask(request, on: number) else { return .none }
    return object
  }

  /// The error a request ends in, with the place that says so; nil where it does not.
  mutating func refusal(_ request: Request, on number: DescriptorNumber) -> String? {
    do throws(KernelError) {
      _ = try ask(request, on: number)
      return nil
    } catch {
      guard case .system(let errno) = error.cause else { return "\(error)" }
      return "\(errno) \(kernel.lastRefusal?.source ?? "")"
    }
  }

  mutating func allocate(_ size: UInt64) throws(KernelError) -> UInt64 {
    let memory = try kernel.allocate(size)
    let address = memory.address
    memory.relinquish()
    return address
  }
}

@Suite struct IOMMUFDModelTests {
  @Test func `a limit of locked memory is the user's, or of the process where that was chosen`() throws {
    var bound = try Bound.make(ModelGroup.init) { $0.lockedMemoryLimit = 0x2000 }
    let memory = try bound.allocate(0x4000)
    _ = try bound.ask(.deviceAttachIOMMUFDPT(bound.ioas), on: bound.node)
    let first = bound.refusal(
      .ioasMap(bound.ioas, DMAMapping(iova: 0, size: 0x2000, address: memory)),
      on: bound.iommufd
    )
    // The same pages again are other pages to the kernel: they are pinned and charged once more.
    let second = bound.refusal(
      .ioasMap(bound.ioas, DMAMapping(iova: 0x10000, size: 0x1000, address: memory)),
      on: bound.iommufd
    )
    // A copy shares them.
    let copy = bound.refusal(
      .ioasCopy(IOASCopy(from: bound.ioas, at: 0, to: bound.ioas, at: 0x20000, size: 0x1000)),
      on: bound.iommufd
    )
    let pinned = bound.kernel.pinnedBytes
    let locked = try bound.kernel.processMemory().locked
    #expect(first == nil)
    #expect(second == "ENOMEM iommufd/pages.c: incr_user_locked_vm, RLIMIT_MEMLOCK")
    #expect(copy == nil)
    #expect(pinned == 0x2000)
    #expect(locked == 0)
  }

  @Test func `a process without privileges cannot choose who is charged`() throws {
    var bound = try Bound.make(ModelGroup.init) { $0.isPrivileged = false }
    let refusal = bound.refusal(.iommuOptionSet(.rlimitMode, .none, 1), on: bound.iommufd)
    #expect(refusal == "EPERM iommufd/ioas.c: iommufd_option_rlimit_mode, CAP_SYS_RESOURCE")
  }

  @Test func `an IOMMU with first-stage tables alone takes no device of an iommufd`() throws {
    var bound = try Bound.make { id, devices in
      var group = ModelGroup(id, devices: devices)
      group.hasSecondStage = false
      return group
    }
    let refusal = bound.refusal(.deviceAttachIOMMUFDPT(bound.ioas), on: bound.node)
    #expect(refusal == "EINVAL intel/pasid.c: intel_pasid_setup_second_level")
  }

  @Test func `a kernel of 64 KiB pages behind an SMMUv3 maps by those`() throws {
    var bound = try Bound.make({ ModelGroup.smmuv3($0, devices: $1, pageSize: 0x1_0000) }) {
      $0.pageSize = 0x1_0000
    }
    let memory = try bound.allocate(0x2_0000)
    _ = try bound.ask(.deviceAttachIOMMUFDPT(bound.ioas), on: bound.node)
    let small = bound.refusal(
      .ioasMap(bound.ioas, DMAMapping(iova: 0, size: 0x1000, address: memory)),
      on: bound.iommufd
    )
    let ranges = try bound.ask(.ioasIOVARanges(bound.ioas, capacity: 8), on: bound.iommufd)
    #expect(small == "EINVAL iommufd/io_pagetable.c: iopt_alloc_area_pages, size")
    #expect(
      ranges
        == .ioasRanges(
          IOASRanges(
            count: 2,
            ranges: [
              IOVARange(start: 0, last: 0x7ff_ffff), IOVARange(start: 0x810_0000, last: 0xffff_ffff_ffff),
            ],
            alignment: 0x1_0000
          )
        )
    )
  }

  @Test func `writes of a device are told once, or kept`() throws {
    var bound = try Bound.make { id, devices in
      var group = ModelGroup(id, devices: devices)
      group.offers = .dirtyTracking
      return group
    }
    let memory = try bound.allocate(0x4000)
    let table = try bound.object(
      .hwptAlloc(HWPTAllocation(device: bound.device, parent: bound.ioas, flags: .dirtyTracking)),
      on: bound.iommufd
    )
    _ = try bound.ask(
      .ioasMap(bound.ioas, DMAMapping(iova: 0x10_0000, size: 0x4000, address: memory)),
      on: bound.iommufd
    )
    _ = try bound.ask(.deviceAttachIOMMUFDPT(table), on: bound.node)
    _ = try bound.ask(.hwptSetDirtyTracking(table, isEnabled: true), on: bound.iommufd)
    let inside = bound.kernel.write(by: Bound.address, to: IOVARange(start: 0x10_1000, last: 0x10_2fff))
    let outside = bound.kernel.write(by: Bound.address, to: IOVARange(start: 0x10_3000, last: 0x10_4fff))
    var query = DirtyQuery(
      range: IOVARange(start: 0x10_0000, last: 0x10_3fff),
      pageSize: 0x1000,
      marks: .keep
    )
    var bitmaps = [try bound.ask(.hwptGetDirtyBitmap(table, query), on: bound.iommufd)]
    query.marks = .clear
    bitmaps.append(try bound.ask(.hwptGetDirtyBitmap(table, query), on: bound.iommufd))
    bitmaps.append(try bound.ask(.hwptGetDirtyBitmap(table, query), on: bound.iommufd))
    #expect(inside)
    #expect(!outside)
    #expect(bitmaps == [.dirtyBitmap([6]), .dirtyBitmap([6]), .dirtyBitmap([0])])
  }
}
