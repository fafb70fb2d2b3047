"""Debian packages of one suite, by a private apt that never touches the system's own state."""

import enum
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import cache

SUITE = "trixie"
# The machine's own architecture; packages of another one are unpacked for a guest and never run here.
NATIVE = "amd64"


class Extent(enum.Enum):
    """How much comes with the packages of a tree."""

    # Nothing: what they depend on is for an installed system.
    ALONE = enum.auto()
    # Everything they need to run, with its own loader.
    WITH_DEPENDENCIES = enum.auto()
    # The kernel a metapackage depends on, whose name moves with each version.
    KERNEL = enum.auto()
    # What modules of the lab's kernel are built with: its headers, its build programs, and part of its source.
    BUILD = enum.auto()


@dataclass(frozen=True)
class Tree:
    """Packages unpacked into one folder."""

    architecture: str
    extent: Extent
    packages: tuple[str, ...]


# What the lab takes, by the name it has here.
TREES = {
    "kernel": Tree(NATIVE, Extent.KERNEL, ("linux-image-amd64",)),
    "build": Tree(NATIVE, Extent.BUILD, ("kernel",)),
    "tools": Tree(NATIVE, Extent.WITH_DEPENDENCIES, ("qemu-system-x86", "e2fsprogs", "zstd")),
    "alone": Tree(NATIVE, Extent.ALONE, ("busybox-static", "linux-libc-dev")),
    "arm": Tree("arm64", Extent.KERNEL, ("linux-image-arm64",)),
    "arm-alone": Tree("arm64", Extent.ALONE, ("busybox-static",)),
    "power-64k": Tree("ppc64el", Extent.KERNEL, ("linux-image-powerpc64le-64k",)),
    "power-4k": Tree("ppc64el", Extent.KERNEL, ("linux-image-powerpc64le",)),
    "power-alone": Tree("ppc64el", Extent.ALONE, ("busybox-static",)),
}


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


@dataclass(frozen=True)
class Target:
    """Where the machine's sources are moved to."""

    suite: str
    architecture: str

    def suites(self, words: str, codename: str) -> str:
        """The suites of one source, moved from `codename`; empty where none is Debian's own.

        Of another architecture the release alone is taken: the lists of its updates are the ones that mirrors
        keep least well, and a kernel that moves only with a point release keeps its table of answers longer.
        """
        own = [word for word in words.split() if re.fullmatch(codename + r"(-\w+)*", word)]
        wanted = own if self.architecture == NATIVE else [word for word in own if word == codename]
        return " ".join(self.suite + word[len(codename):] for word in wanted)


def moved_stanza(stanza: str, codename: str, target: Target) -> str | None:
    """A deb822 stanza of the machine with its suites moved, or None where it is another vendor's."""
    text = "".join(line + "\n" for line in stanza.splitlines() if not line.startswith("#"))
    # A field's value runs on over lines that begin with a blank: keys stand in the file that way.
    fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.MULTILINE))
    suites = target.suites(fields.get("Suites", ""), codename)
    if not suites or "deb" not in fields.get("Types", "").split() or fields.get("Enabled") == "no":
        return None
    fields.update(Types="deb", Suites=suites, Architectures=target.architecture)
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def moved_line(line: str, codename: str, target: Target) -> str | None:
    """A one-line source of the machine as a stanza with its suite moved, or None."""
    found = re.fullmatch(r"deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line.strip())
    suites = target.suites(found.group(3), codename) if found else ""
    if not suites:
        return None
    stanza = f"Types: deb\nURIs: {found.group(2)}\nSuites: {suites}\nComponents: {found.group(4)}\n"
    signed = re.search(r"signed-by=(\S+)", found.group(1) or "")
    return stanza + f"Architectures: {target.architecture}\n" + (f"Signed-By: {signed.group(1)}\n" if signed else "")


def sources(target: Target) -> str:
    """The machine's own Debian sources, pointed at a suite and an architecture."""
    codename = system_codename()
    stanzas = []
    for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        stanzas += [moved_stanza(text, codename, target) for text in re.split(r"\n\s*\n", path.read_text())]
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt").glob("sources.list.d/*.list"))]:
        if path.is_file():
            stanzas += [moved_line(line, codename, target) for line in path.read_text().splitlines()]
    found = [stanza for stanza in stanzas if stanza]
    if not found:
        raise Unavailable("the machine's apt sources name no Debian suite to derive from")
    return "\n".join(found)


class Apt:
    """apt-get with lists, cache and status of its own; the machine's proxies and keys still hold."""

    def __init__(self, home: Path, architecture: str):
        self.home = home
        self.architecture = architecture
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Unavailable("apt-get or dpkg-deb is missing")
        for name in ("lists/partial", "cache/archives/partial", "sources"):
            (home / name).mkdir(parents=True, exist_ok=True)
        (home / "status").touch()
        (home / "apt.conf").write_text(
            f'Dir::State "{home}"; Dir::State::lists "{home}/lists"; Dir::State::status "{home}/status";\n'
            f'Dir::Cache "{home}/cache"; Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{home}/sources";\n'
            'Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";\n'
            'Acquire::Languages "none"; Acquire::Retries "3"; Acquire::http::Timeout "30"; Debug::NoLocking "true";\n'
            f'APT::Architecture "{architecture}"; APT::Architectures {{ "{architecture}"; }};\n'
            'APT::Install-Recommends "false"; APT::Sandbox::User "root"; APT::Keep-Downloaded-Packages "true";\n'
            'Dpkg::Use-Pty "false";\n'
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
        """Reads the suite's signed lists anew; a list that could not be had is an error, not a warning.

        A mirror may hold lists that are older than the index it serves under the codename, and serve the index
        that belongs to them under the suite's other name: either is signed, and either will do.
        """
        try:
            self._read_lists(SUITE)
        except Unavailable as reason:
            try:
                self._read_lists("stable")
            except Unavailable:
                raise reason from None
            released = re.findall(r"^Codename: (\S+)", self._indexes(), re.MULTILINE)
            if not released or any(name.split("-")[0] != SUITE for name in released):
                raise reason from None

    def _read_lists(self, suite: str):
        (self.home / "sources/lab.sources").write_text(sources(Target(suite, self.architecture)))
        self.run("apt-get", "update", "-qq", "--error-on=any")

    def _indexes(self) -> str:
        return "".join(path.read_text() for path in (self.home / "lists").glob("*_InRelease"))

    def kernel_package(self, metapackage: str) -> str:
        """The package behind a kernel's metapackage, whose name moves with each version."""
        text = self.run("apt-cache", "depends", metapackage)
        found = re.search(r"Depends: (linux-image-[0-9]\S+)", text)
        if not found:
            raise Unavailable(f"{metapackage} names no kernel in {SUITE}")
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

    def alone(self, wanted: str) -> Path:
        """Downloads one package, `NAME` or `NAME=VERSION`, without what it depends on; apt verifies it."""
        target = self.home / "alone"
        target.mkdir(exist_ok=True)
        self.run("apt-get", "download", wanted, folder=target)
        name, _, version = wanted.partition("=")
        return next(target.glob(f"{name}_{(version or self.version(name)).replace(':', '%3a')}_*.deb"))


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


def built_with(kernel: Path) -> list[str]:
    """The packages that modules of a kernel are built with, of the very version of its tree."""
    release, version = re.fullmatch(r"linux-image-(.+)-\w+_([^_]+)", kernel.name).groups()
    headers = kernel.name.split("_")[0].replace("image", "headers")
    series = re.match(r"\d+\.\d+", release).group()
    names = [headers, f"linux-headers-{release}-common", f"linux-kbuild-{release}", f"linux-source-{series}"]
    return [f"{name}={version}" for name in names]


def keep_part_of_source(tree: Path):
    """Leaves of the kernel's source, in `source`, what modules are built from: a hundredth of it."""
    (archive,) = tree.glob("usr/src/linux-source-*.tar.xz")
    (tree / "source").mkdir()
    folder = archive.name.removesuffix(".tar.xz")
    wanted = [f"{folder}/{name}" for name in ("drivers/iommu", "drivers/vfio", "lib/interval_tree.c")]
    words = ["tar", "-x", "-J", "-f", archive, "-C", tree / "source", "--strip-components=1", "--no-same-owner", *wanted]
    subprocess.run(words, check=True)
    archive.unlink()


def take(apt: Apt, tree: Tree, found: dict[str, Path]) -> Path:
    """The tree in the cache, by the versions that apt has now; downloaded and unpacked where it is not there."""
    if tree.extent is Extent.BUILD:
        kernel = found[tree.packages[0]]

        def fill_build(part: Path):
            unpack([apt.alone(name) for name in built_with(kernel)], part)
            keep_part_of_source(part)

        return cache.folder(f"trees/build-{kernel.name}", fill_build)
    names = [apt.kernel_package(name) for name in tree.packages] if tree.extent is Extent.KERNEL else tree.packages
    # Packages of the machine's own architecture need no word for it.
    mark = "" if tree.architecture == NATIVE else f"_{tree.architecture}"
    key = "trees/" + "_".join(f"{name}_{apt.version(name)}" for name in names).replace(":", "%3a") + mark

    def fill(part: Path):
        whole = tree.extent is Extent.WITH_DEPENDENCIES
        unpack(apt.closure(list(names)) if whole else [apt.alone(name) for name in names], part)

    return cache.folder(key, fill)


def fetch(update: bool) -> dict[str, Path]:
    """Every tree by its name, from the cache, or downloaded where it is not there yet.

    The versions taken are remembered beside the trees: a warm run asks nobody. `update` looks for newer ones.
    """
    record = cache.root() / "versions"
    lines = record.read_text().splitlines() if record.is_file() and not update else []
    remembered = {name: cache.root() / key for name, key in (line.split(" ", 1) for line in lines)}
    found = {name: path for name, path in remembered.items() if name in TREES and path.is_dir()}
    if "kernel" not in found:
        # Another version may come in its place.
        found.pop("build", None)
    for architecture in dict.fromkeys(tree.architecture for name, tree in TREES.items() if name not in found):
        apt = Apt(cache.root() / f"apt-{architecture}", architecture)
        apt.update()
        for name, tree in TREES.items():
            if tree.architecture == architecture and name not in found:
                found[name] = take(apt, tree, found)
        # The archives have served: the trees are what later runs read.
        shutil.rmtree(apt.home)
    if found != remembered:
        temporary = record.with_suffix(".part")
        temporary.write_text("".join(f"{name} {path.relative_to(cache.root())}\n" for name, path in found.items()))
        temporary.rename(record)
    return found
