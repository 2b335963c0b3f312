"""Whose fault an error is: initd's, or that of a library that does not fit."""

from __future__ import annotations

import sys
from importlib.metadata import version
from types import ModuleType

import pytest

from initd.libraries import library_at_fault


def fault_of(code: str, module: str = "initd.monitor.main") -> str | None:
    """Of what the code raises, which stands in `module`."""
    with pytest.raises((AttributeError, ImportError, ValueError)) as caught:
        exec(code, {"__name__": module})
    trace = caught.value.__traceback__
    assert trace is not None
    return library_at_fault(caught.value.with_traceback(trace.tb_next)).get("library")


def test_a_library_that_is_missing_is_named() -> None:
    """What it was imported from is not at fault."""
    assert fault_of("import nosuchlibrary.part") == "nosuchlibrary, which is not installed"


def test_a_library_of_another_version_is_named_with_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one that is there, and the one that is needed: a name it lacks, or an error within."""
    old = ModuleType("h11")
    old.__dict__["__version__"] = "0.1.0"
    monkeypatch.setitem(sys.modules, "h11", old)
    expected = "h11 0.1.0, needed: >=0.14"
    assert fault_of("import h11; h11.Connection") == expected
    assert fault_of("from h11 import Connection") == expected
    assert fault_of("raise ValueError", "h11._connection") == expected


def test_a_modules_library_may_have_another_name() -> None:
    """cffi's extension is _cffi_backend."""
    found = fault_of("import _cffi_backend; _cffi_backend.nothing")
    assert found == f"cffi {version('cffi')}, needed: >=1.16"


def test_a_bug_of_initds_own_is_nobody_elses() -> None:
    """Nor is it the standard library's."""
    assert fault_of("import json; json.loads('{')") is None
    assert fault_of("import os; os.nothing") is None
    assert fault_of("None.nothing") is None
    assert fault_of("import initd.nothing") is None
