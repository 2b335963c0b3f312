"""Records as plain data: what comes back is what went in, and only what initd knows comes back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.command_line import read
from initd.config.resolve import resolve
from initd.core.health.check import Check
from initd.core.plain import from_plain, to_plain
from initd.core.settings import Settings
from initd.core.signals.route import SignalRoute
from initd.core.signals.stop_plan import Step
from initd.core.value import Value
from initd.json_codec import decode, encode

#: What stands for a byte that is not UTF-8 (surrogateescape) included.
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.integers(0xDC80, 0xDCFF).map(chr))
keys = st.none() | st.booleans() | st.integers() | texts | st.binary()
leaves = (
    keys | st.floats(allow_nan=False) | st.builds(Step, st.integers(), st.none() | st.floats(0))
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """All kinds that a record may have as a value, and a record."""
    return (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.frozensets(st.integers())
        | st.builds(Check, texts, texts, st.lists(inner).map(tuple))
    )


class _Elsewhere(Value):
    """A record that is not one of initd.core."""

    x: int


values: st.SearchStrategy[Any] = st.recursive(leaves, _containers, max_leaves=12)


@given(values)
def test_what_was_text_on_the_way_is_the_same(value: Any) -> None:
    """Kinds included: a tuple stays a tuple, a key that is a number stays a number."""
    back = from_plain(decode(encode(to_plain(value))))
    assert back == value
    assert to_plain(back) == to_plain(value)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--stop-plan", "QUIT:20 TERM:5 KILL", "-r", "HUP:USR1", "--restart", "on-failure:2/60"],
        ["--limit", "nofile=100:200", "--umask", "27", "-e", "3", "--leftovers", "TERM:1 KILL"],
        ["--cap-drop", "ALL", "--grace", "20", "--session", "--chdir", "/", "--nice", "3"],
    ],
    ids=" ".join,
)
def test_settings_are_the_same(options: list[str]) -> None:
    """Whatever was configured, an environment that is not UTF-8 included."""
    environ = {b"BYTES": b"\xff\xfe", b"PATH": b"/bin"}
    settings = resolve(read([*options, "--", "app"], {}), environ, "web1", "/hostname.so")
    back = from_plain(decode(encode(to_plain(settings))))
    assert isinstance(back, Settings)
    assert back == settings


@pytest.mark.parametrize(
    "value", [object(), {1: {2}}, 3j, _Elsewhere(1)], ids=lambda value: type(value).__name__
)
def test_what_is_not_data_is_refused(value: Any) -> None:
    """At the time of writing, when pid 1 can still stay awake."""
    with pytest.raises(TypeError, match="is not plain data"):
        to_plain(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (["?", 1], "unknown kind of data: '?'"),
        (["r", f"{__name__}:_Elsewhere", {"x": 1}], "is not a record of initd's"),
        (["r", "os:system", {}], "'os:system' is not a record of initd's"),
        (["r", "initd.core.plain:to_plain", {}], "unknown record 'initd.core.plain:to_plain'"),
        (["r", "initd.core.nothing:Step", {}], "unknown record 'initd.core.nothing:Step'"),
        (["r", "initd.core.signals.stop_plan:Gone", {}], "unknown record"),
        (["r", "initd.core.signals.stop_plan:Step", {"was": 1}], "has other fields"),
        (["r", "initd.core.signals.stop_plan:Step"], "unknown kind of data"),
    ],
    ids=str,
)
def test_what_another_version_has_written_is_refused_in_a_sentence(data: Any, why: str) -> None:
    """Never taken for something else."""
    with pytest.raises(ValueError, match="^[^\n]*" + re.escape(why)):
        from_plain(data)


def test_a_record_has_the_defaults_of_this_version_for_fields_that_are_new() -> None:
    """An older initd has not written them."""
    data = to_plain(SignalRoute(15, "stop"))
    del data[2]["hands_terminal"]
    assert from_plain(data) == SignalRoute(15, "stop")
