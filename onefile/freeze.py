"""Python modules as data of a C program: PyImport_FrozenModules (Python's documentation)."""

from __future__ import annotations

import ast
import marshal
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import CodeType

from onefile.modules import Module, imports_of

#: Without docstrings and asserts.
OPTIMIZE = 2
_ALIGNMENT = 16
#: All that the interpreter's frozen.o defines, so that neither it nor deepfreeze.o is linked.
_IN_PLACE_OF_THE_INTERPRETERS = """
static const struct _frozen none[] = {{0, 0, 0, 0, 0}};
static const struct _module_alias aliases[] = {
    {"_frozen_importlib", "importlib._bootstrap"},
    {"_frozen_importlib_external", "importlib._bootstrap_external"},
    {0, 0},
};
const struct _frozen *PyImport_FrozenModules = modules;
const struct _frozen *_PyImport_FrozenBootstrap = none;
const struct _frozen *_PyImport_FrozenStdlib = none;
const struct _frozen *_PyImport_FrozenTest = none;
const struct _module_alias *_PyImport_FrozenAliases = aliases;
"""
_RAW = (
    *("_frozen_importlib", "_frozen_importlib_external", "abc", "codecs", "encodings", "io"),
    *("__future__", "initd", "initd_importer", "initd_start", "initd_start_as_ever"),
)
OWN = "initd."
_LATER = (
    *("initd.monitor.", "initd.cli.completion", "initd.cli.help", "initd.core.explain."),
    "initd.core.signals.profile_table",
    *(f"initd.cli.{verb}" for verb in "check compile hostname link preload profiles".split()),
)


def freeze(modules: Mapping[str, Module], folder: Path) -> list[Path]:
    """Writes the sources of the table to `folder`: C, and assembly that takes in the code."""
    blob = bytearray()
    rows = []
    for module in modules.values():
        own = module.name.startswith(OWN) and is_on_the_way(module.name)
        code = _data(module, _wanted_first(module, frozenset(modules)) if own else None)
        rows.append(f'    {{"{module.name}", CODE({len(blob)}), {len(code)}, {_flag(module)}, 0}},')
        blob += code + bytes(-len(code) % _ALIGNMENT)
    blob_file, assembly, table = folder / "frozen.bin", folder / "frozen.S", folder / "frozen.c"
    blob_file.write_bytes(blob)
    assembly.write_text(
        '.section .rodata.initd_frozen,"a",@progbits\n.balign 16\n'
        ".global initd_frozen_code\ninitd_frozen_code:\n"
        f'.incbin "{blob_file}"\n.section .note.GNU-stack,"",@progbits\n'
    )
    table.write_text(
        "#define Py_BUILD_CORE_BUILTIN\n"
        "#include <Python.h>\n"
        "#include <internal/pycore_import.h>\n"
        "extern const unsigned char initd_frozen_code[];\n"
        "#define CODE(at) (initd_frozen_code + (at))\n"
        "static const struct _frozen modules[] = {\n"
        + "\n".join(rows)
        + "\n    {0, 0, 0, 0, 0},\n};\n"
        + _IN_PLACE_OF_THE_INTERPRETERS
    )
    return [assembly, table]


def is_on_the_way(name: str) -> bool:
    """Whether pid 1 imports it. What verbs and the monitor import is compressed: that costs
    them a few milliseconds, and saves two megabytes."""
    if name.partition(".")[0] not in _RAW:
        return False
    return not name.startswith(_LATER)


@cache
def _data(module: Module, wanted_first: tuple[str, ...] | None) -> bytes:
    if not is_on_the_way(module.name):
        return zlib.compress(marshal.dumps(_code(module)), 9)
    code = _code(module)
    return marshal.dumps(code if wanted_first is None else (wanted_first, code))


def _wanted_first(module: Module, names: frozenset[str]) -> tuple[str, ...]:
    """What it imports when it is imported, of initd's modules on the way: the importer makes
    them before, all at once."""
    tree = ast.parse(module.path.read_bytes())
    wanted = dict.fromkeys(each.name for each in imports_of(module, tree) if not each.late)
    return tuple(
        name for name in wanted if name in names and name.startswith(OWN) and is_on_the_way(name)
    )


def _flag(module: Module) -> int:
    return int(module.is_package)


def _code(module: Module) -> CodeType:
    """Named so that every build is the same, and that a traceback looks for no source."""
    shown = f"<{module.name}>"
    code: CodeType = compile(
        module.path.read_bytes(), shown, "exec", dont_inherit=True, optimize=OPTIMIZE
    )
    return code
