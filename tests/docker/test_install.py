"""An image that gets initd by pip needs nothing else: no compiler, and no other package."""

from __future__ import annotations

from .engine import Engine
from .image import build_with_the_wheel

COMPILERS = "cc gcc c99 clang tcc as ld make"
SCRIPT = f"""
for name in {COMPILERS}; do
    command -v $name
done
pip list --path /usr/local/lib/python3.11/dist-packages --format freeze
exec python3 -m initd --version
"""


def test_there_is_no_compiler_and_initd_runs(engine: Engine) -> None:
    """pip has installed one package, whose file runs by Python's way too."""
    done = engine.run("sh", "-c", SCRIPT, image=build_with_the_wheel(engine))
    assert done.code == 0, done
    first, second, *_ = done.out.splitlines()
    assert first.startswith("initd-runtime=="), done
    assert second == first.replace("initd-runtime==", "initd "), done
