"""Speaks to vfio-agent as its source describes; layouts are asked of the agent itself."""

import os
import pathlib
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "Sources/vfio-agent/vfio-agent.c"
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
MAGIC, VERSION, LIMIT = 0x67616676, 1, 4 << 20
ANSWERED, FAILED, REFUSED = 0, 1, 2
NO_LAYOUT, NO_OPERATION, NO_PATH, NO_KIND, NO_RANGE, NO_ROOM, NO_SIZE, NO_HELLO = range(1, 9)
STRUCTURE_ALONE = "UQzZcCoK"


def build(program, compiler="cc", *options):
    """Compiles the agent with every warning an error."""
    subprocess.run([compiler, *WARNINGS, *options, "-o", str(program), str(SOURCE)], check=True)
    return program


def operations(program):
    """The table of a program: name -> (number, layout of the arguments on the wire)."""
    lines = subprocess.run([program, "--operations"], check=True, capture_output=True, text=True).stdout
    table = {}
    for line in lines.splitlines():
        number, name, layout = (line + " ").split(" ")[:3]
        table[name] = (int(number), "".join(letter for letter in layout if letter not in STRUCTURE_ALONE))
    return table


def text(value):
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def pack(layout, arguments):
    """Arguments in the letters of a layout; `v` takes a pair of memory and offset."""
    parts = []
    for letter, value in zip(layout, arguments, strict=True):
        if letter in "duwmfanN":
            parts.append(struct.pack("<I", value))
        elif letter in "qlWSG":
            parts.append(struct.pack("<Q", value))
        elif letter == "h":
            parts.append(struct.pack("<H", value))
        elif letter == "v":
            parts.append(struct.pack("<IQ", *value))
        elif letter in "bi":
            parts.append(struct.pack("<I", len(value)) + value)
        elif letter == "D":
            parts.append(struct.pack(f"<I{len(value)}I", len(value), *value))
        else:
            parts.append(text(value))
    return b"".join(parts)


def frame(number, payload):
    return struct.pack("<IH", 2 + len(payload), number) + payload


class Ended(Exception):
    """The agent has ended."""


class Reply:
    def __init__(self, status, call, number, results):
        self.status, self.call, self.number, self.results = status, call, number, results

    @property
    def outcome(self):
        return (self.status, self.number)


class Agent:
    """An agent in a process of its own, or at the other end of a stream (`send`, `receive`)."""

    def __init__(self, program, table=None, greets=True):
        self.table = table or operations(program)
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if greets:
            assert self.call("hello", MAGIC, VERSION).outcome == (ANSWERED, 0)

    def send(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Ended from None

    def receive(self, count):
        data = self.process.stdout.read(count)
        if len(data) < count:
            raise Ended
        return data

    def exchange(self, data):
        self.send(data)
        return self.reply()

    def reply(self):
        (size,) = struct.unpack("<I", self.receive(4))
        body = self.receive(size)
        return Reply(*struct.unpack("<HHi", body[:8]), body[8:])

    def call(self, name, *arguments):
        number, layout = self.table[name]
        return self.exchange(frame(number, pack(layout, arguments)))

    def descriptors(self):
        """What the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        """Closes the stream; the exit status and what was said on the way."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        status = self.process.wait(timeout=20)
        said = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return status, said

    def let_go(self):
        """Ends it however it stands."""
        self.process.kill()
        self.process.wait()
        for stream in [self.process.stdin, self.process.stdout, self.process.stderr]:
            try:
                stream.close()
            except BrokenPipeError:
                pass
