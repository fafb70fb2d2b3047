import ArgumentParser
import VFIOTypes

/// The words of `init`.
struct InitCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented, checked guest file for devices of a host.",
    discussion: """
      The file names each device with the ids found at its address, and says what becomes of the other members of its \
      IOMMU group. It is checked at once, and the findings say what is still to be done. Nothing is written for a \
      device the host does not have, and a file that exists is never overwritten.

      EXAMPLES:
        vfioplan init --device 0000:01:00.0 0000:01:00.1
        vfioplan init --device 0000:01:00.0 --guest gpu1 --memory 16GiB --out gpu1.yaml
        vfioplan init --device 0001:01:00.0 --host p9.json --out db1.yaml
      """
  )

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Addresses of the devices, such as 0000:01:00.0.", valueName: "addr"),
    transform: { word in try heard { () throws(UsageFault) in try PCIAddress.written(word) } }
  )
  var device: [PCIAddress] = []

  @Option(help: ArgumentHelp("The guest's name.", valueName: "name"))
  var guest = "vm1"

  @Option(
    help: ArgumentHelp(
      "The machine type; where it is left out, the one that fits the host.",
      valueName: "type"
    )
  )
  var machine: String?

  @Option(
    help: ArgumentHelp("The guest's RAM.", valueName: "size"),
    transform: { word in try heard { () throws(UsageFault) in try InitVerb.size(word) } }
  )
  var memory = ByteCount(4 << 30)

  @Option(help: ArgumentHelp("Write to this new file; '-' and none are standard output.", valueName: "file"))
  var out: String?

  @OptionGroup var place: HostPlaceOptions
  @OptionGroup var display: DisplayOptions

  func verb() -> InitVerb {
    InitVerb(
      devices: device,
      guest: guest,
      machine: machine,
      memory: memory,
      out: out,
      place: place.place,
      display: display.display
    )
  }
}
