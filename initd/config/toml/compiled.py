"""A configuration file in a form that is read in no time, as Python has it with .pyc.

tomllib and msgspec take 30 ms, twice as long as all the rest of a start. So `initd check`
leaves what it has read beside the file, with the file's own text: where that is still the
same, nothing is parsed and nothing imported. A line in a Dockerfile, which checks the
configuration when the image is built, makes every start of it fast.
"""

from __future__ import annotations

from initd import __version__
from initd.config.command_line import RawValue
from initd.config.toml.file_config import FileConfig
from initd.core.health.check import Bound, Check
from initd.json_codec import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SUFFIX = ".compiled"


def load(path: str, text: bytes) -> FileConfig | None:
    """What the file gives; None where this text or this initd is not what was compiled."""
    try:
        with open(path + _SUFFIX, "rb") as file:
            kept = decode(file.read().decode())
        if kept["initd"] != __version__ or kept["text"].encode() != text:
            return None
        return _given_of(*kept["given"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def store(path: str, text: bytes, given: FileConfig) -> None:
    """Keeps what was read, if there is no mistake in it. Raises OSError.

    By rename: a start that reads at the same time sees the old one or the new one.
    """
    import os

    if given.mistakes or not path.endswith(".toml"):  # /dev/stdin has no neighbour
        return
    kept = {"initd": __version__, "text": text.decode(), "given": _plain(given)}
    new = f"{path}{_SUFFIX}.{os.getpid()}"
    with open(new, "w") as file:
        file.write(encode(kept) + "\n")
    os.replace(new, path + _SUFFIX)


def _plain(given: FileConfig) -> list[Any]:
    return [
        {name: list(map(_pair, raws)) for name, raws in given.options.items()},
        list(map(_pair, given.command)),
        given.is_line,
        dict(given.environ),
        [[getattr(check, field) for field in _FIELDS] for check in map(_flat, given.checks)],
        given.checks_from,
        list(given.profiles),
    ]


def _pair(raw: RawValue) -> list[str]:
    return [raw.text, raw.source]


_FIELDS = Check.__match_args__


def _flat(check: Check) -> Check:
    """With its bounds as tuples, which JSON can say."""
    bounds = tuple((bound.what, bound.low, bound.high) for bound in check.bounds)
    fields = {field: getattr(check, field) for field in _FIELDS}
    return Check(**{**fields, "bounds": bounds})


def _given_of(
    options: dict[str, list[list[str]]],
    command: list[list[str]],
    is_line: bool,
    environ: dict[str, str],
    checks: list[list[Any]],
    checks_from: str,
    profiles: list[dict[str, Any]],
) -> FileConfig:
    return FileConfig(
        {name: tuple(RawValue(*pair) for pair in pairs) for name, pairs in options.items()},
        tuple(RawValue(*pair) for pair in command),
        is_line,
        environ,
        tuple(map(_check_of, checks)),
        checks_from,
        tuple(profiles),
    )


def _check_of(values: list[Any]) -> Check:
    fields = dict(zip(_FIELDS, values))
    fields["roles"], fields["argv"] = tuple(fields["roles"]), tuple(fields["argv"])
    fields["statuses"] = tuple((low, high) for low, high in fields["statuses"])
    fields["bounds"] = tuple(Bound(*bound) for bound in fields["bounds"])
    return Check(**fields)
