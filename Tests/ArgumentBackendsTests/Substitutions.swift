import Foundation

/// What is changed in printed arguments so that a QEMU starts where neither VFIO nor KVM nor huge pages are: this
/// table and nothing else.
enum Substitutions {
  /// A pattern in a printed word and what stands there instead.
  private struct Rule {
    var pattern: String
    var replacement: String

    init(_ pattern: String, _ replacement: String) {
      self.pattern = pattern
      self.replacement = replacement
    }
  }

  /// Properties of vfio-pci that other PCI devices do not have.
  private static let ofVFIO =
    "host|sysfsdev|iommufd|fd|vf-token|x-vga|display|ramfb|x-igd-opregion|bootindex|enable-migration"
    + "|x-enable-migration|failover_pair_id|x-nv-gpudirect-clique|x-balloon-allowed"
  /// What needs host memory that is not here.
  private static let ofMemory = "hugetlb|hugetlbsize|prealloc|host-nodes|policy"
  private static let jsonValue = #"("(\\.|[^"\\])*"|\[[0-9, ]*\]|[a-z0-9]+)"#
  private static let commaValue = "(,,|[^,])*"

  private static let device = [
    Rule(#"^\{"driver": "vfio-pci(-nohotplug)?""#, #"{"driver": "pci-testdev""#),
    Rule("^vfio-pci(-nohotplug)?,", "pci-testdev,"),
  ]
  private static let deviceProperties = [
    Rule(#", "(\#(ofVFIO))": \#(jsonValue)"#, ""), Rule(",(\(ofVFIO))=\(commaValue)", ""),
  ]
  private static let memory = [
    Rule(#", "(\#(ofMemory))": \#(jsonValue)"#, ""), Rule(",(\(ofMemory))=\(commaValue)", ""),
    Rule(#"^(\{"qom-type": "memory-backend.*)\}$"#, #"$1, "reserve": false}"#),
    Rule("^(memory-backend.*)$", "$1,reserve=off"),
  ]
  private static let machine = [
    Rule("accel=kvm", "accel=tcg"), Rule("^pc-q35-[0-9.]+", "q35"), Rule("^pc-i440fx-[0-9.]+", "pc"),
    Rule("^(virt|pseries)-[0-9.]+", "$1"),
  ]

  /// The words with the table applied.
  static func applied(to words: [String]) -> [String] {
    var result: [String] = []
    var rest = words[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { return result + [option] }
      switch option {
      case "-machine": result += [option, replaced(value, machine)]
      case "-cpu": result += [option, "max"]
      case "-object" where value.contains("memory-backend"): result += [option, replaced(value, memory)]
      // QEMU 7.2 has no iommufd, and no device is left that would use it.
      case "-object" where value.contains("iommufd"): break
      case "-device":
        let isVFIO =
          value.hasPrefix("vfio-pci") || value.hasPrefix(#"{"driver": "vfio-pci"#)
          || value.hasPrefix(#"{"driver": "vfio-pci-nohotplug"#)
        result += [option, isVFIO ? replaced(value, device + deviceProperties) : value]
      default: result += [option, value]
      }
    }
    return result
  }

  private static func replaced(_ word: String, _ rules: [Rule]) -> String {
    rules.reduce(word) { word, rule in
      word.replacingOccurrences(of: rule.pattern, with: rule.replacement, options: .regularExpression)
    }
  }
}
