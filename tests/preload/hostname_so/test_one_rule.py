"""What is a name: hostname.c and initd/core/hostname/rules.py give the same verdict."""

from __future__ import annotations

import os
import shutil
import string
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from initd.core.hostname.rules import check_hostname

Ask = Callable[[str], str]

#: Much of what a name is made of, and a little of what it is not.
CHARACTERS = st.sampled_from(string.ascii_letters + string.digits + "-" * 9 + "." * 20 + "_ é/\n")
LABELS = st.text("ab", min_size=0, max_size=70) | st.text("a-", max_size=4)
#: Of lengths around those that count: 63 of a label, 64 of a name.
NAMES = st.text(CHARACTERS, max_size=70) | st.lists(LABELS, max_size=5).map(".".join)


def is_name(text: str) -> bool:
    """By init, which refuses what is none before anything starts."""
    try:
        check_hostname(text)
    except ValueError:
        return False
    return True


@pytest.fixture(scope="module")
def ask(library: Path, binding: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """gethostname's answer where the variable is the text, each time by a library that
    looks for the first time."""
    copy = tmp_path_factory.mktemp("one-rule") / "hostname.so"
    shutil.copy(library, copy)
    buffer = binding.ffi.new("char[]", 256)

    def answer(value: str) -> str:
        os.environ["INITD_HOSTNAME"] = value
        loaded = binding.ffi.dlopen(str(copy))
        assert loaded.gethostname(buffer, 256) == 0
        binding.ffi.dlclose(loaded)
        del os.environ["INITD_HOSTNAME"]
        name: bytes = binding.ffi.string(buffer)
        return os.fsdecode(name)

    return answer


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES)
@example(name="")
@example(name=".")
@example(name="a.")
@example(name=".a")
@example(name="a..b")
@example(name="-")
@example(name="a-")
@example(name="a.-b")
@example(name="a-.b")
@example(name="a--b")
@example(name="a" * 63)
@example(name="a" * 64)
@example(name="a" * 62 + ".b")
@example(name="a" * 63 + ".")
@example(name="." + "a" * 63)
@example(name="a" * 63 + ".b")
@example(name="b." + "a" * 62)
@example(name="b." + "a" * 63)
def test_the_library_tells_what_init_lets_pass_and_nothing_else(ask: Ask, name: str) -> None:
    """Else the kernel's name is told."""
    expected = name if is_name(name) else os.uname().nodename
    assert ask(name) == expected


def test_each_load_is_a_first_look(ask: Ask) -> None:
    """Or the test above would prove little."""
    assert [ask("first.name"), ask("second.name")] == ["first.name", "second.name"]
