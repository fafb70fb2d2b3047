import Diagnostics
import Execution
import HostChanges
import HostDoors
import HostInventory
import Policy
import VFIOPlan
import VFIOTypes

/// A plan that is held, and handed over.
extension Application {
  /// The guest whose descriptors a command gets.
  private var commandGuest: GuestPlan? { handOver.command.isEmpty ? nil : plan.guests.first }

  // MARK: Before anything is touched

  /// What cannot be handed over, whatever the host says.
  var handOverFaults: [Diagnostic] {
    guard let guest = commandGuest else { return [] }
    guard plan.guests.count == 1 else {
      return [
        CommandRule.commandForOneGuest.finding(
          "a command takes the devices of one guest, and the plan has \(plan.guests.count)",
          help: ["Write the guest into a file of its own, or hand all over by '--socket'."]
        )
      ]
    }
    let legacy = guest.containers.filter { $0.model != .iommufd && !$0.groups.isEmpty }.map { container in
      Diagnostic(
        rule: FDHandoverLegacyImpossible.description.id,
        severity: .error,
        message: "container '\(container.name)' is of the model '\(container.model.rawValue)', "
          + "whose descriptors no command takes",
        range: nil,
        place: container.origin.place(in: plan),
        why: "a hypervisor opens containers and groups itself, and a group is open once",
        help: [
          container.model.isSPAPR
            ? "Leave the command out: with '--apply' the host is made ready, and the hypervisor opens the groups."
            : "Write 'iommu-model: iommufd', or leave the command out: with '--apply' the host is made ready.",
          "A program that takes containers gets them by '--socket'.",
        ]
      )
    }
    guard legacy.isEmpty else { return legacy }
    var findings: [Diagnostic] = []
    _ = CommandWords(guest, in: plan, first: 3).expanded(handOver.command, &findings)
    return findings.filter { $0.severity == .error }
  }

  private static func refusal(_ message: String, facts: [String] = [], why: String? = nil) -> Diagnostic {
    Diagnostic(
      rule: ChangeRule.kernelRefused.rawValue,
      severity: .error,
      message: message,
      range: nil,
      facts: facts,
      why: why
    )
  }

  // MARK: Holding

  func hold<Door: Machine>(on host: ChangeableHost, in session: inout Session<Door>) -> Holder.Outcome {
    do throws(HostFileError) {
      // From here on somebody has to let go.
      try session.machine.keeper.heedSignals()
    } catch {
      let words = FileFault.words(error.reason)
      return .failed([Application.refusal("signals cannot be waited for: \(words)")])
    }
    let holder = session.prover.holder
    let level: Level = commandGuest == nil ? .hold : .prove
    return withCompanion(on: host, level, in: &session) { companion in
      holder.hold(plan, companion, for: commandGuest == nil ? .all : .command)
    }
  }

  /// Keeps what was taken for as long as it is wanted, and lets go.
  func keep<Door: Machine>(_ held: any Held, in session: inout Session<Door>) -> ExitStatus {
    let keeper = session.machine.keeper
    do throws(HostFileError) {
      if let guest = commandGuest { return try run(held, for: guest, by: keeper, in: &session) }
      let end: HoldEnd
      if let path = handOver.socket {
        let users = (try? handOver.users(on: session.machine)) ?? []
        end = try keeper.serve(
          HandOverMessage.messages(held.things, of: plan),
          at: path,
          to: users,
          isInputWatched: !isInputTaken
        ) { news in
          switch news {
          case .listening: session.write(HoldText.listening(path, users))
          case .refused, .lost: session.tell(HoldText.sentence(news))
          case .handedOver: session.write(HoldText.sentence(news))
          }
        }
      } else {
        if !session.isQuiet { session.write(HoldText.text(held.things, isInputWatched: !isInputTaken)) }
        end = try keeper.wait(isInputWatched: !isInputTaken)
      }
      return letGo(held, HoldText.words(end), in: &session)
    } catch {
      session.complain("'\(error.path)': \(FileFault.words(error.reason))")
      return .worst([letGo(held, nil, in: &session), .unreadable])
    }
  }

  /// What a hypervisor maps beside guest RAM, in bytes: ROMs and registers of devices.
  ///
  /// As much as libvirt 11.3 adds: src/qemu/qemu_domain.c, qemuDomainGetMemLockLimitBytes.
  private static let ownMemory: UInt64 = 1 << 30

  /// Runs the command; what became of it becomes of this program.
  private func run<Door: Machine>(
    _ held: any Held,
    for guest: GuestPlan,
    by keeper: Door.Keeping,
    in session: inout Session<Door>
  ) throws(HostFileError) -> ExitStatus {
    let descriptors = held.things.compactMap(\.number)
    let first = keeper.freeNumbers(descriptors.count)
    var findings: [Diagnostic] = []
    let words = CommandWords(guest, in: plan, first: first).expanded(handOver.command, &findings)
    if !session.isQuiet { session.tell(HoldText.numbers(held.things, first: first)) }
    var failures: LetGo?
    do throws(HostFileError) {
      let end = try keeper.run(
        PassingCommand(
          words: words,
          descriptors: descriptors,
          first: first,
          lockedMemory: guest.lockedMemory.parts.reduce(Application.ownMemory) { $0 + $1.bytes }
        )
      ) {
        // From here on it alone has them, and what it closes is closed.
        failures = held.letGo()
      }
      session.passedStatus =
        switch end {
        case .exited(let status): status
        // As shells say it.
        case .killed(let signal): 128 + signal
        }
    } catch {
      _ = held.letGo()
      session.complain("'\(error.path)' cannot be run: \(FileFault.words(error.reason))")
      // As 'env', 'nohup' and shells say it.
      session.passedStatus = error.reason == .absent ? 127 : 126
    }
    if let failures, !failures.failures.isEmpty { return told(failures, in: &session) }
    return .success
  }

  private func letGo<Door: Machine>(
    _ held: any Held,
    _ reason: String?,
    in session: inout Session<Door>
  ) -> ExitStatus {
    let outcome = held.letGo()
    guard outcome.failures.isEmpty else { return told(outcome, in: &session) }
    if !session.isQuiet {
      let start = reason.map { "\($0): " } ?? ""
      session.write("\(start)\(outcome.sentence); functions stay bound until 'vfioplan release'\n")
    }
    return .success
  }

  private func told<Door: Machine>(_ outcome: LetGo, in session: inout Session<Door>) -> ExitStatus {
    let findings = outcome.failures.map { error in
      Application.refusal(
        "\(error)",
        facts: ["letting go was refused", outcome.sentence],
        why: "the kernel gives back what is left when this program ends"
      )
    }
    session.tell(findings, in: texts, format: format)
    return .unrestored
  }
}
