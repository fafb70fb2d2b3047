import Diagnostics
import Execution
import HostDoors
import VFIOPlan
import VFIOTypes

/// What a program at a socket is sent: a JSON document in one message, the descriptors beside it.
///
/// Each thing says by `descriptor` which of the descriptors of its own message it is, counted from 0. Where there are more
/// than one message takes, `more` is true in all but the last.
enum HandOverMessage {
  /// The version of the form, raised with every change of meaning.
  static let schemaVersion = 1
  /// The kernel passes 253 in one message: Linux 6.12 include/net/scm.h, SCM_MAX_FD.
  static let limit = 250

  static func messages(_ things: [HeldThing], of plan: Plan) -> [DescriptorMessage] {
    var parts: [[HeldThing]] = [[]]
    var count = 0
    for thing in things {
      if thing.number != nil {
        if count == limit {
          parts.append([])
          count = 0
        }
        count += 1
      }
      parts[parts.count - 1].append(thing)
    }
    return parts.indices.map { part in
      message(parts[part], of: plan, isLast: part == parts.count - 1)
    }
  }

  private static func message(_ things: [HeldThing], of plan: Plan, isLast: Bool) -> DescriptorMessage {
    var writer = JSONWriter()
    var descriptors: [Int32] = []
    writer.object(compact: true) { writer in
      writer.key("schema-version")
      writer.number(schemaVersion)
      writer.key("plan")
      writer.string(PlanJSON.name(of: plan))
      writer.key("more")
      writer.bool(!isLast)
      writer.key("things")
      writer.array { writer in
        for thing in things { write(thing, &descriptors, &writer) }
      }
    }
    return DescriptorMessage(bytes: writer.finished(), descriptors: descriptors)
  }

  private static func write(_ thing: HeldThing, _ descriptors: inout [Int32], _ writer: inout JSONWriter) {
    let place = thing.number.map { number in
      descriptors.append(number)
      return descriptors.count - 1
    }
    writer.object { writer in
      func text(_ key: String, _ text: String?) {
        guard let text else { return }
        writer.key(key)
        writer.string(text)
      }
      func number(_ key: String, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        writer.key(key)
        writer.number(number)
      }
      text("kind", thing.kindWord)
      text("guest", thing.guest)
      text("name", thing.name)
      switch thing.kind {
      case .container(let model): text("model", model?.rawValue)
      case .group(let container): text("container", container)
      case .device(let address, let container):
        text("address", "\(address)")
        text("container", container)
      case .iommufd: break
      case .addressSpace(let iommufd, let id):
        text("iommufd", iommufd)
        number("id", id)
      case .memory(let start, let size, let pageSize):
        number("start", start)
        number("size", size)
        number("page-size", pageSize)
      }
      number("descriptor", place)
    }
  }
}

extension HeldThing {
  /// What kind of thing it is, as documents and people are told.
  var kindWord: String {
    switch kind {
    case .container: "container"
    case .group: "group"
    case .device: "device"
    case .iommufd: "iommufd"
    case .addressSpace: "address-space"
    case .memory: "memory"
    }
  }
}
