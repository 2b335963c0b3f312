"""JSON on the wire and in the log: exactly what the `json` package makes of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import initd
from initd.json_codec import decode, encode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc"]))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.booleans() | st.none(), inner)
    ),
    max_leaves=20,
)


@given(values)
def test_a_value_is_encoded_as_json_has_it_compact(value: Any) -> None:
    """In one line of ASCII."""
    encoded = encode(value)
    assert encoded == json.dumps(value, separators=(",", ":"))
    assert encoded.isascii()
    assert "\n" not in encoded


@given(st.binary() | st.sets(st.integers(), max_size=1) | st.complex_numbers())
def test_what_json_can_not_say_becomes_a_string(value: object) -> None:
    """A log line is never lost for a value."""
    assert encode({"value": value}) == json.dumps(
        {"value": value}, default=str, separators=(",", ":")
    )


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return one == two or (math.isnan(one) and math.isnan(two))
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_same, one, two))
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(map(_same, one.values(), two.values()))
    return type(one) is type(two) and bool(one == two)


@given(values, st.sampled_from([None, 2]))
def test_what_is_encoded_is_decoded_as_json_has_it(value: Any, indent: int | None) -> None:
    """However it is laid out."""
    text = json.dumps(value, indent=indent)
    assert _same(decode(text), json.loads(text))
    assert _same(decode(f" \n{text}\r\n\t"), json.loads(text))


@given(st.text('{}[]",:\\ \t\n019.eE+-truefalsnNaIity\x0b\x00é', max_size=12) | st.text(max_size=5))
@example("\x0b1")
@example("1\xa0")
@example("\ufeff1")
def test_any_text_is_decoded_as_json_does_or_refused_as_json_does(text: str) -> None:
    """With a ValueError, which is all that a caller has to expect."""
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            decode(text)
    else:
        assert _same(decode(text), expected)


MALFORMED = (
    '{"verb" 1}',
    '{"verb":1,}',
    "{1:2}",
    '"' + "\\x" + '"',
    '"never closed',
    "[1 2]",
    '{"a":}',
    "[1,]",
)

_DECODES = """
import sys
sys.path.append(sys.argv[1])
import initd
from initd.json_codec import decode
for text in sys.argv[2:]:
    try:
        decode(text)
    except ValueError:
        print("ValueError")
"""


def test_malformed_json_is_a_value_error_where_the_json_package_was_never_imported() -> None:
    """As in pid 1. The accelerator takes its exception from that package."""
    site = str(Path(initd.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-c", _DECODES, site, *MALFORMED]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout.split() == ["ValueError"] * len(MALFORMED), ran.stderr


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900])
def test_depth_does_not_break_it(text: str) -> None:
    """A client can send what it likes: it is a value or a ValueError."""
    try:
        decode(text)
    except ValueError:
        assert text.count("[") != text.count("]") or "]" not in text


def test_a_number_of_many_digits_is_a_value_error() -> None:
    """Python refuses to spend the time."""
    with pytest.raises(ValueError, match=r"."):
        decode("9" * 5000)
