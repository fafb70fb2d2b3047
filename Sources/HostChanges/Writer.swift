import Diagnostics
import HostDoors
import VFIOTypes

/// Carries out changes one after the other, says each before it is made, and keeps what was made.
struct Writer {
  let host: ChangeableHost
  let progress: (ChangeProgress) -> Void
  private(set) var written: [Change] = []
  private var number = 0
  private var count: Int

  init(_ host: ChangeableHost, count: Int, progress: @escaping (ChangeProgress) -> Void) {
    self.host = host
    self.count = count
    self.progress = progress
  }

  mutating func make(_ change: Change, _ phase: ChangeProgress.Phase) throws(HostWriteError) {
    say(phase, change.device, change.words)
    try host.writes.write(change.bytes, toAttribute: change.path)
    written.append(change)
  }

  /// Says that something is about to be done that writes nothing.
  mutating func say(_ phase: ChangeProgress.Phase, _ device: PCIAddress, _ words: String) {
    number += 1
    progress(
      ChangeProgress(phase: phase, device: device, words: words, number: number, count: max(number, count))
    )
  }

  /// Counts anew: undoing is a work of its own.
  mutating func begin(count: Int) {
    number = 0
    self.count = count
  }
}

extension HostWriteError {
  /// The line of facts: call, path and error.
  var fact: String { "\(call) \(path): \(ErrorWords.text(errno))" }
}

extension HostFileError {
  /// The line of facts: path and reason.
  var fact: String {
    switch reason {
    case .absent: "\(path): not there"
    case .denied: "\(path): access denied"
    case .wrongKind: "\(path): a folder where a file was expected, or the reverse"
    case .tooLarge: "\(path): too large"
    case .outside: "\(path): leads out of its folder"
    case .exists: "\(path): there already"
    case .lost: "\(path): the stream to the host has ended"
    case .system(let call, let errno): "\(call) \(path): \(ErrorWords.text(errno))"
    }
  }
}
