import Diagnostics
import VFIOTypes

extension PlanJSON {
  static func step(_ planned: PlannedStep, _ writer: inout JSONWriter) {
    writer.word("step", planned.step.kind)
    arguments(planned.step, &writer)
    writer.origin(planned.origin)
  }

  private static func arguments(_ step: Step, _ writer: inout JSONWriter) {
    switch step {
    case .openContainer(let name), .enable(let name), .removeDefaultWindow(let name), .enableEEH(let name):
      writer.text("container", name)
    case .openGroup(let group): writer.text("group", group.description)
    case .attachGroup(let group, let container):
      writer.text("group", group.description)
      writer.text("container", container)
    case .attachGroupToAccepting(let group, let containers, let another):
      writer.text("group", group.description)
      writer.texts("containers", containers)
      writer.text("another", another)
    case .setIOMMU(let container, let model):
      writer.text("container", container)
      writer.word("model", model)
    case .readInformation(let container, let ranges), .readRanges(let container, let ranges):
      writer.text("container", container)
      writer.ranges("accepting", ranges)
    case .openDevice(let device, let group, let token):
      writer.text("device", device.description)
      writer.text("group", group.description)
      writer.text("vf-token", token)
    case .registerMemory(let container, let memory):
      writer.text("container", container)
      writer.text("memory", memory)
    case .createWindow(let container, let window):
      writer.text("container", container)
      writer.key("window")
      writer.object { self.window(window, &$0) }
    case .openIOMMUFD(let name): writer.text("iommufd", name)
    case .allocateIOAS(let container, let iommufd):
      writer.text("container", container)
      writer.text("iommufd", iommufd)
    case .bindDevice(let device, let iommufd):
      writer.text("device", device.description)
      writer.text("iommufd", iommufd)
    case .attachDevice(let device, let container):
      writer.text("device", device.description)
      writer.text("container", container)
    case .mapMemory(let container, let memory, let range):
      writer.text("container", container)
      writer.text("memory", memory)
      writer.range("range", range)
    case .proveMapping(let container, let address, let pageSize):
      writer.text("container", container)
      writer.hex("address", address)
      writer.number("page-size", pageSize)
    case .readDevice(let device): writer.text("device", device.description)
    }
  }
}
