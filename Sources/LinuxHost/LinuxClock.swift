import Glibc
import HostDoors

/// The clocks of this machine.
package struct LinuxClock: HostClock {
  package init() {}

  package func milliseconds() -> UInt64 {
    let now = LinuxClock.now(CLOCK_MONOTONIC)
    return UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
  }

  package func today() -> String { LinuxClock.date(ofDay: LinuxClock.now(CLOCK_REALTIME).tv_sec / 86_400) }

  private static func now(_ clock: clockid_t) -> timespec {
    var time = timespec()
    // With a clock that every kernel has and storage of our own the call cannot fail.
    _ = unsafe clock_gettime(clock, &time)
    return time
  }

  /// The date of a day since 1970-01-01, in a calendar whose years begin in March, so that a leap day comes last.
  package static func date(ofDay number: Int) -> String {
    let day = number + 719_468
    let era = day / 146_097
    let dayOfEra = day % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(year)-\(twoDigits(month))-\(twoDigits(dayOfYear - (153 * fromMarch + 2) / 5 + 1))"
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
