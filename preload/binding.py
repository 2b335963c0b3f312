"""The three functions for Python, by cffi in ABI mode: `python -m preload.binding OUTPUT.py`.

What it writes is a module with `ffi`; `ffi.dlopen(path)` then loads an object and runs
its constructor. For tests: the product never loads the object itself.
"""

from __future__ import annotations

import sys

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
ffibuilder.set_source("hostname_binding", None)

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m preload.binding OUTPUT.py")
    ffibuilder.emit_python_code(sys.argv[1])
