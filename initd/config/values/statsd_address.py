"""--statsd: where a StatsD relay listens."""

from __future__ import annotations

from initd.core.address import StatsdAddress

#: sun_path of unix(7) has 108 bytes, the last of them 0.
_PATH_AT_MOST = 107
_FORMS = "HOST:PORT, [IPV6]:PORT, or unix:/PATH"


def read_address(text: str) -> StatsdAddress:
    """`relay:8125`, `udp://10.0.0.1:8125`, `[::1]:8125` or `unix:/run/statsd.sock`,
    the last with `//` too, as a URL has it.

    Raises ValueError, with a sentence for people.
    """
    if text.startswith("unix:"):
        return StatsdAddress(path=_path(text, text.removeprefix("unix:").removeprefix("//")))
    scheme, separator, rest = text.partition("://")
    if separator and scheme != "udp":
        raise ValueError(f"invalid StatsD address {text!r}: use {_FORMS}")
    return _host_and_port(text, rest if separator else text)


def _path(text: str, path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"{text!r}: use the socket's absolute path, such as unix:/run/statsd.sock")
    if len(path.encode(errors="surrogateescape")) > _PATH_AT_MOST:
        raise ValueError(f"{text!r}: the path of a socket has at most {_PATH_AT_MOST} bytes")
    return path


def _host_and_port(text: str, place: str) -> StatsdAddress:
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
