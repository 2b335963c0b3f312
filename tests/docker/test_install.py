"""An image that gets initd as a wheel needs no compiler."""

from __future__ import annotations

from .engine import Engine
from .image import build_with_the_wheel

COMPILERS = "cc gcc c99 clang tcc as ld make"
SCRIPT = f"""
for name in {COMPILERS}; do
    command -v $name
done
exec cat /usr/local/lib/python3*/dist-packages/initd-*.dist-info/WHEEL
"""


def test_there_is_no_compiler_and_initd_runs(engine: Engine) -> None:
    """What installed it is the wheel that auditwheel tagged."""
    done = engine.run("sh", "-c", SCRIPT, image=build_with_the_wheel(engine))
    assert done.code == 0, done
    assert "Tag: cp311-abi3-manylinux_" in done.out, done
    assert not [line for line in done.out.splitlines() if line.startswith("/")], done
