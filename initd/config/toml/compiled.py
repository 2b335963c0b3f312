"""A configuration file in a form that is read in no time, as .pyc files are for Python.

tomllib and msgspec take 30 ms, twice as long as the rest of a start. So `initd check` keeps
what it has read beside the file, together with the file's text: while that is the same,
nothing is parsed and nothing imported. One line in a Dockerfile, which checks the
configuration when the image is built, makes every start of it fast.
"""

from __future__ import annotations

from initd import __version__
from initd.atomic_replace import replace
from initd.config import believed
from initd.config.command_line import RawValue
from initd.config.toml.file_config import FileConfig
from initd.core.checksum import checksum
from initd.core.health.check import Bound, Check
from initd.json_codec import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from initd.core.life.hook import Hook

_SUFFIX = ".compiled"
_MODE = 0o644
#: The text is in there too, and what it says once more.
_LONGEST = 16 << 20


def load(path: str, text: bytes) -> FileConfig | None:
    """What the file says; None unless this version has compiled this text, and nobody has changed
    it since."""
    try:
        head, _, config = believed.read(path + _SUFFIX, _LONGEST).partition(b"\n")
        kept = decode(head.decode())
        if kept["initd"] != __version__ or kept["text"].encode() != text:
            return None
        if kept["checksum"] != checksum(config):
            return None
        return _config_of(**decode(config.decode()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def store(path: str, text: bytes, config: FileConfig) -> None:
    """Keeps what was read, unless it has mistakes. Raises OSError."""
    if config.mistakes or not path.endswith(".toml"):  # nothing can be kept beside /dev/stdin
        return
    body = encode(_plain(config)).encode()
    kept = {"initd": __version__, "text": text.decode(), "checksum": checksum(body)}
    replace(path + _SUFFIX, encode(kept).encode() + b"\n" + body, _MODE)


def _plain(config: FileConfig) -> dict[str, Any]:
    return {
        "options": {name: list(map(_pair, raws)) for name, raws in config.options.items()},
        "command": list(map(_pair, config.command)),
        "is_line": config.is_line,
        "environ": dict(config.environ),
        "checks": [
            [getattr(check, field) for field in _FIELDS] for check in map(_flat, config.checks)
        ],
        "checks_from": config.checks_from,
        "hooks": [{name: getattr(hook, name) for name in _OF_HOOK} for hook in config.hooks],
        "hooks_from": config.hooks_from,
        "profiles": list(config.profiles),
    }


def _pair(raw: RawValue) -> list[str]:
    return [raw.text, raw.source]


_FIELDS = Check.__match_args__
_OF_HOOK = ("moment", "argv", "user", "patience", "on_failure")


def _flat(check: Check) -> Check:
    """With its bounds as tuples, which JSON can hold."""
    bounds = tuple((bound.what, bound.low, bound.high) for bound in check.bounds)
    fields = {field: getattr(check, field) for field in _FIELDS}
    return Check(**{**fields, "bounds": bounds})


def _config_of(
    *,
    options: dict[str, list[list[str]]],
    command: list[list[str]],
    checks: list[list[Any]],
    hooks: list[dict[str, Any]],
    profiles: list[dict[str, Any]],
    **others: Any,
) -> FileConfig:
    return FileConfig(
        options={name: tuple(RawValue(*pair) for pair in pairs) for name, pairs in options.items()},
        command=tuple(RawValue(*pair) for pair in command),
        checks=tuple(map(_check_of, checks)),
        hooks=tuple(map(_hook_of, hooks)),
        profiles=tuple(profiles),
        **others,
    )


def _hook_of(fields: dict[str, Any]) -> Hook:
    from initd.core.life.hook import Hook  # rare

    return Hook(**{**fields, "argv": tuple(fields["argv"])})


def _check_of(values: list[Any]) -> Check:
    fields = dict(zip(_FIELDS, values))
    fields["roles"], fields["argv"] = tuple(fields["roles"]), tuple(fields["argv"])
    fields["statuses"] = tuple((low, high) for low, high in fields["statuses"])
    fields["bounds"] = tuple(Bound(*bound) for bound in fields["bounds"])
    return Check(**fields)
