import ArgumentBackends
import ArgumentParser

/// The words of `compile`.
struct CompileCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Check a guest file and print its plan; 'vfioplan FILE' does the same.",
    discussion: """
      Findings are written to standard error, the plan to standard output. Nothing on the host is changed without \
      '--apply'.

      WHAT IS PRINTED ('--emit'):
        plan        the plan for a person to read; with '--verbose' each decision and its reason
        plan-json   the same as a document: exactly what is carried out
        steps       what the VFIO core does, in order
        qemu        a fragment of arguments for QEMU: machine, memory, guest IOMMU, bridges, ports, devices
        none        nothing; the findings alone

      '--out FILE' alone saves the plan as a document and still prints it for a person; together with '--emit' it \
      writes what is emitted. The file is written whole or not at all.

      WHICH HOST ('--host'):
        live        this machine
        FILE        a snapshot of 'vfioplan host snapshot'
        DIR         a saved tree: a folder that holds 'sys', 'proc' and 'dev'
        none        no host at all
      '--via' leads to another, which is live then: 'ssh p9 vfio-agent' and the like, run without a shell.
      Where it is left out, the snapshot the file names: 'host.snapshot', below the file's own folder.

      CARRYING IT OUT ('--apply=LEVEL', on this machine, as root):
        bind        functions are bound to their drivers: all of them, or none
        prove       then groups are opened, containers built and their edges mapped and unmapped; then all is let go
        hold        then all of it is kept, with guest RAM mapped where the plan says so, or handed over
      '--apply' alone is '--apply=prove'. What the host lives on is never taken: guards look before the first write. \
      Bindings end with a reboot; 'vfioplan release' gives everything back before.

      HOLDING AND HANDING OVER ('--apply=hold'):
      Alone, it holds until SIGINT, SIGTERM or SIGHUP, or until standard input ends where that is a pipe or a socket. Then \
      all is given back in reverse; functions stay bound.

      '-- COMMAND WORD...' runs a hypervisor, without a shell, with what it takes opened: /dev/iommu, and the nodes of the \
      guest's devices, each opened anew after the proof and bound to nothing. So it needs no privilege: put 'setpriv' or \
      'runuser' before it. In its words stand
        {iommufd}                   the number of the open /dev/iommu
        {fd:NAME}, {fd:ADDRESS}     the number of a device
        {qemu}                      as a word of its own: all that '--emit qemu' prints, with the numbers in it
      All other braces are its own. Numbers begin at 3, above those that were left open for it, in the order: iommufd, then \
      the devices as in the plan; there is no LISTEN_FDS, since no hypervisor reads it. It may lock the memory the plan says it \
      needs, and 1 GiB for ROMs and registers. Its standard streams, environment and exit status are passed on; one that a signal ended exits with 128 and \
      the signal, one that is not found with 127. Containers and groups cannot be handed to a hypervisor: \
      'vfioplan explain fd-handover-legacy-impossible'.

      '--socket PATH' gives everything that is held, containers, groups and guest RAM too, to the first program of the right \
      user that comes to a SOCK_SEQPACKET socket, by SCM_RIGHTS, and holds until that closes it. The right user is root, or the \
      one who started this (SUDO_UID under sudo), or '--peer'; the kernel says who it is. A message is a JSON document; each of \
      its 'things' names by 'descriptor' its place among the descriptors of the message, and where 'more' is true another follows.

      EXAMPLES:
        vfioplan db1.yaml
        vfioplan db1.yaml --apply --dry-run
        vfioplan db1.yaml --apply
        vfioplan db1.yaml --apply=hold -- setpriv --reuid=qemu --clear-groups qemu-system-x86_64 {qemu} -name db1
        vfioplan db1.yaml --apply=hold --socket /run/db1.sock --peer vmm
        vfioplan db1.yaml --host live --detailed-exitcode
        vfioplan db1.yaml --out db1.plan.json
        vfioplan db1.yaml --emit qemu --annotate
        vfioplan guests.yaml --emit qemu --guest db1 --form shell --out db1.sh
        vfioplan db1.yaml --apply --via 'ssh p9 sudo vfio-agent'
        generate | vfioplan - --host p9.json
      """
  )

  @ArgumentParser.Argument(help: ArgumentHelp("The guest file; '-' is standard input.", valueName: "file"))
  var file: String

  @Option(
    help: ArgumentHelp("What is printed: plan, plan-json, steps, qemu, none.", valueName: "what"),
    transform: { word in try heard { () throws(UsageFault) in try CompileVerb.emission(word) } }
  )
  var emit: Emission?

  @Flag(help: "Say with each argument, or decision, where it comes from and why.")
  var annotate = false

  @Option(help: ArgumentHelp("Print the part of this guest only; all are checked.", valueName: "name"))
  var guest: [String] = []

  @Option(help: ArgumentHelp("Write to this file, whole or not at all.", valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp("How arguments are laid out: lines, line, shell, json.", valueName: "form"),
    transform: { word in try heard { () throws(UsageFault) in try CompileVerb.word(word) } }
  )
  var form = ArgumentForm.lines

  @Option(
    help: ArgumentHelp(
      "How devices are spelled: json, comma; what the version reads where it is left out.",
      valueName: "form"
    ),
    transform: { word in try heard { () throws(UsageFault) in try CompileVerb.word(word) } }
  )
  var properties: PropertyForm?

  @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 3 where drivers would be changed.")
  var isExitCodeDetailed = false

  @Option(
    help: ArgumentHelp(
      "Carry the plan out on this machine: '--apply', or '--apply=bind' for the drivers alone.",
      valueName: "level"
    )
  )
  var apply: ApplyLevel?

  @OptionGroup var application: ApplyOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var finding: FindingOptions
  @OptionGroup var limit: LimitOptions
  @OptionGroup var far: ViaOptions
  @OptionGroup var display: DisplayOptions

  func verb() throws -> CompileVerb {
    CompileVerb(
      file: file,
      emit: emit,
      isAnnotated: annotate,
      guests: guest,
      out: out,
      form: form,
      properties: properties,
      isExitCodeDetailed: isExitCodeDetailed,
      apply: apply,
      application: application.style,
      host: host.host,
      finding: finding.style,
      limits: try limit.limits(),
      via: far.via,
      display: display.display
    )
  }
}
