"""The package's own importer: what importlib would find, or nothing at all."""

from __future__ import annotations

import ast
import importlib.util
import os
import py_compile
import subprocess
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import pytest

import initd
from initd.importer import ROOMS, Importer

PACKAGE = Path(initd.__file__).parent
MODULES = sorted(
    ".".join(("initd", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path.parent != PACKAGE or path.stem != "__init__"
)
SOURCE = "VALUE = 1\n"


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ROOMS])
def test_every_module_is_found_as_importlib_finds_it(name: str) -> None:
    """Where it is, whether it is a package, and what it is compiled to."""
    folder = PACKAGE.joinpath(*name.split(".")[1:-1])
    theirs = PathFinder.find_spec(name, [str(folder)])
    assert theirs is not None
    importlib.util.cache_from_source(str(theirs.origin))
    py_compile.compile(str(theirs.origin))
    ours = Importer(str(PACKAGE.parent)).find_spec(name)
    assert ours is not None
    assert _facts(ours) == _facts(theirs)


def _facts(spec: ModuleSpec) -> tuple[object, ...]:
    places = spec.submodule_search_locations
    return (
        spec.name,
        spec.origin,
        spec.cached,
        spec.has_location,
        list(places) if places is not None else None,
    )


def test_packages_without_code_are_known_without_reading_them() -> None:
    """Those whose `__init__.py` is a docstring, and no others."""
    without_code = {
        name
        for name in MODULES
        if (init := PACKAGE.joinpath(*name.split(".")[1:], "__init__.py")).is_file()
        and all(isinstance(node, ast.Expr) for node in ast.parse(init.read_text()).body)
    }
    assert without_code == set(ROOMS)
    for name in ROOMS:
        found = Importer(str(PACKAGE.parent)).find_spec(name)
        assert found is not None
        place = PACKAGE.joinpath(*name.split(".")[1:])
        assert found.submodule_search_locations == [str(place)]


def test_packages_without_code_are_made_all_at_once() -> None:
    """Each is an attribute of the one that it is in, and its modules are found in it."""
    program = f"""
import sys
sys.path.append({str(PACKAGE.parent)!r})
from initd.importer import ROOMS, Importer
importer = Importer({str(PACKAGE.parent)!r})
sys.meta_path.insert(0, importer)
importer.add_rooms()
import initd
assert all(name in sys.modules for name in ROOMS)
assert initd.core.life is sys.modules["initd.core.life"]
from initd.core.states import RUNNING
from initd.core.signals import numbers
print(RUNNING, numbers.TERM, *initd.core.life.__path__)
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True)
    assert done.stderr == b""
    assert done.stdout.decode() == f"running 15 {PACKAGE}/core/life\n"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """initd/module.py of another root, compiled."""
    path = tmp_path / "initd" / "module.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    py_compile.compile(str(path))
    return path


def _found(path: Path, name: str = "initd.module") -> dict[str, object] | None:
    """What the module has when it has been executed; None where importlib is to find it."""
    importer = Importer(str(path.parents[1]))
    spec = importer.find_spec(name)
    if spec is None:
        return None
    made = importlib.util.module_from_spec(spec)
    importer.exec_module(made)
    assert made.__spec__ is not None
    assert made.__spec__.loader_state is None, "the code is not kept"
    return vars(made)


def test_a_module_is_executed_from_its_compiled_form(module: Path) -> None:
    """And knows its file, for a traceback."""
    found = _found(module)
    assert found is not None
    assert (found["VALUE"], found["__file__"]) == (1, str(module))


@pytest.mark.parametrize("name", ["os", "initdx.module", "initd", "initd.other", "initd.module.x"])
def test_all_else_is_left_to_importlib(module: Path, name: str) -> None:
    """Other packages above all."""
    assert _found(module, name) is None


def test_a_source_that_was_edited_is_compiled_anew(module: Path) -> None:
    """By importlib, which sees the same: another size, or another time."""
    module.write_text("VALUE = 22\n")
    assert _found(module) is None
    module.write_text(SOURCE)
    os.utime(module, (1, 1))
    assert _found(module) is None


@pytest.mark.parametrize("at", [0, 4, 8, 12], ids=["magic", "kind", "time", "size"])
def test_what_another_python_has_compiled_is_left(module: Path, at: int) -> None:
    """Or the same one in another way (by the hash of the source)."""
    compiled = Path(importlib.util.cache_from_source(str(module)))
    data = bytearray(compiled.read_bytes())
    data[at] ^= 1
    compiled.write_bytes(data)
    assert _found(module) is None


def test_without_a_compiled_form_or_a_source_it_is_left(module: Path) -> None:
    """As after `pip install --no-compile`."""
    compiled = Path(importlib.util.cache_from_source(str(module)))
    data = compiled.read_bytes()
    compiled.unlink()
    assert _found(module) is None
    compiled.write_bytes(data)
    module.unlink()
    assert _found(module) is None
