import Diagnostics
import HostDoors
import HostInventory

extension Session {
  /// Writes a result where it is wanted: standard output, or a file, whole or not at all.
  mutating func deliver(_ bytes: [UInt8], to path: String?) -> ExitStatus {
    guard let path, path != "-" else {
      write(bytes)
      return .success
    }
    do throws(HostFileError) { try machine.files.replace(path, with: bytes) } catch {
      complain("'\(path)' cannot be written: \(FileFault.words(error.reason))")
      return .unreadable
    }
    return .success
  }

  /// The names of a host's devices, where this machine has them.
  func pciNames(_ snapshot: HostSnapshot) -> PCINames {
    for path in PCINames.paths {
      // Names are the same everywhere, so that those of this machine do where the host is another.
      let bytes =
        (try? machine.host.read(path, limit: 16 << 20)) ?? (try? machine.files.read(path, limit: 16 << 20))
      guard let bytes else { continue }
      return PCINames(bytes, of: snapshot.devices.compactMap(\.identity))
    }
    return PCINames()
  }

  /// Shows findings on standard error, where standard output is for a result.
  mutating func tell(_ findings: [Diagnostic], in texts: [SourceText], format: FindingFormat = .text) {
    let printer = FindingPrinter(
      format: format,
      palette: palette(.error),
      isQuiet: isQuiet,
      isVerbose: isVerbose
    )
    let shown = printer.shown(findings)
    switch format {
    case .text, .concise:
      if !shown.isEmpty { tell(String(decoding: printer.text(shown, in: texts), as: UTF8.self)) }
    case .json: tell(String(decoding: printer.document(shown, in: texts), as: UTF8.self))
    }
  }
}
