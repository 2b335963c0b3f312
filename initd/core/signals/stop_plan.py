"""Stop plans: which signals a stop sends, and how long it waits after each."""

from __future__ import annotations

from initd.core.signals.numbers import name_of, number_of
from initd.core.value import Value


class Step(Value):
    """One signal, and how many seconds init waits before the next (None: for ever)."""

    signal: int
    patience: float | None = None


Plan = tuple[Step, ...]


def plan_of(text: str) -> Plan:
    """`QUIT:20 TERM:5 KILL` as steps. Raises ValueError with a message for people.

    The last step waits for ever, because the engine's clock decides. A time on it only says
    after how many seconds the log calls the stop overdue.
    """
    words = text.replace(",", " ").split()
    if not words:
        raise ValueError("a stop plan needs at least one step, such as TERM:20 KILL")
    _refuse_other_forms(words)
    plan = tuple(_step(word) for word in words)
    for step, following in zip(plan, plan[1:]):
        if step.patience is None:
            name, after = name_of(step.signal), name_of(following.signal)
            raise ValueError(
                f"{name} waits for ever, so {after} would never be sent: write {name}:SECONDS"
            )
    return plan


def _refuse_other_forms(words: list[str]) -> None:
    """Times as other programs take them. `QUIT 20 KILL` would be the signals QUIT, TSTP and KILL.
    Raises ValueError."""
    for before, word in zip(words, words[1:]):
        seconds = word.removesuffix("s")
        if ":" not in before and seconds.isdecimal() and not before.isdecimal():
            raise ValueError(
                f"{word} is not a step: to wait {seconds} s after {before},"
                f" write {before}:{seconds}"
            )
    if words[0].find("/") > 0:  # start-stop-daemon --retry
        parts = words[0].split("/")
        steps = [":".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
        raise ValueError(f"invalid stop plan {words[0]!r}: write {' '.join(steps)}")


def _step(word: str) -> Step:
    name, colon, seconds = word.partition(":")
    signal = number_of(name)
    if not colon:
        return Step(signal)
    try:
        patience = float(seconds.removesuffix("s"))
    except ValueError:
        patience = -1.0
    if not 0 <= patience <= 86400 * 365:
        raise ValueError(f"invalid time {seconds!r} in {word!r}: use seconds, such as {name}:20")
    return Step(signal, patience)


def text_of(plan: Plan) -> str:
    """The plan as a person writes it; `plan_of` reads it back."""
    return " ".join(
        name_of(step.signal) + (f":{_seconds(step.patience)}" if step.patience is not None else "")
        for step in plan
    )


def _seconds(patience: float) -> str:
    short = f"{patience:g}"
    return short if float(short) == patience else repr(patience)
