"""vfio-agent against frames of every kind: right ones, hostile ones, cut ones.

Run from the root: python3 -m unittest discover --start-directory Tests/Agent --top-level-directory Tests/Agent
"""

import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import threading
import tty
import unittest

import agent as lib
from agent import ANSWERED, FAILED, REFUSED, Agent, Ended

ENOENT, EBADF, EFAULT, ENOTDIR, EISDIR, EINVAL = 2, 9, 14, 20, 21, 22
SANITIZERS = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
EVENT = 5  # the node of `open` that is a counter
OURS = pathlib.Path("/run/vfioplan")


def lacks(what, message):
    """A skip that is a failure where everything is to be there."""
    if os.environ.get("CI") == "true":
        return lambda test: test
    print(f"SKIPPED: {what}: {message}")
    return unittest.skip(message)


def needs(tool):
    return (lambda test: test) if shutil.which(tool) else lacks(tool, f"{tool} is not installed")


def needs_root(test):
    return test if os.geteuid() == 0 else lacks("root", f"{OURS} belongs to root")(test)


class AgentTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        cls.plain = lib.build(folder / "vfio-agent", "cc", "-O2", "-static")
        cls.checked = lib.build(folder / "vfio-agent-checked", "cc", *SANITIZERS)
        cls.table = lib.operations(cls.plain)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def agent(self, program=None, **options):
        made = Agent(program or self.checked, self.table, **options)
        self.addCleanup(made.let_go)
        return made


class Building(AgentTests):
    def test_it_is_one_file_under_700_lines(self):
        lines = lib.SOURCE.read_text().splitlines()
        self.assertLess(len(lines), 700)
        self.assertLessEqual(max(map(len, lines)), 132)

    def test_it_is_built_by_the_line_at_its_head_and_in_the_readme(self):
        head = next(line for line in lib.SOURCE.read_text().splitlines() if line.startswith("//   cc "))
        words = head[2:].split()
        self.assertEqual(words[-1], lib.SOURCE.name)
        subprocess.run([*words[:-1], lib.SOURCE], check=True, cwd=self.folder.name)
        self.assertEqual(lib.operations(pathlib.Path(self.folder.name) / "vfio-agent"), self.table)
        options = " ".join(words[1:-1])
        self.assertIn(f"powerpc64le-linux-gnu-gcc {options} Sources/vfio-agent/vfio-agent.c", (lib.ROOT / "README.md").read_text())

    @needs("powerpc64le-linux-gnu-gcc")
    def test_it_compiles_for_POWER(self):
        lib.build(os.devnull, "powerpc64le-linux-gnu-gcc", "-O2", "-static")

    @needs("aarch64-linux-gnu-gcc")
    def test_it_compiles_for_ARM(self):
        lib.build(os.devnull, "aarch64-linux-gnu-gcc", "-O2", "-static")

    def test_no_memory_is_taken_in_the_loop(self):
        # Of the functions that take memory `getifaddrs` alone is called, before the first request.
        text = lib.SOURCE.read_text()
        for name in ["malloc(", "calloc(", "realloc(", "strdup(", "opendir(", "fopen(", "popen(", " system(", "alloca("]:
            self.assertNotIn(name, text, name)


class Conversation(AgentTests):
    def test_the_greeting_says_what_it_runs_on(self):
        agent = self.agent(greets=False)
        reply = agent.call("hello", lib.MAGIC, lib.VERSION)
        magic, version, page, limit = struct.unpack("<4I", reply.results[:16])
        self.assertEqual((magic, version, limit), (lib.MAGIC, lib.VERSION, lib.LIMIT))
        self.assertEqual(page, os.sysconf("SC_PAGESIZE"))
        self.assertEqual(
            reply.results[16:], os.uname().machine.encode() + b"\0" + os.uname().release.encode() + b"\0"
        )

    def test_another_version_is_answered_with_ours_and_the_end(self):
        agent = self.agent(greets=False)
        reply = agent.call("hello", lib.MAGIC, 2)
        self.assertEqual(reply.outcome, (REFUSED, lib.NO_HELLO))
        self.assertEqual(struct.unpack("<2I", reply.results[:8]), (lib.MAGIC, lib.VERSION))
        self.assertEqual(agent.end(), (0, ""))

    def test_nothing_is_done_before_the_greeting(self):
        agent = self.agent(greets=False)
        self.assertEqual(agent.call("open", EVENT, 0).outcome, (REFUSED, lib.NO_HELLO))
        with self.assertRaises(Ended):
            agent.reply()

    def test_lengths_that_make_no_frame_end_it(self):
        for length in [0, 1, lib.LIMIT + 1, 0x7FFFFFFF, 0xFFFFFFFF]:
            with self.subTest(length=length):
                agent = self.agent()
                agent.send(struct.pack("<I", length) + bytes(64))
                with self.assertRaises(Ended):
                    agent.reply()

    def test_a_stream_cut_at_any_byte_ends_it_with_everything_closed(self):
        def part(name, *arguments):
            number, layout = self.table[name]
            return lib.frame(number, lib.pack(layout, arguments))

        frames = [
            part("hello", lib.MAGIC, lib.VERSION), part("open", EVENT, 0), part("memory-allocate", 4096, 0, 0, 3),
            part("memory-fill", (0, 8), b"abc"), part("memory-read", (0, 8), 3), part("file-read", "/proc/cmdline", 4096),
            part("event-read", 0, 0), part("close", 0),
        ]
        whole = b"".join(frames)
        ends = [sum(map(len, frames[: count + 1])) for count in range(len(frames))]
        for length in range(len(whole)):
            process = subprocess.run([self.plain], input=whole[:length], capture_output=True, timeout=20)
            replies, rest = 0, process.stdout
            while rest:
                (size,) = struct.unpack("<I", rest[:4])
                self.assertGreaterEqual(len(rest), 4 + size)
                rest = rest[4 + size :]
                replies += 1
            self.assertEqual(replies, sum(end <= length for end in ends), length)
            self.assertEqual((process.returncode, process.stderr), (0, b""))

    def test_a_reader_that_has_gone_ends_it(self):
        agent = self.agent()
        agent.process.stdout.close()
        with self.assertRaises(Ended):
            for _ in range(100000):
                agent.send(lib.frame(self.table["open"][0], struct.pack("<II", EVENT, 0)))
        self.assertEqual(agent.process.wait(timeout=20), 0)


class Paths(AgentTests):
    OUTSIDE = [
        "", "/", ".", "sys", "etc/passwd", "/etc/passwd", "/etc/shadow", "/sys", "/sys/", "/sys/class/../../etc/passwd",
        "/sys/class/./net", "/sys//class/net", "/sys/class/net/", "/sys/class/net/..", "/proc/1/environ", "/proc/self/environ",
        "/proc/self/mem", "/proc/self/exe", "/proc/self/root/etc/passwd", "/proc/self/fd/0", "/proc/self/cwd", "/proc/kcore",
        "/proc/2/limits", "/sys/kernel/debug/x", "/sys/kernel/security", "/sys/firmware/efi/efivars", "/dev/mem",
        "/dev/../etc/passwd", "/run/vfioplan/../utmp", "/run/vfioplan/a/b", "/run/systemd", "/boot/vmlinuz", "/boot/config-/x",
        "/sysx", "/sys\n/class", "/run/vfioplan2", "/home", "/root/.ssh/authorized_keys", "/tmp/x", "/usr/bin/env",
    ]

    def test_other_paths_are_not_read(self):
        agent = self.agent()
        for path in self.OUTSIDE + ["/dev/null", "/dev/vfio/vfio", "/dev/zero", "/run/vfioplan"]:
            with self.subTest(path=path):
                self.assertEqual(agent.call("file-read", path, 4096).outcome, (REFUSED, lib.NO_PATH))

    def test_other_paths_are_not_looked_at(self):
        agent = self.agent()
        for path in self.OUTSIDE:
            if path == "/dev/mem":
                continue
            for name in ["file-names", "file-link", "file-resolve", "file-status"]:
                with self.subTest(path=path, name=name):
                    self.assertEqual(agent.call(name, path).outcome, (REFUSED, lib.NO_PATH))

    def test_other_paths_are_not_written(self):
        agent = self.agent()
        for path in self.OUTSIDE + ["/sys/class/net", "/sys/bus/pci/rescan", "/sys/bus/pci/devices/x/remove", "/dev/vfio/vfio",
                                    "/sys/bus/pci/drivers/x/new_id", "/sys/bus/usb/drivers/x/bind", "/sys/power/state",
                                    "/sys/bus/pci/devices/../rescan", "/sys/bus/pci/drivers/../drivers_autoprobe"]:
            with self.subTest(path=path):
                self.assertEqual(agent.call("attribute-write", path, "x").outcome, (REFUSED, lib.NO_PATH))
                self.assertEqual(agent.call("own-create", path, b"x").outcome, (REFUSED, lib.NO_PATH))
                self.assertEqual(agent.call("own-append", path, b"x").outcome, (REFUSED, lib.NO_PATH))
                for name in ["own-create-folder", "own-remove", "own-lock", "own-sync"]:
                    self.assertEqual(agent.call(name, path).outcome, (REFUSED, lib.NO_PATH))
                self.assertEqual(agent.call("own-rename", "/run/vfioplan/a", path).outcome, (REFUSED, lib.NO_PATH))
                self.assertEqual(agent.call("own-rename", path, "/run/vfioplan/a").outcome, (REFUSED, lib.NO_PATH))

    def test_a_nul_ends_no_path(self):
        agent = self.agent()
        number, _ = self.table["file-resolve"]
        for data in [b"/sys/class\0/../../etc\0", b"\0\0", b"/sys/class", b""]:
            with self.subTest(data=data):
                reply = agent.exchange(lib.frame(number, struct.pack("<H", len(data)) + data))
                self.assertEqual(reply.outcome, (REFUSED, lib.NO_LAYOUT))

    def test_what_it_shows_is_what_the_machine_shows(self):
        agent = self.agent()
        for path in ["/proc/meminfo", "/proc/sys/kernel/osrelease", "/proc/cpuinfo"]:
            head = agent.call("file-read", path, 1 << 20).results[:9]
            self.assertEqual(head, pathlib.Path(path).read_bytes()[:9])
        for path in ["/sys/class", "/sys/class/net", "/sys/bus/pci/devices", "/dev"]:
            with self.subTest(path=path):
                reply = agent.call("file-names", path)
                names = [name.decode() for name in reply.results.split(b"\0")[:-1]]
                self.assertEqual(sorted(names), sorted(os.listdir(path)))
        links = [path for path in pathlib.Path("/sys/class/net").iterdir() if path.is_symlink()][:3]
        for path in links:
            self.assertEqual(agent.call("file-link", str(path)).results.decode(), os.readlink(path))
            self.assertEqual(agent.call("file-resolve", str(path)).results.decode(), os.path.realpath(path))
        for path in ["/dev/null", "/sys/class/net", "/sys/class", "/proc/cmdline", "/dev/fd"]:
            reply, status = agent.call("file-status", path), os.lstat(path)
            self.assertEqual(
                struct.unpack("<IIIIQ", reply.results),
                (status.st_mode, status.st_uid, os.major(status.st_rdev), os.minor(status.st_rdev), status.st_size),
            )
        self.assertEqual(agent.call("file-status", "/sys/class/nowhere").outcome, (FAILED, ENOENT))
        self.assertEqual(agent.call("file-read", "/sys/class/net", 4096).outcome, (FAILED, EISDIR))
        self.assertEqual(agent.call("file-names", "/proc/cmdline").outcome, (FAILED, ENOTDIR))
        self.assertEqual(agent.call("file-read", "/proc/meminfo", 5).outcome, (REFUSED, lib.NO_SIZE))

    def test_a_word_is_all_an_attribute_takes(self):
        agent = self.agent()
        override = "/sys/bus/pci/drivers/no-such-driver/bind"
        for word in ["a b", "a\nb", "a\n", "x" * 65, "a/b", "ä"]:
            with self.subTest(word=word):
                self.assertEqual(agent.call("attribute-write", override, word).status, FAILED)
        # No such driver: the path is looked at first, and is right.
        self.assertEqual(agent.call("attribute-write", override, "0000:00:00.0").outcome, (FAILED, ENOENT))

    @needs_root
    def test_links_do_not_lead_out(self):
        agent = self.agent()
        OURS.mkdir(mode=0o700, exist_ok=True)
        link = OURS / f"test-link-{os.getpid()}"
        self.addCleanup(link.unlink)
        for target in ["/etc/hostname", "../../etc/hostname", "/proc/self/environ", "/proc/1/environ"]:
            link.symlink_to(target)
            with self.subTest(target=target):
                self.assertEqual(agent.call("file-read", str(link), 4096).outcome, (REFUSED, lib.NO_PATH))
                self.assertEqual(agent.call("own-create", str(link), b"x").status, FAILED)
                self.assertEqual(agent.call("own-append", str(link), b"x").status, FAILED)
                self.assertEqual(agent.call("own-lock", str(link)).status, FAILED)
                self.assertEqual(agent.call("file-resolve", str(link)).outcome, (REFUSED, lib.NO_PATH))
            link.unlink()
        link.symlink_to(link.name)
        self.assertEqual(agent.call("file-read", str(link), 4096).outcome, (FAILED, 40))

    @needs_root
    def test_a_link_laid_meanwhile_is_noticed(self):
        agent = self.agent(self.plain)
        OURS.mkdir(mode=0o700, exist_ok=True)
        place, ours, link = (OURS / f"test-{name}-{os.getpid()}" for name in ["place", "ours", "link"])
        theirs = pathlib.Path(self.folder.name) / "theirs"
        theirs.write_bytes(b"secret")
        ours.write_bytes(b"ours")
        is_over = threading.Event()

        def swap():
            while not is_over.is_set():
                link.symlink_to(theirs)
                os.rename(link, place)
                ours.write_bytes(b"ours")
                os.rename(ours, place)

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            for _ in range(20000):
                self.assertNotEqual(agent.call("file-read", str(place), 64).results, b"secret")
        finally:
            is_over.set()
            thread.join()
            for path in [place, ours, link]:
                path.unlink(missing_ok=True)

    @needs_root
    def test_a_record_is_kept_and_the_lock_is_one(self):
        first, second = self.agent(), self.agent()
        path = f"/run/vfioplan/test-{os.getpid()}"
        self.addCleanup(lambda: pathlib.Path(path).unlink(missing_ok=True))
        self.assertEqual(first.call("own-create-folder", "/run/vfioplan").outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-create", path + ".new", b"one").outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-append", path + ".new", b" two").outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-sync", path + ".new").outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-rename", path + ".new", path).outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-sync", "/run/vfioplan").outcome, (ANSWERED, 0))
        self.assertEqual(first.call("file-read", path, 64).results, b"one two")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        held = first.call("own-lock", path)
        self.assertEqual(held.outcome, (ANSWERED, 0))
        self.assertEqual(second.call("own-lock", path).outcome, (FAILED, 11))
        seen = [entry for entry in second.call("holders").results.split(b"\0") if entry == path.encode()]
        self.assertEqual(seen, [path.encode()])
        self.assertEqual(first.call("close", 0).outcome, (ANSWERED, 0))
        self.assertEqual(second.call("own-lock", path).outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-lock", path).outcome, (FAILED, 11))
        second.end()
        self.assertEqual(first.call("own-lock", path).outcome, (ANSWERED, 0))
        self.assertEqual(first.call("own-remove", path).outcome, (ANSWERED, 0))


class Things(AgentTests):
    def test_memory_is_reached_by_handle_and_offset_alone(self):
        agent = self.agent()
        self.assertEqual(agent.call("memory-allocate", 8192, 0, 0, 3).outcome, (ANSWERED, 0))
        self.assertEqual(agent.call("memory-allocate", 8192, 1, 0, 3).outcome, (ANSWERED, 1))
        for memory in [0, 1]:
            self.assertEqual(agent.call("memory-read", (memory, 4090), 12).results, bytes(12))
            self.assertEqual(agent.call("memory-fill", (memory, 4090), b"twelve bytes").outcome, (ANSWERED, 0))
            self.assertEqual(agent.call("memory-read", (memory, 4090), 12).results, b"twelve bytes")
        top = 2**64 - 1
        for memory, offset, length in [(0, 8192, 1), (0, 0, 8193), (0, top, 1), (0, 1, top), (2, 0, 0), (64, 0, 1), (2**32 - 2, 0, 1)]:
            with self.subTest(memory=memory, offset=offset, length=length):
                self.assertEqual(agent.call("memory-read", (memory, offset), length).outcome, (REFUSED, lib.NO_RANGE))
        # Memory that nobody has can be named, for a kernel to refuse it, and is no more than that.
        nowhere = 2**32 - 1
        self.assertEqual(agent.call("memory-read", (nowhere, 0), 8).outcome, (FAILED, EFAULT))
        self.assertEqual(agent.call("memory-fill", (nowhere, 1 << 20), b"a").outcome, (FAILED, EFAULT))
        self.assertEqual(agent.call("memory-read", (nowhere, (1 << 20) + 1), 8).outcome, (REFUSED, lib.NO_RANGE))
        self.assertEqual(agent.call("memory-release", nowhere).outcome, (REFUSED, lib.NO_RANGE))
        self.assertEqual(agent.call("memory-fill", (0, 8190), b"abc").outcome, (REFUSED, lib.NO_RANGE))
        self.assertEqual(agent.call("memory-protect", (0, 4096), 4096, 0).outcome, (ANSWERED, 0))
        self.assertEqual(agent.call("memory-read", (0, 4090), 12).outcome, (FAILED, EFAULT))
        self.assertEqual(agent.call("memory-fill", (0, 8191), b"a").outcome, (FAILED, EFAULT))
        self.assertEqual(agent.call("memory-release", 0).outcome, (ANSWERED, 0))
        self.assertEqual(agent.call("memory-release", 0).outcome, (REFUSED, lib.NO_RANGE))
        self.assertEqual(agent.call("memory-read", (0, 0), 1).outcome, (REFUSED, lib.NO_RANGE))
        self.assertEqual(agent.call("memory-allocate", 0, 0, 0, 3).outcome, (FAILED, EINVAL))

    def test_events_are_waited_for(self):
        agent = self.agent()
        self.assertEqual(agent.call("open", EVENT, 0).outcome, (ANSWERED, 0))
        self.assertEqual(agent.call("event-read", 0, 1).results, struct.pack("<Q", 0))
        self.assertEqual(agent.call("event-write", 0, 7).outcome, (ANSWERED, 8))
        self.assertEqual(agent.call("event-write", 0, 2).outcome, (ANSWERED, 8))
        self.assertEqual(agent.call("event-read", 0, 1000).results, struct.pack("<Q", 9))
        self.assertEqual(agent.call("event-read", 7, 1).outcome, (FAILED, EBADF))

    def test_what_is_not_open_is_left_to_the_kernel_and_what_is_of_another_kind_is_not(self):
        agent = self.agent()
        self.assertEqual(agent.call("open", EVENT, 0).outcome, (ANSWERED, 0))
        for name, (_, layout) in self.table.items():
            if not layout.startswith("d") or name in ["close", "event-read", "event-write"]:
                continue
            rest = [{"v": (0, 0), "b": b"", "i": b"", "D": [], "s": "", "a": 2**32 - 1}.get(letter, 0) for letter in layout[1:]]
            if "l" in layout:
                agent.call("memory-allocate", 4096, 0, 0, 3)
            with self.subTest(name=name):
                self.assertEqual(agent.call(name, 0, *rest).outcome, (REFUSED, lib.NO_KIND))
                outcome = agent.call(name, 200, *rest).outcome
                self.assertIn(outcome, [(FAILED, EBADF), (REFUSED, lib.NO_RANGE)])

    def test_tables_that_are_full_say_so(self):
        agent = self.agent()
        outcomes = [agent.call("open", EVENT, 0).outcome for _ in range(257)]
        self.assertEqual(outcomes, [(ANSWERED, handle) for handle in range(256)] + [(REFUSED, lib.NO_ROOM)])
        outcomes = [agent.call("memory-allocate", 4096, 0, 0, 3).outcome for _ in range(65)]
        self.assertEqual(outcomes, [(ANSWERED, handle) for handle in range(64)] + [(REFUSED, lib.NO_ROOM)])
        self.assertEqual(agent.descriptors(), 3 + 256)


class Hostility(AgentTests):
    """Ten thousand frames by chance, most of them nearly right."""

    SEED, COUNT = 20261125, 10000
    NUMBERS = [0, 1, 2, 3, 7, 8, 63, 64, 255, 256, 4095, 4096, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1]
    WIDE = NUMBERS + [2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 4096, 2**64 - 1]
    # No word here is the address of a function: this runs on somebody's machine.
    WORDS = ["", "x", "none", "a" * 64, "a" * 5000, "%s%n", "\x7f\x01", "../..", "-"]
    FILES = Paths.OUTSIDE + [
        "/sys/class", "/sys/class/net", "/sys/bus/pci/devices", "/proc/cmdline", "/proc/self/status", "/proc/meminfo",
        "/sys/bus/pci/drivers/no-such/bind", "/sys/bus/pci/drivers/no-such/unbind", "/sys/bus/pci/devices/no-such/driver_override",
        "/dev/vfio/vfio", "/dev", "/sys/class/" + "x" * 300, "/sys/class/" + "x/" * 2000 + "x", "/run/vfioplan/fuzz-a",
    ]

    def argument(self, chance, letter, name):
        if name == "event-read" and letter == "u":
            return chance.choice([0, 1])
        if letter in "duwmfanN":
            return chance.choice([chance.randrange(4), chance.choice(self.NUMBERS), chance.getrandbits(32)])
        if letter in "qlWSG":
            return chance.choice([chance.choice(self.WIDE), chance.getrandbits(64), chance.randrange(8192)])
        if letter == "h":
            return chance.getrandbits(16)
        if letter == "v":
            return (chance.choice([0, 1, chance.choice(self.NUMBERS)]), chance.choice(self.WIDE))
        if letter in "bi":
            return chance.randbytes(chance.choice([0, 1, 16, 20, 255, 4096, 70000]))
        if letter == "D":
            return [chance.choice(self.NUMBERS) for _ in range(chance.choice([0, 1, 2, 5, 300, 5000]))]
        return chance.choice(self.WORDS) if letter == "s" else chance.choice(self.FILES)

    def hostile(self, chance):
        name = chance.choice(list(self.table))
        number, layout = self.table[name]
        payload = lib.pack(layout, [self.argument(chance, letter, name) for letter in layout])
        match chance.randrange(8):
            case 0:
                payload = payload[: chance.randrange(len(payload) + 1)]
            case 1:
                payload += chance.randbytes(chance.randrange(1, 64))
            case 2 if name != "attribute-write":
                data = bytearray(payload)
                for _ in range(chance.randrange(1, 4)):
                    if data and name != "event-read":
                        data[chance.randrange(len(data))] = chance.getrandbits(8)
                payload = bytes(data)
            case 3:
                number, payload = chance.getrandbits(16) | 128, chance.randbytes(chance.randrange(300))
        return lib.frame(number, payload)

    def test_ten_thousand_hostile_frames_are_answered(self):
        chance = random.Random(self.SEED)
        agent = self.agent()
        statuses = {ANSWERED: 0, FAILED: 0, REFUSED: 0}
        for count in range(self.COUNT):
            data = self.hostile(chance)
            try:
                statuses[agent.exchange(data).status] += 1
            except Ended:
                self.fail(f"frame {count} of seed {self.SEED} ended it: {data[:80].hex()}\n{agent.end()[1]}")
        for handle in range(256):
            agent.call("close", handle)
        self.assertEqual(agent.descriptors(), 3, "nothing stays open")
        self.assertEqual(agent.end(), (0, ""), "the sanitizers have nothing to say")
        self.assertGreater(min(statuses.values()), self.COUNT // 50, "each kind of answer is met")

    def test_bytes_by_chance_end_it_quietly(self):
        chance = random.Random(self.SEED)
        for _ in range(200):
            data = chance.randbytes(chance.randrange(200))
            process = subprocess.run([self.checked], input=data, capture_output=True, timeout=20)
            self.assertEqual((process.returncode, process.stderr), (0, b""), data.hex())


class Devices(AgentTests):
    """The stream on a terminal, which stands for a port of a virtual machine: one session after the other."""

    def test_sessions_follow_each_other_on_a_device(self):
        ours, theirs = os.openpty()
        # What is written before the agent has it is echoed otherwise.
        tty.setraw(theirs)
        process = subprocess.Popen([self.plain, os.ttyname(theirs)], stderr=subprocess.PIPE)
        try:
            number, layout = self.table["hello"]
            hello = lib.frame(number, lib.pack(layout, [lib.MAGIC, lib.VERSION]))
            event = lib.frame(self.table["open"][0], struct.pack("<II", EVENT, 0))
            for _ in range(3):
                replies = []
                for data in [hello, event, event]:
                    os.write(ours, data)
                    replies.append(self.read_reply(ours))
                # Handles begin anew: nothing of the session before is left.
                self.assertEqual([reply[:2] for reply in replies], [(ANSWERED, 0), (ANSWERED, 0), (ANSWERED, 1)])
                # A terminal cannot be cut as a stream can: a length that makes no frame is the other end of a session.
                os.write(ours, struct.pack("<I", 0))
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            os.close(ours)
            os.close(theirs)

    def read_reply(self, stream):
        data = b""
        while len(data) < 4 or len(data) < 4 + struct.unpack("<I", data[:4])[0]:
            data += os.read(stream, 1 << 16)
        status, _, number = struct.unpack("<HHi", data[4:12])
        return status, number, data[12:]


if __name__ == "__main__":
    unittest.main()
