"""Signals: names and numbers, as people write them, and rewrites."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals import numbers as signals
from initd.core.signals.numbers import DROP, FORWARDED, RTMAX, RTMIN, name_of, number_of, rewrite_of

#: 15 in digits that str.isdecimal and int take as well.
ARABIC_15 = "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT FIVE}"
STANDARD = [each for each in signal.Signals if each < signal.SIGRTMIN]


@pytest.mark.parametrize("each", STANDARD, ids=lambda each: each.name)
def test_every_standard_signal_has_the_kernels_number(each: signal.Signals) -> None:
    """With and without SIG, in any case, and as a number."""
    short = each.name.removeprefix("SIG")
    for spelling in (each.name, short, each.name.lower(), short.title(), f" {short} ", str(+each)):
        assert number_of(spelling) == each, spelling


def test_the_aliases_of_signal_7_are_known() -> None:
    """IOT is ABRT, CLD is CHLD, POLL is IO."""
    assert [number_of(name) for name in ("IOT", "SIGCLD", "POLL")] == [6, 17, 29]


def test_real_time_signals_count_from_34_up_and_from_64_down() -> None:
    """RTMIN is glibc's and Docker's, which keep 32 and 33 for the C library."""
    assert (RTMIN, RTMAX) == (signal.SIGRTMIN, signal.SIGRTMAX)
    assert number_of("RTMIN") == number_of("SIGRTMIN+0") == 34
    assert number_of("RTMAX") == number_of("SIGRTMAX-0") == 64
    assert number_of("RTMIN+3") == 37
    assert number_of("sigrtmax-1") == 63
    assert number_of("RTMIN+30") == RTMAX
    assert number_of("RTMAX-30") == RTMIN


@given(st.integers(1, RTMAX))
def test_the_name_of_a_number_is_read_back_as_that_number(number: int) -> None:
    """For each of the 64, those without a name (32, 33) included."""
    assert number_of(name_of(number)) == number
    assert number_of(str(number)) == number


def test_a_number_without_a_name_is_shown_as_it_is() -> None:
    """32 and 33 belong to the C library; 0 and 65 are no signals."""
    assert [name_of(number) for number in (0, 32, 33, 65)] == ["0", "32", "33", "65"]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "0", "65", "-1", "+15", "1.5", "9" * 5000, "³", ARABIC_15),
        *("TERMS", "SIG", "SIGSIGTERM", "QUIT:", "\0"),
        *("RTMIN+31", "RTMAX-31", "RTMIN-1", "RTMAX+1", "RTMIN+", "RTMIN3", "RTMIN++3"),
        *("RTMIN+-3", "RTMIN+x", "RTMIN+" + ARABIC_15),
    ],
)
def test_an_unknown_signal_is_refused(text: str) -> None:
    """Also digits of other scripts, which str.isdecimal would take."""
    with pytest.raises(ValueError, match=r"."):
        number_of(text)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("TREM", "TERM"), ("SIGQIUT", "QUIT"), ("usr3", "USR2 or USR1"), ("HUPP", "HUP")],
)
def test_a_misspelt_name_is_answered_with_the_nearest(text: str, nearest: str) -> None:
    """The sentence repeats what was written and asks about what was meant."""
    with pytest.raises(ValueError, match=rf"unknown signal '{text}': did you mean ({nearest})\?"):
        number_of(text)


def test_a_name_that_resembles_nothing_is_answered_with_what_is_allowed() -> None:
    """No guess is better than a wild one."""
    with pytest.raises(ValueError, match="a name such as TERM, or a number"):
        number_of("xyzzy")


@given(st.text())
def test_any_text_is_a_signal_or_a_value_error(text: str) -> None:
    """Nothing else comes out, whatever goes in."""
    try:
        number = number_of(text)
    except ValueError:
        return
    assert 1 <= number <= RTMAX


def test_faults_and_what_no_program_can_catch_are_not_forwarded() -> None:
    """Faults are the program's own; CHLD, TTIN and TTOU are init's; 32 and 33 are libc's."""
    names = "SEGV BUS FPE ILL TRAP ABRT SYS KILL STOP CHLD TTIN TTOU".split()
    kept = {number_of(name) for name in names} | {32, 33}
    assert set(range(1, 65)) - kept == FORWARDED


@given(st.sampled_from(sorted(FORWARDED)), st.integers(1, RTMAX), st.booleans())
def test_a_rewrite_reads_both_sides_by_name_or_number(
    incoming: int, outgoing: int, named: bool
) -> None:
    """IN:OUT, each as `number_of` has it."""
    show = name_of if named else str
    assert rewrite_of(f"{show(incoming)}:{show(outgoing)}") == (incoming, outgoing)


def test_a_rewrite_to_0_drops() -> None:
    """As dumb-init has it."""
    assert rewrite_of("HUP:0") == rewrite_of("1: 0 ") == (signals.HUP, DROP)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("TERM", "invalid rewrite 'TERM': use IN:OUT"),
        ("TERM=QUIT", "invalid rewrite .*: use IN:OUT"),
        ("TREM:QUIT", r"unknown signal 'TREM': did you mean TERM\?"),
        ("TERM:QIUT", r"unknown signal 'QIUT': did you mean QUIT\?"),
        ("0:TERM", "invalid signal number '0': use 1 to 64"),
        ("TERM:", "unknown signal ''"),
        ("TERM:QUIT:KILL", "unknown signal 'QUIT:KILL'"),
        ("KILL:TERM", "KILL cannot be rewritten: it never reaches the app"),
        ("SEGV:TERM", "SEGV cannot be rewritten"),
        ("CHLD:USR1", "CHLD cannot be rewritten"),
    ],
)
def test_a_rewrite_that_can_not_be_is_refused_with_what_would_be_right(
    text: str, sentence: str
) -> None:
    """A rule that never fires would be worse than a refusal."""
    with pytest.raises(ValueError, match=sentence):
        rewrite_of(text)
