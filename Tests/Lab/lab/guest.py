"""A guest that is spoken to from outside: the machine as it runs, a shell in it, and a place to record what was found."""

import socket
import subprocess
import time
from pathlib import Path


SHELL_PORT = 1
# As many agents as cases ask at one time.
AGENT_PORTS = (2, 3, 4, 5)


class Lost(Exception):
    """The guest did not answer, with the reason."""


class Guest:
    """A running machine; leaving it as a context ends it."""

    def __init__(self, words: list[str], seconds: int, scratch: Path):
        self.console, self._said = scratch / "console", scratch / "qemu"
        self._shell = scratch / "shell"
        self._words = [*words, "-display", "none", "-monitor", "none", "-no-reboot", "-serial", f"file:{self.console}"]
        # Ports by their numbers in the guest, where 0 is kept for a console.
        self.ports = {number: scratch / f"agent{number}" for number in AGENT_PORTS}
        for number, path in {SHELL_PORT: self._shell, **self.ports}.items():
            self._words += ["-chardev", f"socket,id=port{number},path={path},server=on,wait=off"]
            self._words += ["-device", f"virtserialport,bus=serial.0,nr={number},chardev=port{number}"]
        self._end = time.monotonic() + seconds
        self._rest = b""

    def __enter__(self):
        self._output = open(self._said, "w")
        self._process = subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output
        )
        self._line = socket.socket(socket.AF_UNIX)
        try:
            while not self._connected():
                time.sleep(0.02)
            # What the guest's first process writes once the modules are loaded.
            self._answer()
        except Lost:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        try:
            self._line.sendall(b"poweroff -f\n")
            self._process.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._line.close()
        self._output.close()

    def complaints(self) -> list[str]:
        """What the emulator itself said."""
        return self._said.read_text(errors="backslashreplace").splitlines() if self._said.exists() else []

    def remaining(self) -> float:
        """The seconds that are left of the guest's time."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Lost("the guest's time is over")
        return left

    def run(self, command: str) -> tuple[int, list[str]]:
        """The status and the lines of a command of the guest's shell, given as one line."""
        try:
            self._line.sendall(command.encode() + b"\n")
        except OSError as reason:
            raise Lost(f"the guest's shell is gone: {reason}") from None
        return self._answer()

    def say(self, command: str) -> list[str]:
        """The lines of a command that must succeed."""
        status, lines = self.run(command)
        if status != 0:
            raise Lost(f"`{command}` ended with status {status}: {' / '.join(lines)}")
        return lines

    def serve(self, port: int, user: tuple[int, int] | None = None) -> Path:
        """The socket of a new agent: root's, or that of a user with so many bytes to lock."""
        self.say(" ".join(["serve", str(port), *map(str, user or ())]))
        return self.ports[port]

    def quiet(self, port: int):
        """Ends an agent; what it held is given back."""
        self.say(f"quiet {port}")

    def _connected(self) -> bool:
        if self._process.poll() is not None:
            raise Lost(f"the emulator ended with status {self._process.returncode}")
        self.remaining()
        try:
            self._line.connect(str(self._shell))
        except OSError:
            return False
        return True

    def _answer(self) -> tuple[int, list[str]]:
        lines = []
        while True:
            line = self._next_line()
            if line.startswith("@ "):
                return int(line[2:]), lines
            lines.append(line.removeprefix("= "))

    def _next_line(self) -> str:
        while b"\n" not in self._rest:
            self._line.settimeout(self.remaining())
            try:
                more = self._line.recv(65536)
            except OSError:
                raise Lost("the guest's shell did not answer in time") from None
            if not more:
                raise Lost("the guest's shell is gone")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "backslashreplace")
