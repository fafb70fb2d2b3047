"""iommufd and VFIO's modules built anew for the stock kernel: no Debian kernel has iommufd, whose modules could be loaded."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from lab import cache
from lab.programs import NoCompiler
from lab.tools import Tools

# What the configuration of the kernel lacks. All but the first are parts of the modules built here.
OPTIONS = ["IOMMUFD=m", "IOMMUFD_DRIVER=y", "VFIO_DEVICE_CDEV=y", "VFIO_NOIOMMU=y", "INTERVAL_TREE_SPAN_ITER=y"]
# What the configuration says of the compiler that built the kernel, and an older one does not know.
OF_THE_COMPILER = "CC_HAS_MIN_FUNCTION_ALIGNMENT"
FOLDERS = ["drivers/iommu/iommufd", "drivers/vfio"]


def build(source: Path, tools: Tools) -> Path:
    """A folder of modules, by name; `source` is a tree of headers, build programs and source of one kernel."""
    compiler = os.environ.get("CC") or "cc"
    for program in (compiler, "make"):
        if not shutil.which(program):
            raise NoCompiler(f"no '{program}' to build the kernel's modules with")
    mark = cache.digest(source.name.encode(), Path(__file__).read_bytes())

    def fill(part: Path):
        work = part / "work"
        prepare(source, work, tools)
        symbols = ""
        for folder in FOLDERS:
            words = ["make", "-s", "-C", work / "out", f"M={work / 'source' / folder}", f"-j{os.cpu_count()}", "modules"]
            # The output is for whoever looks for a reason: the order of its lines differs from run to run.
            done = subprocess.run([*words, f"CC={compiler}", f"KBUILD_EXTRA_SYMBOLS={symbols}"], capture_output=True, text=True)
            if done.returncode != 0:
                raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)
            symbols = work / "source" / folder / "Module.symvers"
        for module in (work / "source").rglob("*.ko"):
            subprocess.run(["strip", "-g", module], check=True)
            module.rename(part / module.name)
        shutil.rmtree(work)

    return cache.folder(f"modules/{source.name}_{mark}", fill)


def prepare(source: Path, work: Path, tools: Tools):
    """Lays out what the kernel's own makefiles want to find: `out` for its configuration, `common`, `kbuild`, `source`."""
    (kbuild,) = source.glob("usr/lib/linux-kbuild-*")
    (out,) = (path for path in source.glob("usr/src/linux-headers-*") if not path.name.endswith("-common"))
    (common,) = source.glob("usr/src/linux-headers-*-common")
    for name, folder in {"kbuild": kbuild, "out": out, "common": common, "source": source / "source"}.items():
        shutil.copytree(folder, work / name, symlinks=True)
    for name in ("out", "common"):
        for link in ("scripts", "tools"):
            (work / name / link).unlink()
            (work / name / link).symlink_to(f"../kbuild/{link}")
    # Type information would want one more program; modules do without.
    (work / "out/vmlinux").unlink()
    (work / "out/Makefile").write_text(f"include {work}/common/Makefile\n")
    variables = work / "out/.kernelvariables"
    # The rest of these lines names the compiler of the kernel's suite.
    kept = [line for line in variables.read_text().splitlines() if re.match("override (ARCH|KERNELRELEASE) ", line)]
    variables.write_text("".join(f"{line}\n" for line in kept))
    for path in (work / "kbuild").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"\x7fELF"):
            tools.wrap(path)
    configure(work / "out/include")
    include_what_the_kernel_lacks(work / "source")


def configure(include: Path):
    """Changes the configuration where the makefiles and the compiler read it."""
    values, macros = include / "config/auto.conf", include / "generated/autoconf.h"
    lines = [line for line in values.read_text().splitlines() if not line.startswith(f"CONFIG_{OF_THE_COMPILER}=")]
    values.write_text("\n".join(lines + [f"CONFIG_{option}" for option in OPTIONS]) + "\n")
    names = [option.replace("=y", "").replace("=m", "_MODULE") for option in OPTIONS]
    with open(macros, "a") as file:
        file.writelines(f"#define CONFIG_{name} 1\n" for name in names)


def include_what_the_kernel_lacks(source: Path):
    """Moves into iommufd.ko two things it takes for built in: bitmaps of bus addresses, and a walk over gaps in a tree."""
    tree = (source / "lib/interval_tree.c").read_text()
    (walk,) = re.findall(r"^#ifdef CONFIG_INTERVAL_TREE_SPAN_ITER\n.*?^#endif", tree, re.MULTILINE | re.DOTALL)
    folder = source / "drivers/iommu/iommufd"
    headers = "".join(f"#include <linux/{name}.h>\n" for name in ("interval_tree", "module", "compiler"))
    (folder / "gaps.c").write_text(headers + walk + "\n")
    makefile = folder / "Makefile"
    text, count = re.subn(
        r"^obj-\$\(CONFIG_IOMMUFD_DRIVER\).*$", "iommufd-y += iova_bitmap.o gaps.o", makefile.read_text(), flags=re.MULTILINE
    )
    if count != 1:
        raise ValueError("iommufd's makefile is not as it was in Linux 6.12")
    makefile.write_text(text)
