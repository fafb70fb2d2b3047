import Foundation

/// Figures of whole processes, as a user waits for them.
enum ProcessRows {
  /// The start of the program: `check` of 1 KB against a C program that does nothing.
  static func start(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    let file = try place.file("small.yaml", Fleet(guests: 1, devicesPerGuest: 3).guestFile(snapshot: nil))
    let nothing = try place.baseline("nothing")
    let result = try Comparison([place.vfioplan, "check", file], against: [nothing], times: 101, at: place)
    let wall = Row(
      name: "start, check of 1 KB against an empty C program",
      figure: "\(Row.ratio(result.wallRatio)) (\(Row.milliseconds(result.wall.ours)))",
      bound: "3.00x",
      isReached: result.wallRatio <= 3
    )
    let peak = Row(
      name: "start, peak memory",
      figure: Row.mebibytes(result.peak.ours),
      bound: "9 MiB",
      isReached: result.peak.ours <= 9 * 1_048_576
    )
    return [wall, peak]
  }

  /// A large file with its host against libyaml's events alone.
  static func fleet(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    let fleet = Fleet(guests: 500, devicesPerGuest: 100)
    let host = try place.file("fleet/host.json", fleet.snapshot())
    let file = try place.file("fleet/guest.yaml", fleet.guestFile(snapshot: "host.json"))
    let events = try place.baseline("yaml-events", "yaml")
    let result = try Comparison(
      [place.vfioplan, "check", file],
      against: [events, file, host],
      times: 7,
      at: place
    )
    let wall = Row(
      name: "fleet, check of 500 guests with 100 devices against libyaml's events",
      figure: "\(Row.ratio(result.wallRatio)) (\(Row.milliseconds(result.wall.ours)))",
      bound: "2.00x",
      isReached: result.wallRatio <= 2
    )
    let peak = Row(
      name: "fleet, peak memory",
      figure: "\(Row.ratio(result.peakRatio)) (\(Row.mebibytes(result.peak.ours)))",
      bound: "8.00x",
      isReached: result.peakRatio <= 8
    )
    return [wall, peak]
  }

  /// Cost per byte at 1, 10 and 100 MB.
  static func growth(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    var perByte: [Double] = []
    let sizes: [(name: String, guests: Int)] = [("1", 50), ("10", 500), ("100", 5000)]
    for size in sizes {
      let fleet = Fleet(guests: size.guests, devicesPerGuest: 100)
      let text = fleet.guestFile(snapshot: "host.json")
      let host = fleet.snapshot()
      _ = try place.file("growth\(size.name)/host.json", host)
      let file = try place.file("growth\(size.name)/guest.yaml", text)
      var walls: [Double] = []
      for _ in 0..<(size.guests > 1000 ? 3 : 7) {
        // The snapshot of the largest has 25 million nodes, more than a text has unless it is asked for.
        walls.append(try place.measure([place.vfioplan, "check", "--limit", "nodes=67108864", file]).wall)
      }
      perByte.append(walls.median / Double(text.utf8.count + host.utf8.count))
    }
    return zip(sizes.dropFirst(), perByte.dropFirst()).map { size, cost in
      Row(
        name: "growth, cost per byte at \(size.name) MB against 1 MB",
        figure: Row.ratio(cost / perByte[0]),
        bound: "1.20x",
        isReached: cost / perByte[0] <= 1.2
      )
    }
  }

  /// Many small files on one core and on two.
  static func manyFiles(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    let text = Fleet(guests: 2, devicesPerGuest: 7).guestFile(snapshot: nil)
    for number in 0..<2000 { _ = try place.file("many/\(number).yaml", text) }
    let folder = place.folder.appendingPathComponent("many").path
    let result = try Comparison(
      [place.vfioplan, "check", "--jobs", "2", folder],
      against: [place.vfioplan, "check", "--jobs", "1", folder],
      times: 9,
      at: place
    )
    let gain = result.wall.other / result.wall.ours
    let speed = 2000 / result.wall.ours
    return [
      Row(
        name: "many, 2,000 files of \(text.utf8.count) bytes, two jobs against one",
        figure: Row.ratio(gain),
        bound: "1.70x",
        isReached: gain >= 1.7
      ),
      Row(
        name: "many, files a second",
        figure: String(format: "%.0f", speed),
        bound: "5000",
        isReached: speed >= 5000
      ),
    ]
  }
}
