"""Builds `initd.linux._kernel` from kernel_module.c.

cffi in API mode, limited to the stable ABI, so that one wheel serves every Python from
3.11 on. What Python can call is what kernel_module.h declares.
"""

from pathlib import Path

from cffi import FFI

HERE = Path(__file__).parent
HEADER = "kernel_module.h"
#: cffi adds a file of its own, which is not as strict: so no -Wconversion here. The lint
#: compiles kernel_module.c with all warnings.
FLAGS = "-Wall -Wextra -Werror -Wno-unused-parameter -fvisibility=hidden -Os -g0".split()

ffibuilder = FFI()
ffibuilder.cdef(
    "".join(
        line
        for line in (HERE / HEADER).read_text().splitlines(keepends=True)
        if not line.startswith("#")  # cffi's parser knows no preprocessor
    )
)
ffibuilder.set_source(
    "initd.linux._kernel",
    f'#include "{HEADER}"\n',
    sources=["shim/kernel_module.c"],  # as setuptools wants it: below the project
    depends=[f"shim/{HEADER}", "shim/system_call.h"],
    include_dirs=[str(HERE)],
    extra_compile_args=FLAGS,
    extra_link_args=["-s"],
)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
