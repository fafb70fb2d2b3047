import Diagnostics

/// Pages of what can be found while the drivers of a host are changed.
enum ChangePages {
  static let pages: [RulePage] =
    guards.map { page("guard-\($0.name)", .error, $0.summary, $0.why) }
    + [
      page(
        "plan-stale",
        .error,
        "the host is as it was when the plan was made",
        """
        A plan rests on facts: drivers, ids, members of groups, uses. Those that are no longer so are \
        listed, and nothing \
        is written. What the plan itself brought about is no difference, so it can be applied again.
        """
      ),
      page(
        "lock-held",
        .error,
        "one process at a time changes a host",
        "Two that bind the same functions would undo each other's work. The lock ends with the process that has it."
      ),
      page(
        "bind-without-effect",
        .error,
        "a function is bound after its driver was offered it",
        """
        'drivers_probe' reports success although no driver took the function, so it is read back. The \
        kernel's log says \
        what the probe of the driver met: no IOMMU group, a bridge, active virtual functions.
        """
      ),
      page(
        "driver-not-loaded",
        .error,
        "the driver a function is to have is loaded",
        "The kernel offers a function to drivers that are there and loads none by itself for an override."
      ),
      page(
        "record-unreadable",
        .error,
        "what was bound before can be read again",
        "Without it, functions could not be given back, so nothing is written before it has been read back."
      ),
      page(
        "device-changed-hands",
        .warning,
        "nobody else binds a function that was taken",
        "A function that is gone, or that somebody else has bound since, is left to him when functions are given back."
      ),
      page(
        "host-unreadable",
        .error,
        "what decides whether a function may be taken can be read",
        "What cannot be seen may be a use of the function: nobody knows is not the same as nobody uses it."
      ),
    ]

  private static let guards: [(name: String, summary: String, why: String)] = [
    (
      "root-disk", "the disk with the root file system stays with the host",
      """
      The kernel unbinds the disk under the root file system without a word, and nothing of the host \
      works after that.
      """
    ),
    (
      "mounted", "a mounted file system stays with the host",
      """
      The kernel unbinds the disk under a mounted file system, and binding it back does not repair the \
      mount. Found through partitions, volume groups, encrypted mappings, arrays and the several disks \
      of a btrfs.
      """
    ),
    (
      "swap", "a device with swap in use stays with the host",
      """
      Processes whose pages lie on the device die when they need them.
      """
    ),
    (
      "block-holder", "a disk that something is built on stays with the host",
      """
      A volume group, an encrypted mapping or an array loses a part, mounted or not, and may not come \
      back by itself.
      """
    ),
    (
      "ssh-interface", "the interface of the login in use stays with the host",
      """
      Who loses the login that the command runs in cannot undo anything. The interface is found by the \
      address of the login, through bonds, bridges and VLANs; where it cannot be found, every interface \
      that is up counts.
      """
    ),
    (
      "default-route", "the interface of the default route stays with the host",
      """
      The host loses the way to everything but its own networks.
      """
    ),
    (
      "bond-or-bridge-member", "a member of a bond or a bridge stays with the host",
      """
      What the bond or bridge serves loses a link: a cluster's network, the guests of the host.
      """
    ),
    (
      "boot-display", "the display the host booted on stays with the host",
      """
      The host's console goes dark, and the firmware may still own parts of the device.
      """
    ),
    (
      "console", "the console of the host stays with the host",
      """
      Text of the kernel and the login at the machine go there.
      """
    ),
    (
      "vfio-held", "a function whose VFIO descriptor is held stays with its holder",
      """
      An unbind of a function whose descriptor is open waits for its holder for ever, and the wait \
      cannot be interrupted. The finding names the process.
      """
    ),
    (
      "pf-with-vfs", "a physical function with virtual functions stays with its driver",
      """
      Virtual functions vanish with the driver of their parent, from whoever uses them; vfio-pci \
      refuses a parent that has some.
      """
    ),
    (
      "protected", "what the file protects is never taken",
      """
      The guest file says that it is never taken. Nothing on the command line changes that.
      """
    ),
  ]

  private static func page(_ id: String, _ severity: Severity, _ summary: String, _ rationale: String)
    -> RulePage
  {
    RulePage(id: id, kind: .report, severity: severity, summary: summary, rationale: rationale)
  }
}
