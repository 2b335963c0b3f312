"""Signals: names, numbers, and rewrites.

Numbers are those of Linux on x86-64 and AArch64 (signal(7)). RTMIN is 34, as in glibc and
Docker: the C library keeps 32 and 33 for itself.
"""

from __future__ import annotations

from initd.core.value import Value

_NAMES = (
    "",
    *("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT").split(),
    *("CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS").split(),
)
_NUMBERS = {name: number for number, name in enumerate(_NAMES) if name}
_NUMBERS.update(IOT=6, CLD=17, POLL=29)

HUP, INT, QUIT, KILL, TERM = 1, 2, 3, 9, 15
CHLD, CONT, STOP, TSTP, TTIN, TTOU, WINCH = 17, 18, 19, 20, 21, 22, 28
RTMIN, RTMAX = 34, 64
DROP = 0

#: Raised by the kernel for a program's own faults: neither blocked nor forwarded.
FAULTS = frozenset(_NUMBERS[name] for name in "SEGV BUS FPE ILL TRAP ABRT SYS".split())
#: They concern init's own children and terminal, so init keeps them.
OWN = frozenset((CHLD, TTIN, TTOU))
NOT_CATCHABLE = frozenset((KILL, STOP))
#: The C library's own.
LIBCS = frozenset((32, 33))
#: Every signal that can arrive and be passed on.
FORWARDED = frozenset(range(1, RTMAX + 1)) - FAULTS - OWN - NOT_CATCHABLE - LIBCS
#: What the terminal's job control stops a program with.
JOB_CONTROL = frozenset((TSTP, TTIN, TTOU))


def number_of(text: str) -> int:
    """The number of a signal written as `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`.

    Raises ValueError, with a message for people, if it is none of these.
    """
    name = text.strip().upper()
    if name.isdecimal() and name.isascii():
        if 1 <= int(name) <= RTMAX:
            return int(name)
        raise ValueError(f"invalid signal number {text!r}: use 1 to {RTMAX}")
    name = name.removeprefix("SIG")
    if name in _NUMBERS:
        return _NUMBERS[name]
    for word, base, sign in (("RTMIN", RTMIN, 1), ("RTMAX", RTMAX, -1)):
        offset = name.removeprefix(word)
        if offset == "" and name == word:
            return base
        digits = offset[1:]
        if name != offset and digits.isdecimal() and digits.isascii():
            number = base + int(offset[0] + digits) if offset[0] in "+-" else 0
            if RTMIN <= number <= RTMAX and (number - base) * sign >= 0:
                return number
    raise ValueError(f"unknown signal {text!r}: {_nearest(name)}")


def _nearest(name: str) -> str:
    from initd.core.nearest import did_you_mean

    return did_you_mean(name, _NUMBERS) or "use a name such as TERM, or a number"


def name_of(number: int) -> str:
    """`TERM` for 15, `RTMIN+3` for 37; the number itself if it has no name."""
    if 0 < number < len(_NAMES):
        return _NAMES[number]
    if RTMIN <= number <= RTMAX:
        return "RTMIN" if number == RTMIN else f"RTMIN+{number - RTMIN}"
    return str(number)


class Rule(Value):
    """A rewrite of one incoming signal: `out` is delivered instead; 0 drops it. `source` names
    who asked for that."""

    out: int
    source: str


def rewrite_of(text: str) -> tuple[int, int]:
    """`TERM:QUIT` as (15, 3). OUT 0 drops. Raises ValueError."""
    incoming, colon, outgoing = text.partition(":")
    if not colon:
        raise ValueError(f"invalid rewrite {text!r}: use IN:OUT, such as TERM:QUIT")
    number = number_of(incoming)
    if number not in FORWARDED:
        raise ValueError(f"{name_of(number)} cannot be rewritten: it never reaches the app")
    if outgoing.strip() == "0":
        return number, DROP
    return number, number_of(outgoing)
