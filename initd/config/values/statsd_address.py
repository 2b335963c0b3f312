"""--statsd: where a StatsD relay listens, and what it understands.

--statsd "relay:8125"
--statsd "relay:8125 dialect=plain prefix=team.web"
"""

from __future__ import annotations

from initd.config.mistake import instead, one_of
from initd.core.address import StatsdAddress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: sun_path of unix(7) has 108 bytes, the last of them 0.
_PATH_AT_MOST = 107
_FORMS = "HOST:PORT, [IPV6]:PORT, or unix:/PATH"
DOGSTATSD, PLAIN = "dogstatsd", "plain"
_KEYS = ("dialect", "prefix")
_PREFIX_AT_MOST = 200


def read_address(text: str) -> StatsdAddress:
    """`relay:8125`, `udp://10.0.0.1:8125`, `[::1]:8125` or `unix:/run/statsd.sock`,
    the last with `//` too, as a URL has it; behind it, `dialect=plain` and `prefix=NAME`.

    Raises ValueError, with a sentence for people.
    """
    words = text.split(" ")
    keys: list[str] = []
    while len(words) > 1 and "=" in words[-1]:  # a path may have spaces, but hardly these
        keys.append(words.pop())
    values = _values(keys)
    dialect, prefix = values.get("dialect", DOGSTATSD), values.get("prefix", "")
    if dialect not in (DOGSTATSD, PLAIN):
        raise ValueError(f"dialect={dialect}: expected {one_of((DOGSTATSD, PLAIN))}")
    if "prefix" in values and dialect != PLAIN:
        raise ValueError(
            f"prefix={prefix} is for dialect=plain: DogStatsD has tags for who reports"
        )
    if "prefix" in values and not _is_prefix(prefix):
        raise ValueError(f"prefix={prefix}: use letters, digits, _ and -, with dots between them")
    found = _place(" ".join(words))
    return StatsdAddress(
        host=found.host,
        port=found.port,
        path=found.path,
        plain=dialect == PLAIN,
        prefix=prefix,
    )


def _values(words: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for word in words:
        key, _, value = word.partition("=")
        if key not in _KEYS:
            raise ValueError(f"unknown {word!r} behind the address{instead(key, _KEYS)}")
        if key in values:
            raise ValueError(f"{word}: {key}= is there twice")
        values[key] = value
    return values


def _is_prefix(text: str) -> bool:
    parts = text.split(".")
    plain = all(part and part.replace("_", "").replace("-", "").isalnum() for part in parts)
    return plain and text.isascii() and len(text) <= _PREFIX_AT_MOST


def _place(text: str) -> StatsdAddress:
    if text.startswith("unix:"):
        return StatsdAddress(path=_path(text, text.removeprefix("unix:").removeprefix("//")))
    scheme, separator, rest = text.partition("://")
    if separator and scheme != "udp":
        raise ValueError(f"invalid StatsD address {text!r}: use {_FORMS}")
    return _host_and_port(text, (rest if separator else text).strip())


def _path(text: str, path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"{text!r}: use the socket's absolute path, such as unix:/run/statsd.sock")
    if len(path.encode(errors="surrogateescape")) > _PATH_AT_MOST:
        raise ValueError(f"{text!r}: the path of a socket has at most {_PATH_AT_MOST} bytes")
    return path


def _host_and_port(text: str, place: str) -> StatsdAddress:
    if "@" in place:
        raise ValueError(f"{text!r}: it cannot have a user or password: use {_FORMS}")
    host, colon, port = place.rpartition(":")
    if not colon:
        raise ValueError(f"{text!r} has no port: use {_FORMS}; StatsD's usual port is 8125")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError(f"{text!r}: brackets are for an IPv6 address, as in [::1]:8125")
    elif ":" in host:
        raise ValueError(f"{text!r}: put the IPv6 address in brackets, as in [::1]:8125")
    if not _is_host(host):
        raise ValueError(f"{text!r} has no valid host: use {_FORMS}")
    if not (port.isdecimal() and port.isascii() and 1 <= int(port[:6]) <= 65535):
        raise ValueError(f"{text!r}: invalid port {port!r}: expected 1 to 65535")
    return StatsdAddress(host, int(port))


def _is_host(host: str) -> bool:
    """A name or a number. Whether it exists, the resolver tells later."""
    return bool(host) and host.isascii() and all(c.isalnum() or c in ".-_:%" for c in host)
