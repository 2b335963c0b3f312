"""Python modules as data of a C program: PyImport_FrozenModules (Python's documentation)."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import CodeType

from onefile.modules import Module

#: Without docstrings and asserts.
OPTIMIZE = 2
_ALIGNMENT = 16
_RAW = ("__future__", "encodings", "initd", "initd_importer", "initd_start")
_LATER = (
    *("initd.monitor.", "initd.cli.completion", "initd.cli.help", "initd.core.explain."),
    *(f"initd.cli.{verb}" for verb in "check compile hostname link preload profiles".split()),
)


def freeze(modules: Iterable[Module], folder: Path) -> list[Path]:
    """Writes the sources of the table to `folder`: C, and assembly that takes in the code."""
    blob = bytearray()
    rows = []
    for module in modules:
        code = _data(module)
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
        "#include <Python.h>\n"
        "extern const unsigned char initd_frozen_code[];\n"
        "extern const struct _frozen initd_frozen[];\n"
        "#define CODE(at) (initd_frozen_code + (at))\n"
        "const struct _frozen initd_frozen[] = {\n"
        + "\n".join(rows)
        + "\n    {0, 0, 0, 0, 0},\n};\n"
    )
    return [assembly, table]


def is_on_the_way(name: str) -> bool:
    """Whether pid 1 imports it. What verbs and the monitor import is compressed: that costs
    them a few milliseconds, and saves two megabytes."""
    if name.partition(".")[0] not in _RAW:
        return False
    return not name.startswith(_LATER)


@cache
def _data(module: Module) -> bytes:
    code = marshal.dumps(_code(module))
    return code if is_on_the_way(module.name) else zlib.compress(code, 9)


def _flag(module: Module) -> int:
    return int(module.is_package)


def _code(module: Module) -> CodeType:
    """Named so that every build is the same, and that a traceback looks for no source."""
    shown = f"<{module.name}>"
    code: CodeType = compile(
        module.path.read_bytes(), shown, "exec", dont_inherit=True, optimize=OPTIMIZE
    )
    return code
