"""Where a check connects to: HOST:PORT, and the parts of a URL (RFC 3986)."""

from __future__ import annotations

from initd.core.value import Value

_PORTS = {"http": 80, "https": 443}


class Url(Value):
    """`authority` is what the Host header says, `path` what the request line asks for."""

    secure: bool
    host: str
    port: int
    authority: str
    path: str


def read_url(text: str) -> Url:
    """The parts of an http or https URL. Raises ValueError, with a sentence for people."""
    if not all("!" <= char <= "~" for char in text):
        raise ValueError(f"{text!r} is no URL: blanks and letters beyond ASCII are written %XX")
    scheme, slashes, rest = text.partition("://")
    if not slashes or scheme not in _PORTS:
        raise ValueError(f"{text!r} is no URL: http://HOST[:PORT]/PATH, or https://")
    rest = rest.partition("#")[0]
    end = min((rest.find(char) for char in "/?" if char in rest), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in authority:
        raise ValueError(f"{text!r}: a user and a password can't be given")
    host, port = _split(authority, _PORTS[scheme])
    return Url(scheme == "https", host, port, authority, path if path[:1] == "/" else "/" + path)


def read_endpoint(text: str) -> tuple[str, int]:
    """`127.0.0.1:6379`, `localhost:6379` or `[::1]:6379`. Raises ValueError."""
    return _split(text, 0)


def _split(text: str, default_port: int) -> tuple[str, int]:
    """An IPv6 address stands in brackets, because of its colons."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        host, colon, port = text, "", ""
    if host[:1] == "[" and host[-1:] == "]":
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r}: an IPv6 address stands in brackets, as in [::1]:80")
    if not host:
        raise ValueError(f"{text!r} names no host: HOST:PORT, for example 127.0.0.1:8080")
    if not colon and default_port:
        return host, default_port
    if not (port.isdecimal() and port.isascii() and 0 < int(port[:6]) < 65536):
        raise ValueError(f"{text!r} names no port: HOST:PORT, a number from 1 to 65535")
    return host, int(port)
