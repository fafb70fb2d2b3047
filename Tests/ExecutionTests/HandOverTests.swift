import Execution
import TestSupport
import Testing
import VFIOCore
import VFIOPlan
import VFIOTypes

@Suite struct HandOverTests {
  private static let addresses = [PCIAddress("0000:01:00.0"), PCIAddress("0000:02:00.0")].compactMap(\.self)

  /// A machine with iommufd, and a guest that has both of its devices in one address space.
  private static func machine() -> ModelHost {
    var host = ModelHost(
      groups: addresses.enumerated().map { index, address in
        var device = ModelDevice(address)
        device.node = UInt32(index)
        return ModelGroup(IOMMUGroupID(UInt32(index)), devices: [device])
      }
    )
    host.hasIOMMUFD = true
    return host
  }

  private static var numbers: HostNumbers {
    HostNumbers(
      group: { _ in nil },
      deviceNode: { address in addresses.firstIndex(of: address).map { UInt32($0) } }
    )
  }

  private static var plan: Plan {
    let range = IOVARange(start: 0, last: 0x1f_ffff)
    let steps: [Step] =
      [.openIOMMUFD("iommufd")] + addresses.map { .bindDevice($0, iommufd: "iommufd") }
      + [.allocateIOAS(container: "map-all", iommufd: "iommufd")]
      + addresses.map { .attachDevice($0, container: "map-all") }
      + [.mapMemory(container: "map-all", memory: "ram", range: range)]
    let origin = Origin(path: "guests.vm", line: 1, column: 1, length: 2)
    var guest = GuestPlan(name: "vm", steps: steps.map { PlannedStep($0, from: origin) })
    guest.memory.ranges = [PlannedMemory.Range(name: "ram", start: 0, size: 0x20_0000)]
    return Plan(file: "guest.yaml", host: nil, bindings: [], guests: [guest], facts: [])
  }

  @Test func `what is held is told in the order of the steps, each open thing with a number of its own`()
    throws
  {
    var kernel = ModelKernel(Self.machine())
    let plan = Self.plan
    let applied = try Executor.apply(plan, level: .hold, in: &kernel, numbers: Self.numbers)
    let things = applied.things(of: plan)
    let open = things.compactMap(\.number)
    let report = applied.end(in: &kernel)
    #expect(report.failures == [])
    let isIdle = kernel.isIdle
    #expect(isIdle)
    #expect(things.map(\.name) == ["iommufd", "0000:01:00.0", "0000:02:00.0", "map-all", "ram"])
    let ids = things.compactMap { thing in
      if case .addressSpace(iommufd: "iommufd", let id) = thing.kind { id } else { nil }
    }
    #expect(ids.count == 1)
    #expect(things.last?.kind == .memory(start: 0, size: 0x20_0000, pageSize: 4096))
    #expect(things.filter { $0.number == nil }.map(\.name).contains("map-all"))
    #expect(Set(open).count == open.count)
    #expect(open.count >= 3)
  }

  @Test func `a proof holds no memory of the guest`() throws {
    var kernel = ModelKernel(Self.machine())
    let plan = Self.plan
    let applied = try Executor.apply(plan, in: &kernel, numbers: Self.numbers)
    let names = applied.things(of: plan).map(\.name)
    _ = applied.end(in: &kernel)
    #expect(!names.contains("ram"))
  }

  @Test func `what is opened for a command is opened and nothing else, and closed again`() throws {
    var kernel = ModelKernel(Self.machine())
    let guest = Self.plan.guests[0]
    let fresh = try FreshDescriptors.open(for: guest, in: &kernel, numbers: Self.numbers)
    let numbers = fresh.numbers
    #expect(
      FreshDescriptors.items(of: guest)
        == [.iommufd("iommufd")] + Self.addresses.map { .device($0, name: "\($0)") }
    )
    #expect(Set(numbers).count == 3)
    let calls = kernel.calls
    #expect(calls == [.open, .open, .open])
    let failures = fresh.end(in: &kernel)
    #expect(failures == [])
    let isIdle = kernel.isIdle
    #expect(isIdle)
  }

  @Test(arguments: 0..<3) func `all are opened, or none`(refused: Int) {
    var kernel = ModelKernel(Self.machine())
    kernel.faults = [refused: .emfile]
    var failure: FreshFailure?
    do throws(FreshFailure) {
      let fresh = try FreshDescriptors.open(for: Self.plan.guests[0], in: &kernel, numbers: Self.numbers)
      _ = fresh.end(in: &kernel)
    } catch { failure = error }
    let subjects = ["/dev/iommu"] + Self.addresses.map(\.description)
    #expect(failure == .kernel(KernelError(.open, .system(.emfile), on: subjects[refused])))
    let isIdle = kernel.isIdle
    #expect(isIdle)
  }

  @Test func `a device without a node is said`() {
    var kernel = ModelKernel(Self.machine())
    var failure: FreshFailure?
    do throws(FreshFailure) {
      let none = HostNumbers(group: { _ in nil })
      let fresh = try FreshDescriptors.open(for: Self.plan.guests[0], in: &kernel, numbers: none)
      _ = fresh.end(in: &kernel)
    } catch { failure = error }
    #expect(failure == .noNode(Self.addresses[0]))
    let isIdle = kernel.isIdle
    #expect(isIdle)
  }
}
