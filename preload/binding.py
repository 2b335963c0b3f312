"""The three functions for Python, by cffi in ABI mode: `python -m preload.binding OUTPUT.py`.

What it writes is a module of plain Python with `ffi`; `ffi.dlopen(path)` then loads an
object and runs its constructor. The package has it as initd.linux._hostname_binding: what
`initd hostname` tells is the library's own answer. Nothing else of init loads the object.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI

ffibuilder = FFI()
ffibuilder.cdef(
    """
    struct new_utsname {
        char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
    };
    int gethostname(char *buffer, size_t size);
    int uname(struct new_utsname *system);
    int __gethostname_chk(char *buffer, size_t size, size_t object_size);
    """
)
ffibuilder.set_source("initd.linux._hostname_binding", None)


def write_binding(target: Path) -> None:
    """The module, at `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    ffibuilder.emit_python_code(str(target))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m preload.binding OUTPUT.py")
    write_binding(Path(sys.argv[1]))
