"""Debian packages of one suite, by a private apt that never touches the system's own state."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from lab import cache

SUITE = "trixie"

# Unpacked alone: what they depend on is for an installed system.
ALONE = ["busybox-static", "linux-libc-dev"]
# Unpacked with everything they need to run, as one tree with its own loader.
WITH_DEPENDENCIES = ["qemu-system-x86", "e2fsprogs", "zstd"]
KERNEL = "linux-image-amd64"


class Unavailable(Exception):
    """The packages cannot be had on this machine, with the reason."""


def system_codename() -> str:
    """The name of the suite this machine runs, as its own apt sources spell it."""
    for path in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if path.is_file():
            found = re.search(r"^VERSION_CODENAME=\"?([a-z]+)", path.read_text(), re.MULTILINE)
            if found:
                return found.group(1)
    raise Unavailable("the machine's release has no codename")


def suite_in(words: str, codename: str) -> str:
    """The suites of one source, moved from `codename` to the lab's; empty where none is Debian's own."""
    moved = [SUITE + word[len(codename):] for word in words.split() if re.fullmatch(codename + r"(-\w+)*", word)]
    return " ".join(moved)


def moved_stanza(stanza: str, codename: str) -> str | None:
    """A deb822 stanza of the machine with its suites moved, or None where it is another vendor's."""
    text = "".join(line + "\n" for line in stanza.splitlines() if not line.startswith("#"))
    # A field's value runs on over lines that begin with a blank: keys stand in the file that way.
    fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.MULTILINE))
    suites = suite_in(fields.get("Suites", ""), codename)
    if not suites or "deb" not in fields.get("Types", "").split() or fields.get("Enabled") == "no":
        return None
    fields.update(Types="deb", Suites=suites, Architectures="amd64")
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def moved_line(line: str, codename: str) -> str | None:
    """A one-line source of the machine as a stanza with its suite moved, or None."""
    found = re.fullmatch(r"deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
    suites = suite_in(found.group(3), codename) if found else ""
    if not suites:
        return None
    stanza = f"Types: deb\nURIs: {found.group(2)}\nSuites: {suites}\nComponents: {found.group(4)}\n"
    signed = re.search(r"signed-by=(\S+)", found.group(1) or "")
    return stanza + "Architectures: amd64\n" + (f"Signed-By: {signed.group(1)}\n" if signed else "")


def sources() -> str:
    """The machine's own Debian sources, pointed at the lab's suite."""
    codename = system_codename()
    stanzas = []
    for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        stanzas += [moved_stanza(text, codename) for text in re.split(r"\n\s*\n", path.read_text())]
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt").glob("sources.list.d/*.list"))]:
        if path.is_file():
            stanzas += [moved_line(line, codename) for line in path.read_text().splitlines()]
    found = [stanza for stanza in stanzas if stanza]
    if not found:
        raise Unavailable("the machine's apt sources name no Debian suite to derive from")
    return "\n".join(found)


class Apt:
    """apt-get with lists, cache and status of its own; the machine's proxies and keys still hold."""

    def __init__(self, home: Path):
        self.home = home
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Unavailable("apt-get or dpkg-deb is missing")
        for name in ("lists/partial", "cache/archives/partial", "sources"):
            (home / name).mkdir(parents=True, exist_ok=True)
        (home / "status").touch()
        (home / "sources/lab.sources").write_text(sources())
        (home / "apt.conf").write_text(
            f'Dir::State "{home}"; Dir::State::lists "{home}/lists"; Dir::State::status "{home}/status";\n'
            f'Dir::Cache "{home}/cache"; Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{home}/sources";\n'
            'Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";\n'
            'Acquire::Languages "none"; Acquire::Retries "3"; Acquire::http::Timeout "30"; Debug::NoLocking "true";\n'
            'APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "false";\n'
            'APT::Sandbox::User "root"; APT::Keep-Downloaded-Packages "true"; Dpkg::Use-Pty "false";\n'
        )

    def run(self, *words: str, folder: Path | None = None) -> str:
        """The output of one apt command; its failure means that the packages cannot be had."""
        environment = dict(os.environ, APT_CONFIG=str(self.home / "apt.conf"), LC_ALL="C")
        done = subprocess.run(words, cwd=folder or self.home, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Unavailable(f"{' '.join(words[:3])}: {''.join(last)}")
        return done.stdout

    def update(self):
        """Reads the suite's signed lists anew; a list that could not be had is an error, not a warning."""
        self.run("apt-get", "update", "-qq", "--error-on=any")

    def kernel_package(self) -> str:
        """The package behind the kernel's metapackage, whose name moves with each version."""
        text = self.run("apt-cache", "depends", KERNEL)
        found = re.search(r"Depends: (linux-image-[0-9]\S+)", text)
        if not found:
            raise Unavailable(f"{KERNEL} names no kernel in {SUITE}")
        return found.group(1)

    def version(self, name: str) -> str:
        """The version of a package that this suite would install."""
        found = re.search(r"^  Candidate: ([^(\s]+)$", self.run("apt-cache", "policy", name), re.MULTILINE)
        if not found:
            raise Unavailable(f"{SUITE} has no package {name}")
        return found.group(1)

    def closure(self, names: list[str]) -> list[Path]:
        """Downloads packages with all they depend on; apt verifies each, and resumes what was cut off."""
        words = ["apt-get", "install", "-y", "-qq", "--download-only", *names]
        wanted = [line.split()[1] for line in self.run(*words, "--print-uris").splitlines() if line.startswith("'")]
        self.run(*words)
        return [self.home / "cache/archives" / name for name in wanted]

    def alone(self, name: str) -> Path:
        """Downloads one package without what it depends on; apt verifies it."""
        target = self.home / "alone"
        target.mkdir(exist_ok=True)
        self.run("apt-get", "download", name, folder=target)
        version = self.version(name).replace(":", "%3a")
        return next(target.glob(f"{name}_{version}_*.deb"))


def unpack(archives: list[Path], target: Path):
    """Unpacks archives into one tree, without running any of their scripts."""
    # Debian's merged /usr: archives that still ship /lib or /bin write through these links.
    for name in ("bin", "sbin", "lib", "lib64"):
        (target / "usr" / name).mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to(f"usr/{name}")
    for archive in archives:
        listing = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE)
        # No owners and no device nodes: an ordinary user may fill the cache.
        subprocess.run(
            ["tar", "-x", "-C", target, "--no-same-owner", "--keep-directory-symlink"],
            stdin=listing.stdout, check=True,
        )
        if listing.wait() != 0:
            raise Unavailable(f"{archive.name} does not unpack")


def fetch(update: bool) -> dict[str, Path]:
    """The trees `kernel`, `tools` and `alone`, from the cache, or downloaded where they are not there yet.

    The versions taken are remembered beside the trees: a warm run asks nobody. `update` looks for newer ones.
    """
    record = cache.root() / "versions"
    if record.is_file() and not update:
        trees = dict(line.split(" ", 1) for line in record.read_text().splitlines())
        found = {name: cache.root() / key for name, key in trees.items()}
        if all(path.is_dir() for path in found.values()):
            return found
    apt = Apt(cache.root() / "apt")
    apt.update()
    kernel = apt.kernel_package()
    wanted = {
        "kernel": (f"{kernel}_{apt.version(kernel)}", lambda: [apt.alone(kernel)]),
        "tools": (
            "_".join(f"{name}_{apt.version(name)}" for name in WITH_DEPENDENCIES),
            lambda: apt.closure(WITH_DEPENDENCIES),
        ),
        "alone": ("_".join(f"{name}_{apt.version(name)}" for name in ALONE), lambda: [apt.alone(n) for n in ALONE]),
    }
    found = {}
    for name, (version, archives) in wanted.items():
        key = f"trees/{version}".replace(":", "%3a")
        found[name] = cache.folder(key, lambda part: unpack(archives(), part))
    temporary = record.with_suffix(".part")
    temporary.write_text("".join(f"{name} {path.relative_to(cache.root())}\n" for name, path in found.items()))
    temporary.rename(record)
    # The archives have served: the trees are what later runs read.
    shutil.rmtree(apt.home)
    return found
