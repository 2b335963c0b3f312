"""--cap-drop, --cap-keep, --nice and --oom-score-adj: text to numbers, or a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from initd.config.values.capability import ALL, NAMES, bit_of, mask_of, names_in
from initd.config.values.scalars import number_in

HEADER = Path("/usr/include/linux/capability.h")
nice = number_in("nice value", -20, 19)


def test_the_names_are_in_the_order_of_the_kernels_numbers() -> None:
    """linux/capability.h has them; a later one may have more."""
    found = re.findall(r"^#define CAP_(\w+)\s+(\d+)$", HEADER.read_text(), re.MULTILINE)
    numbers = {name: int(number) for name, number in found}
    assert {name: numbers[name] for name in NAMES} == {
        name: number for number, name in enumerate(NAMES)
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_capability_is_a_bit_with_or_without_prefix_in_any_case(name: str) -> None:
    """As docker run --cap-drop takes them."""
    for text in (name, name.lower(), f"CAP_{name}", f"cap_{name.lower()}"):
        assert mask_of(text) == bit_of(text) == 1 << NAMES.index(name)
    assert names_in(mask_of(name)) == [name]


def test_all_is_every_one_that_a_kernel_may_ever_have() -> None:
    """And is nothing to keep: all but all would be nothing dropped, without a word."""
    assert mask_of("all") == ALL
    with pytest.raises(ValueError, match="name each capability to keep"):
        bit_of("ALL")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("NET_ROW", "unknown capability 'NET_ROW': did you mean NET_RAW?"),
        ("sysadmin", "unknown capability 'sysadmin': did you mean SYS_ADMIN?"),
        ("cap_cap_kill", "unknown capability"),
        ("", "unknown capability '': use a name such as NET_RAW, or ALL"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(text: str, sentence: str) -> None:
    """Nothing is guessed: a capability too many is a hole."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        mask_of(text)


@pytest.mark.parametrize("read", [mask_of, bit_of, nice])
@given(text=st.text(max_size=9) | st.from_regex(r"[-+]{0,2}[0-9]{0,5}", fullmatch=True))
@example(text="-+5")
@example(text="5_0")
@example(text="\N{ARABIC-INDIC DIGIT ONE}")
def test_any_text_is_a_number_or_a_sentence_that_shows_it(
    read: Callable[[str], int], text: str
) -> None:
    """Python's own words about literals are for programmers."""
    said: int | str
    try:
        said = read(text)
    except ValueError as mistake:
        said = str(mistake)
    if not isinstance(said, int):
        assert repr(text) in said
        assert "invalid literal" not in said


@given(st.integers(-2000, 2000))
def test_a_number_is_taken_within_its_bounds_alone(number: int) -> None:
    """With a sign or without."""
    texts = [str(number)] if number < 0 else [str(number), f"+{number}"]
    for text in texts:
        if -20 <= number <= 19:
            assert nice(text) == number
        else:
            with pytest.raises(
                ValueError, match=r"invalid nice value .*: expected a number from -20 to 19"
            ):
                nice(text)
