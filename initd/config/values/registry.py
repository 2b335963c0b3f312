"""--register and --watch: a URL of a registry's directory, and what else is to be known.

--register "etcd://etcd:2379/services/web port=8080"
--watch "web etcd://etcd:2379/services/web file=/run/web.conf signal=HUP"
"""

from __future__ import annotations

from initd.config.mistake import one_of
from initd.config.values.pairs import pairs
from initd.config.values.scalars import absolute_path, seconds
from initd.core.address import read_endpoint
from initd.core.registry.place import ETCD, UNREADY, ZOOKEEPER, Place, Register, Watch
from initd.core.shell_words import split_quoted
from initd.core.signals.numbers import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

#: What a URL begins with: the registry's kind, whether it is reached with TLS, its usual port.
_SCHEMES = {
    "etcd": (ETCD, False, 2379),
    "etcds": (ETCD, True, 2379),
    "zookeeper": (ZOOKEEPER, False, 2181),
}
_OF_TLS = ("ca", "cert", "key")
_SHORTEST_TTL, _LONGEST_TTL = 2.0, 3600.0
_NAME_AT_MOST = 253
WATCHES_AT_MOST = 16


def read_register(text: str) -> Register:
    """Raises ValueError, with a sentence for people."""
    words = split_quoted(text)
    if not words:
        raise ValueError("is empty: use a URL such as etcd://etcd:2379/services/web")
    values = _values(words[1:], _REGISTER)
    place = _place(words[0], values)
    return Register(place=place, **values)


def read_watch(text: str) -> Watch:
    """Raises ValueError, with a sentence for people."""
    words = split_quoted(text)
    if len(words) < 2:
        raise ValueError(
            f"invalid watch {text!r}: use NAME URL [key=value ...], such as"
            " web etcd://etcd:2379/services/web signal=HUP"
        )
    name = _name(words[0])
    try:
        values = _values(words[2:], _WATCH)
        place = _place(words[1], values)
    except ValueError as mistake:
        raise ValueError(f"{name}: {mistake}") from None
    if "each" in values and "file" not in values:
        raise ValueError(f"{name}: each= is for the lines of file=, which is missing")
    if "head" in values and "each" not in values:
        raise ValueError(f"{name}: head= stands above the lines of each=, which is missing")
    return Watch(name=name, place=place, **values)


def mistakes_among(watches: Sequence[Watch]) -> list[str]:
    """What is wrong with watches that are right one by one: sentences for people."""
    names = [watch.name for watch in watches]
    twice = sorted({name for name in names if names.count(name) > 1})
    found = [f"two watches are called {name!r}: give each its own name" for name in twice]
    if len(names) > WATCHES_AT_MOST:
        found.append(f"too many watches: {len(names)}, at most {WATCHES_AT_MOST} are allowed")
    return found


def _place(url: str, values: dict[str, Any]) -> Place:
    """Takes out of `values` what is about the place."""
    scheme, slashes, rest = url.partition("://")
    if not slashes or scheme not in _SCHEMES:
        right = f"use {one_of(f'{each}://' for each in _SCHEMES)}"
        raise ValueError(
            f"invalid registry {url!r}: {right}, such as etcd://etcd:2379/services/web"
        )
    kind, secure, port = _SCHEMES[scheme]
    authority, _, prefix = rest.partition("/")
    if "@" in authority:
        raise ValueError(f"invalid registry {url!r}: it cannot have a user or password")
    prefix = prefix.strip("/")
    if not prefix or "//" in prefix or not prefix.isprintable() or " " in prefix:
        raise ValueError(
            f"no directory in {url!r}: use one such as {scheme}://{authority}/services/web"
        )
    files = {key: values.pop(key) for key in (*_OF_TLS, "token") if key in values}
    if any(key in files for key in _OF_TLS) and not secure:
        raise ValueError(f"ca=, cert= and key= are for etcds://, and this is {scheme}://")
    if "token" in files and kind == ZOOKEEPER:
        raise ValueError("token= is for etcd:// and etcds://")
    if ("cert" in files) != ("key" in files):
        raise ValueError("cert= and key= belong together")
    hosts = tuple(_host(each, port, url) for each in authority.split(","))
    return Place(kind=kind, hosts=hosts, prefix=f"/{prefix}", secure=secure, **files)


def _host(text: str, port: int, url: str) -> tuple[str, int]:
    if not text:
        raise ValueError(f"no host in {url!r}")
    has_port = ":" in text.rpartition("]")[2]
    return read_endpoint(text if has_port else f"{text}:{port}")


def _values(words: Iterable[str], readers: dict[str, Callable[[str], object]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, text in pairs(words, readers):
        try:
            values[key] = readers[key](text)
        except ValueError as mistake:
            raise ValueError(f"{key}={text}: {mistake}") from None
    return values


def _name(text: str) -> str:
    plain = text.replace("-", "").replace("_", "").replace(".", "")
    if not plain.isalnum() or not text.isascii() or len(text) > _NAME_AT_MOST:
        raise ValueError(f"invalid name {text!r}: use letters, digits, - _ and .")
    return text


def _address(text: str) -> str:
    if not text or not text.isascii() or not all(c.isalnum() or c in "-.:" for c in text):
        raise ValueError("expected a host name or an IP address")
    return text


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and 0 < int(text[:6]) < 65536):
        raise ValueError("expected a port from 1 to 65535")
    return int(text)


def _ttl(text: str) -> float:
    found = seconds(text)
    if not _SHORTEST_TTL <= found <= _LONGEST_TTL:
        raise ValueError(f"expected seconds from {_SHORTEST_TTL:g} to {_LONGEST_TTL:g}")
    return found


def _unready(text: str) -> str:
    if text not in UNREADY:
        raise ValueError(f"expected {one_of(UNREADY)}")
    return text


def _line(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("expected one line, such as 'server {address}:{port};'")
    return text


_FILES: dict[str, Callable[[str], object]] = dict.fromkeys((*_OF_TLS, "token"), absolute_path)
_REGISTER: dict[str, Callable[[str], object]] = {
    "name": _name,
    "address": _address,
    "port": _port,
    "ttl": _ttl,
    "unready": _unready,
    **_FILES,
}
_WATCH: dict[str, Callable[[str], object]] = {
    "file": absolute_path,
    "head": _line,
    "each": _line,
    "signal": number_of,
    **_FILES,
}
