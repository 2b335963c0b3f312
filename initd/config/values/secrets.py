"""--secrets and what belongs to it."""

from __future__ import annotations

from initd.config.values import scalars
from initd.core.secrets import (
    ENV,
    KEYDIR,
    KEYDIR_VARIABLE,
    NOTHING,
    PATIENCE,
    RESTART,
    Reload,
    Secrets,
    named_way_of,
    source_of,
    way_of,
)
from initd.core.signals.numbers import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.config.command_line import RawValue
    from initd.config.value_reader import ValueReader

#: Whatever is waited for, somebody waits for the app.
_LONGEST_PATIENCE = 3600.0


def read_secrets(
    values: ValueReader, raws: Sequence[RawValue], environ: Mapping[bytes, bytes]
) -> Secrets | None:
    """None, with a mistake, for options about secrets without any source."""
    sources = [values.attempt(raw, source_of, None) for raw in raws]
    named = [values.attempt(raw, named_way_of, None) for raw in values.all("secret_as")]
    keydir = environ.get(KEYDIR_VARIABLE, b"").decode(errors="surrogateescape") or KEYDIR
    secrets = Secrets(
        sources=tuple(source for source in sources if source is not None),
        way=values.value("secrets_as", way_of, ENV),
        named=dict(each for each in named if each is not None),
        keydir=values.value("ejson_keydir", scalars.absolute_path, keydir),
        patience=values.value("secrets_patience", _patience, PATIENCE),
        reload=values.value("on_reload", _reload, Reload()),
    )
    if raws:
        return secrets
    names = ("secrets_as", "secret_as", "secrets_patience", "ejson_keydir", "on_reload")
    for raw in filter(None, map(values.last, names)):
        values.refuse(raw.source, "has no effect without --secrets")
    return None


def _patience(text: str) -> float:
    seconds = scalars.seconds(text)
    if seconds > _LONGEST_PATIENCE:
        raise ValueError(f"invalid time {text!r}: at most {_LONGEST_PATIENCE:g} seconds")
    return seconds


def _reload(text: str) -> Reload:
    if text in (NOTHING, RESTART):
        return Reload(restarts=text == RESTART)
    try:
        return Reload(signal=number_of(text))
    except ValueError as mistake:
        raise ValueError(f"{mistake}; or use {NOTHING} or {RESTART}") from None
