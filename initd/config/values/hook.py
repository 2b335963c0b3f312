"""--hook: one hook a line, `MOMENT [key=value ...] -- COMMAND ARG...`; or a table [hooks.MOMENT].

Moments, and what may follow from a failure, are in core/life/hook.py; what they mean, in
docs/hooks.md.
"""

from __future__ import annotations

from initd.config.mistake import instead, one_of
from initd.config.values.pairs import pairs
from initd.config.values.scalars import seconds
from initd.core.life.hook import MOMENTS, ON_FAILURE, PATIENCE, Hook
from initd.core.shell_words import split_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_FORM = "MOMENT [key=value ...] -- COMMAND ARG..."
_KEYS = ("user", "patience", "on_failure")


def read_hook(text: str) -> Hook:
    """One hook, defaults filled in. Raises ValueError, with a sentence for people."""
    words = split_quoted(text)
    if len(words) < 2 or "--" not in words[1:]:
        raise ValueError(f"invalid hook {text!r}: use {_FORM}, such as stop -- /app/leave")
    moment, *rest = words
    at = rest.index("--")
    validate_moment(moment)
    try:
        return assemble(moment, rest[at + 1 :], dict(pairs(rest[:at], _KEYS)))
    except ValueError as mistake:
        raise ValueError(f"{moment}: {mistake}") from None


def assemble(moment: str, argv: Sequence[str], values: Mapping[str, str]) -> Hook:
    """A hook of its parts; `values` by key. Raises ValueError."""
    if not (argv and argv[0]):
        raise ValueError("needs a command, such as /usr/local/bin/leave")
    return Hook(
        moment=moment,
        argv=tuple(argv),
        user=values.get("user", ""),
        patience=read_patience(values["patience"]) if "patience" in values else PATIENCE,
        on_failure=read_on_failure(moment, values.get("on_failure", ON_FAILURE[moment][0])),
    )


def validate_moment(moment: str) -> None:
    """Raises ValueError unless there are hooks for it."""
    if moment not in MOMENTS:
        raise ValueError(f"unknown moment {moment!r}{instead(moment, MOMENTS)}")


def read_patience(text: str) -> float:
    """How long a hook may take. Raises ValueError."""
    return seconds(text)


def read_on_failure(moment: str, text: str) -> str:
    """What follows from its failure. Raises ValueError."""
    allowed = ON_FAILURE[moment]
    if text not in allowed:
        raise ValueError(f"on_failure={text}: a hook for {moment} takes {one_of(allowed)}")
    return text


def mistakes_among(hooks: Iterable[Hook]) -> list[str]:
    """What is wrong with hooks that are right one by one: sentences for people."""
    moments = [hook.moment for hook in hooks]
    return [
        f"two hooks for {moment}: write a script that runs both"
        for moment in MOMENTS
        if moments.count(moment) > 1
    ]


def account_of(hook: Hook) -> Callable[[str], Hook]:
    """Reads its user: the hook with that user's numbers and environment."""

    def read(user: str) -> Hook:
        if not user:
            return hook
        from initd.config.values.user import look_up

        try:
            account, login = look_up(user)
        except ValueError as mistake:
            raise ValueError(f"{hook.moment}: {mistake}") from None
        return hook.changed(account=account, login=login)

    return read


def within(hooks: tuple[Hook, ...], patience: float) -> tuple[Hook, ...]:
    """The same, with this patience for the stop's hook, if there is one."""
    return tuple(
        hook.changed(patience=patience) if hook.moment == "stop" else hook for hook in hooks
    )
