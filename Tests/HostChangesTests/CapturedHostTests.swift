import Diagnostics
import HostChanges
import TestSupport
import Testing
import VFIOTypes

/// A captured host and the functions to take there.
struct CapturedHost: CustomTestStringConvertible, Sendable {
  var tree: String
  var functions: [String]
  /// Drivers of functions that the tree has on vfio-pci.
  var natives: [String: String] = [:]

  var testDescription: String { tree }

  static let all = [
    CapturedHost(
      tree: "x86-intel-iommu",
      functions: [
        "0000:01:00.0", "0000:02:00.0", "0000:05:01.0", "0000:05:02.0", "0000:06:00.0", "0000:06:00.1",
      ]
    ),
    CapturedHost(
      tree: "x86-intel-iommu-bound",
      functions: ["0000:01:00.0", "0000:06:00.0", "0000:06:00.1"],
      natives: ["0000:01:00.0": "e1000e", "0000:06:00.0": "e1000e"]
    ),
    CapturedHost(
      tree: "x86-iommufd",
      functions: ["0000:03:00.0", "0000:41:00.0"],
      natives: ["0000:01:00.0": "e1000e", "0000:02:00.0": "nvme"]
    ),
    CapturedHost(tree: "x86-amd-iommu", functions: ["0000:01:00.0", "0000:03:00.0"]),
    CapturedHost(tree: "x86-sriov", functions: ["0000:07:10.0"], natives: ["0000:07:10.2": "igbvf"]),
    CapturedHost(tree: "arm64-smmuv3", functions: ["0000:04:00.0", "0000:04:00.1"]),
  ]
}

@Suite struct CapturedHostTests {
  @Test(arguments: CapturedHost.all)
  func `a captured host is bound as planned, a second time without a write, and given back byte for byte`(
    captured: CapturedHost
  ) throws {
    guard let tree = TreeFiles.shared(captured.tree) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    let host = ModelHostFiles(tree, natives: captured.natives)
    let functions = captured.functions.compactMap { PCIAddress($0) }
    #expect(functions.count == captured.functions.count)
    let plan = SmallHost.plan(functions, on: host)
    let report = host.apply(plan)
    #expect(report.outcome == .done)
    #expect(report.diagnostics == [])
    for function in functions {
      #expect(try BindingState.read(function, in: host)?.driver == "vfio-pci")
    }
    let count = host.log.count
    #expect(host.apply(plan) == ChangeReport(.done))
    #expect(host.log.count == count)
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: tree) == [])
  }

  @Test func `a captured host without an IOMMU refuses by its kernel, and is as before`() throws {
    guard let tree = TreeFiles.shared("x86-no-iommu") else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    let host = ModelHostFiles(tree)
    let function = try #require(PCIAddress("0000:01:00.0"))
    let report = host.apply(SmallHost.plan([function], on: host))
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["bind-without-effect"])
    #expect(host.differences(from: tree) == [])
  }

  @Test func `the physical function of a captured host is guarded while it has virtual ones`() throws {
    guard let tree = TreeFiles.shared("x86-sriov") else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    let host = ModelHostFiles(tree)
    let function = try #require(PCIAddress("0000:07:00.0"))
    let report = host.apply(SmallHost.plan([function], on: host))
    #expect(report.outcome == .guarded)
    #expect(report.diagnostics.map(\.rule) == ["guard-pf-with-vfs"])
    #expect(report.diagnostics.map(\.facts) == [["2 of 7 virtual functions"]])
    #expect(host.kernelWrites == [])
  }
}
