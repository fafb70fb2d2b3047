import HostDoors
import HostInventory

/// Says what a host lacks.
struct HostDoctorVerb: Verb {
  var format = DocumentFormat.text
  var place = HostPlace()
  var display = Display()

  var via: Via { place.via }

  var fault: String? { place.fault ?? display.fault }

  // MARK: Words

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--format" else { return place.take(option: name, &words) }
    format = words.value { DocumentFormat(rawValue: $0) } ?? format
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    guard let files = HostChoice(place.host).files(in: &session) else { return .unreadable }
    let checkup = HostDoctor.examine(files)
    guard !files.isLost else { return .unreadable }
    switch format {
    case .text: session.write(CheckupText.text(checkup, palette: session.palette(.output)))
    case .json: session.write(CheckupText.document(checkup))
    }
    return checkup.isReady == false ? .findings : .success
  }
}
