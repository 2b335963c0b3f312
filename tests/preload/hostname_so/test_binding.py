"""The object in this very process, by the binding that cffi makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> str:
    """The variable, set as libc sees it."""
    monkeypatch.setenv("INITD_HOSTNAME", "bound.example.org")
    return "bound.example.org"


def test_gethostname_tells_the_variable(
    load: Callable[[], Any], binding: ModuleType, named: str
) -> None:
    """A buffer that fits exactly is enough."""
    buffer = binding.ffi.new("char[]", len(named) + 1)
    assert load().gethostname(buffer, len(named) + 1) == 0
    assert binding.ffi.string(buffer).decode() == named


def test_uname_tells_the_variable_and_the_kernels_rest(
    load: Callable[[], Any], binding: ModuleType, named: str
) -> None:
    """os.uname asks libc, which this process has without a preload."""
    system = binding.ffi.new("struct new_utsname *")
    assert load().uname(system) == 0
    real = os.uname()
    assert binding.ffi.string(system.nodename).decode() == named
    for field in ("sysname", "release", "version", "machine"):
        assert binding.ffi.string(getattr(system, field)).decode() == getattr(real, field)


def test_the_checked_function_tells_the_variable(
    load: Callable[[], Any], binding: ModuleType, named: str
) -> None:
    """A length up to the object's size is allowed."""
    buffer = binding.ffi.new("char[]", 64)
    assert load().__gethostname_chk(buffer, 64, 64) == 0
    assert binding.ffi.string(buffer).decode() == named


def test_a_success_leaves_errno_alone(
    load: Callable[[], Any], binding: ModuleType, named: str
) -> None:
    """Programs that look at errno without having failed exist."""
    library = load()
    binding.ffi.errno = 77
    assert library.gethostname(binding.ffi.new("char[]", 64), 64) == 0
    assert binding.ffi.errno == 77


def test_each_load_looks_anew(
    load: Callable[[], Any], binding: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is the object's, and not the process's."""
    names = []
    for name in ("first.example.org", "second.example.org"):
        monkeypatch.setenv("INITD_HOSTNAME", name)
        library = load()
        monkeypatch.setenv("INITD_HOSTNAME", "later.example.org")
        buffer = binding.ffi.new("char[]", 64)
        library.gethostname(buffer, 64)
        names.append(binding.ffi.string(buffer).decode())
    assert names == ["first.example.org", "second.example.org"]
