"""Builds the one file: `python3.11 onefile/build.py MACHINE INPUTS TARGET`, by any Python 3.11:
that compiles the modules. `make one` does.

    INPUTS            what onefile/inputs.py gathers
    INPUTS-MACHINE    what onefile/target_inputs.py gathers

Made are:

    launcher.o    shim/*.c and entry.c, without a C library, its own symbols hidden
    main.o ...    the interpreter's start, the kernel module, and modules written in C
    frozen.o      everything written in Python
    parts.json    what all of this is, and its licences (onefile/parts.py)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from encodings.aliases import aliases
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from initd.registrar.kazoo_alone import ABSENT  # noqa: E402
from onefile.freeze import freeze  # noqa: E402
from onefile.lock import versions  # noqa: E402
from onefile.modules import Module, Needed, Sources, needed  # noqa: E402
from onefile.parts import parts_of, write_parts  # noqa: E402
from onefile.target import TARGETS, Sysroot, Target  # noqa: E402
from onefile.toolchain import Toolchain  # noqa: E402
from shim.build import PROGRAMS, WARNINGS, defines  # noqa: E402
from shim.profile_table import write_profile_table  # noqa: E402

LIBRARIES = ("libsodium.a", "libssl.a", "libcrypto.a", "libz.a")

#: Of the interpreter's modules in C those that something here imports.
OF_THE_LIBRARY = (
    "_abc _ast _bisect _codecs _collections _datetime _functools _heapq _imp _io _locale _opcode"
    " _operator _posixsubprocess _random _sha512 _signal _socket _sre _stat _string _struct"
    " _thread _tokenize _tracemalloc _weakref array atexit binascii errno faulthandler"
    " fcntl gc grp itertools math posix pwd select time zlib"
).split()
#: Those that the distribution keeps out of its static library, from Python's own sources.
OF_THE_SOURCES = {
    "_json": "_json.c",
    "resource": "resource.c",
}
#: Compiled here, from files of this directory.
OUR_OWN = ("_ssl", "_sodium_box")
#: Modules with a dot in their names, by the name that they have as built-in ones: the importer
#: of those looks for no submodules (Python 3.11).
ALIASES = {
    "initd.linux._kernel": "_kernel",
    "msgspec._core": "_core",
    "psutil._psutil_linux": "_psutil_linux",
}
#: Imported by the interpreter itself, before it runs what it was started for.
BEFORE_START = (
    "_frozen_importlib _frozen_importlib_external abc codecs encodings encodings.aliases"
    " encodings.utf_8 io"
).split()
#: Imported from C, where no import statement says so.
FROM_C = (
    "collections.abc copyreg datetime decimal encodings.latin_1"
    " encodings.ascii enum inspect json json.decoder msgspec._utils os re traceback types typing"
    " uuid warnings"
).split()

#: Functions of the interpreter that main.c has in other words.
OTHERWISE = (
    "_PyConfig_InitPathConfig",
    "_PyGC_InitState",
    "_PyImportZip_Init",
    "_PyObject_LookupAttr",
)

_FREESTANDING = (
    "-ffreestanding -fno-builtin -fno-stack-protector -U_FORTIFY_SOURCE"
    " -fno-tree-loop-distribute-patterns"
).split()
_EXTENSION = (
    "-DNDEBUG -fwrapv -fno-strict-aliasing -fvisibility=hidden -DPy_BUILD_CORE_BUILTIN -w".split()
)


class Build:
    """One run: everything is written to `folder`."""

    def __init__(self, target: Target, inputs: Path, folder: Path) -> None:
        self.target, self.inputs, self.folder = target, inputs, folder
        self.of_target = inputs.with_name(f"{inputs.name}-{target.machine}")
        self.sysroot = Sysroot(self.of_target / "sysroot", target)
        self.tools = Toolchain(target, self.sysroot, folder, [inputs, self.of_target, ROOT])
        self.parts = parts_of(inputs, self.sysroot, self.tools.libgcc())
        self.python_headers = f"-isystem{self.sysroot.include_python}"

    def launcher(self) -> Path:
        """What runs without libc, as one object that shares no symbol with libc's world but
        its entry and what it hands over."""
        own = [*WARNINGS, *defines(), *_FREESTANDING, *self.target.flags]
        names = dict.fromkeys([*PROGRAMS["initd"], *PROGRAMS["ppidshim"]])
        objects = [
            self.tools.compile(
                ROOT / "shim" / f"{name}.c",
                f"shim-{name}",
                *own,
                *(["-Dprogram=shim_program"] if name == "ppidshim" else []),
            )
            for name in names
            if name not in ("entry", "python")
        ]
        objects.append(self.tools.compile(HERE / "entry.c", "entry", *own))
        self.tools.wait()
        script = HERE / "launcher.ld"
        return self.tools.together(objects, "launcher", ["initd_entry", "initd_handed"], script)

    def own_objects(self) -> list[Path]:
        """Our C that has a libc."""
        flags = [
            *WARNINGS,
            "-Wno-cast-qual",
            "-Wno-missing-prototypes",
            self.python_headers,
            "-D_GNU_SOURCE",
        ]
        return [
            self.tools.compile(HERE / "main.c", "main", *flags, f"{self.python_headers}/internal"),
            self.tools.compile(HERE / "no_loading.c", "no_loading", *WARNINGS),
            self.tools.compile(ROOT / "shim" / "kernel_binding.c", "kernel_binding", *flags),
            *(
                self.tools.compile(ROOT / "shim" / f"{name}.c", name, *WARNINGS)
                for name in ("kernel_module", "kernel_listen", "process_title")
            ),
        ]

    def extensions(self) -> list[Path]:
        """Modules in C of others."""
        python = self.inputs / "python" / "Modules"
        flags = [*_EXTENSION, self.python_headers, f"{self.python_headers}/internal", f"-I{python}"]
        msgspec = self.inputs / "msgspec"  # first: it takes as long as all others
        objects = [self.tools.compile(msgspec / "_core.c", "msgspec", *flags)]
        objects += [
            self.tools.compile(python / file, f"python-{name}", *flags)
            for name, file in OF_THE_SOURCES.items()
        ]
        for name in ("ssl_module", "sodium_module"):
            objects.append(self.tools.compile(HERE / f"{name}.c", name, *flags))
        psutil = self.inputs / "psutil"
        macros = "-DPSUTIL_POSIX=1 -DPSUTIL_LINUX=1 -DPSUTIL_SIZEOF_PID_T=4".split()
        macros.append("-DPSUTIL_VERSION=" + versions()["psutil"].replace(".", ""))
        files = [psutil / "_psutil_linux.c"]
        for part in ("all", "posix", "linux"):
            files += sorted((psutil / "arch" / part).glob("*.c"))
        for file in files:
            name = f"psutil-{file.parent.name}-{file.stem}"
            objects.append(self.tools.compile(file, name, *macros, *flags))
        return objects

    def builtin_table(self) -> Path:
        """_PyImport_Inittab, in place of the library's own."""
        functions = {
            name: f"PyInit_{name}"
            for name in (*OF_THE_LIBRARY, *OF_THE_SOURCES, *OUR_OWN, *ALIASES.values())
        }
        for name in ("pwd", "grp", "_socket"):  # main.c
            functions[name] = f"initd_init_{name}"
        functions["_warnings"] = "_PyWarnings_Init"
        functions["marshal"] = "PyMarshal_Init"
        source = self.folder / "builtin.c"
        source.write_text(
            "#include <Python.h>\n"
            + "".join(f"extern PyObject *{function}(void);\n" for function in functions.values())
            + "struct _inittab _PyImport_Inittab[] = {\n"
            + "".join(f'    {{"{name}", {function}}},\n' for name, function in functions.items())
            + '    {"builtins", NULL},\n    {"sys", NULL},\n    {0, 0},\n};\n'
        )
        return self.tools.compile(source, "builtin", self.python_headers)

    def modules(self) -> Needed:
        """What is to be frozen."""
        write_profile_table(ROOT / "initd" / "profiles", self.folder)
        library = (self.of_target / "hostname.so").read_bytes()
        (self.folder / "hostname_library.py").write_text(f"LIBRARY = {library!r}\n")
        lines = tuple(part.line() for part in self.parts)
        (self.folder / "versions.py").write_text(f"LIBRARIES = {lines!r}\n")
        importlib = self.sysroot.stdlib / "importlib"
        overlay = {
            "initd_start": HERE / "start.py",
            "initd_importer": HERE / "importer.py",
            "initd.installed": HERE / "instead" / "installed.py",
            "initd.libraries": HERE / "instead" / "libraries.py",
            "initd.secrets.nacl_box": HERE / "instead" / "nacl_box.py",
            "initd.linux.preloaded_hostname": HERE / "instead" / "preloaded_hostname.py",
            "initd_versions": self.folder / "versions.py",
            "initd_hostname_library": self.folder / "hostname_library.py",
            "_frozen_importlib": importlib / "_bootstrap.py",
            "_frozen_importlib_external": importlib / "_bootstrap_external.py",
            "decimal": HERE / "instead" / "decimal.py",
            "encodings.idna": HERE / "instead" / "idna.py",
            "hashlib": HERE / "instead" / "hashlib.py",
            "initd.core.signals.profile_table": self.folder / "profile_table.py",
            "initd.core.signals.profile_rows": self.folder / "profile_rows.py",
            "initd.core.signals.profile_index": self.folder / "profile_index.py",
        }
        for name, plain in ALIASES.items():
            overlay[name] = self.folder / f"alias_{plain}.py"
            overlay[name].write_text(f"import {plain}, sys\nsys.modules[__name__] = {plain}\n")
        builtin = {*OF_THE_LIBRARY, *OF_THE_SOURCES, *OUR_OWN, *ALIASES.values()}
        builtin |= {"_warnings", "marshal", "builtins", "sys"}
        sources = Sources([ROOT, self.inputs, self.sysroot.stdlib], overlay)
        starts = ["initd_start", *BEFORE_START, *FROM_C, *own_modules()]
        found = needed(starts, sources, frozenset(builtin.union(ABSENT)))
        path = self.folder / "aliases.py"
        path.write_text(f"aliases = {codec_aliases(found.modules)!r}\n")
        found.modules["encodings.aliases"] = Module("encodings.aliases", path, False)
        names = sorted({*found.modules, *builtin})
        (self.folder / "modules.txt").write_text("\n".join(names) + "\n")
        return found

    def frozen(self, modules: Mapping[str, Module]) -> list[Path]:
        """The modules in Python."""
        sources = freeze(modules, self.folder)
        return [self.tools.compile(each, each.name, self.python_headers) for each in sources]

    def variants(self, modules: Mapping[str, Module]) -> dict[str, dict[str, Module]]:
        """Files for the tests, which are the same but for what they start with."""
        names = self.folder / "names.py"
        names.write_text(f"NAMES = {tuple(name for name in modules if name != 'initd_start')!r}\n")
        start = HERE / "start.py"
        others = {
            "import-all": {"initd_start": HERE / "import_all.py", "initd_names": names},
            "watched": {"initd_start": HERE / "watched.py", "initd_start_as_ever": start},
        }
        return {
            variant: {**modules, **{name: Module(name, path, False) for name, path in own.items()}}
            for variant, own in others.items()
        }

    def libraries(self) -> list[Path]:
        """The static libraries, but for libc's."""
        places = [self.sysroot.libraries / name for name in LIBRARIES]
        return [
            self.tools.without_unwinding(place) for place in (self.sysroot.python_library, *places)
        ]

    def link(self, objects: Sequence[Path], target: Path) -> None:
        """The file."""
        flags = ["-Wl,-e,initd_entry", *(f"-Wl,--wrap={name}" for name in OTHERWISE)]
        self.tools.link(objects, target, *flags)


def codec_aliases(modules: Mapping[str, Module]) -> dict[str, str]:
    """Other names of the codecs that are within: a start makes an object of each."""
    return {
        name: codec for name, codec in sorted(aliases.items()) if f"encodings.{codec}" in modules
    }


def own_modules() -> list[str]:
    """Every module of initd's package, without those by which the launcher starts elsewhere."""
    found = []
    for path in sorted((ROOT / "initd").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if name not in ("initd.__main__", "initd.program"):
            found.append(name.removesuffix(".__init__"))
    return found


def main(machine: str, inputs: Path, target: Path, alone: bool) -> int:
    """The exit code. `alone`: without the files for the tests."""
    folder = target.parent / "one"
    folder.mkdir(parents=True, exist_ok=True)
    build = Build(TARGETS[machine], inputs, folder)
    objects = [*build.extensions(), *build.own_objects(), build.builtin_table()]
    modules = build.modules()
    if modules.missing:
        for name, wanted_by in modules.missing.items():
            users = ", ".join(sorted(wanted_by))
            print(f"{name} is nowhere, and is imported by {users}", file=sys.stderr)
        return 1
    frozen = build.frozen(modules.modules)
    objects = [build.launcher(), *objects, *build.libraries()]
    build.link([*frozen, *objects], target)
    for name, other in ({} if alone else build.variants(modules.modules)).items():
        frozen = build.frozen(other)
        build.tools.wait()
        build.link([*frozen, *objects], folder / name)
    write_parts(build.parts, folder)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, {len(modules.modules)} frozen modules")
    return 0


if __name__ == "__main__":
    *options, given_machine, given_inputs, given_target = sys.argv[1:]
    sys.exit(main(given_machine, Path(given_inputs), Path(given_target), "--alone" in options))
