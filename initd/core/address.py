"""Addresses: what a check connects to (HOST:PORT, or a URL as in RFC 3986), where health is
served, where a StatsD relay listens."""

from __future__ import annotations

from initd.core.value import Value

_PORTS = {"http": 80, "https": 443}
_LONGEST_LABEL = 63


class Url(Value, kw_only=True):
    """`authority` is for the Host header, `path` for the request line."""

    secure: bool
    host: str
    port: int
    authority: str
    path: str


def read_url(text: str) -> Url:
    """The parts of an http or https URL. Raises ValueError, with a sentence for people."""
    if not all("!" <= char <= "~" for char in text):
        raise ValueError(f"invalid URL {text!r}: write blanks and non-ASCII characters as %XX")
    scheme, slashes, rest = text.partition("://")
    if not slashes or scheme not in _PORTS:
        raise ValueError(f"invalid URL {text!r}: use http://HOST[:PORT]/PATH or https://...")
    rest = rest.partition("#")[0]
    end = min((rest.find(char) for char in "/?" if char in rest), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in authority:
        raise ValueError(f"invalid URL {text!r}: it cannot have a user or password")
    host, port = _split(authority, _PORTS[scheme])
    return Url(
        secure=scheme == "https",
        host=host,
        port=port,
        authority=authority,
        path=path if path[:1] == "/" else "/" + path,
    )


def read_endpoint(text: str) -> tuple[str, int]:
    """`127.0.0.1:6379`, `localhost:6379` or `[::1]:6379`. Raises ValueError."""
    return _split(text, 0)


def _split(text: str, default_port: int) -> tuple[str, int]:
    """An IPv6 address is in brackets, because of its colons."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        host, colon, port = text, "", ""
    if host[:1] == "[" and host[-1:] == "]":
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"invalid address {text!r}: put an IPv6 address in brackets, as [::1]:80")
    if not host:
        raise ValueError(f"no host in {text!r}: use HOST:PORT, such as 127.0.0.1:8080")
    _check_host(host, text)
    if not colon and default_port:
        return host, default_port
    if not (port.isdecimal() and port.isascii() and 0 < int(port[:6]) < 65536):
        raise ValueError(f"no port in {text!r}: use HOST:PORT, with a port from 1 to 65535")
    return host, int(port)


def _check_host(host: str, text: str) -> None:
    """What the resolver's codec would refuse when the check runs (RFC 5890, RFC 1035, 2.3.4)."""
    if not host.isascii():
        raise ValueError(f"invalid host in {text!r}: write a name with other letters as xn--...")
    labels = host.removesuffix(".").split(".")
    if not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise ValueError(
            f"invalid host in {text!r}: between dots, 1 to {_LONGEST_LABEL} characters are allowed"
        )


class HttpAddress(Value):
    """The `path` of a unix socket, or a `host` (an IP address, "" for all) and a `port`."""

    path: str
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        """As a person writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.path or f"{host}:{self.port}"

    @property
    def is_near(self) -> bool:
        """Whether nobody beyond the machine, or the container, can connect."""
        return bool(self.path) or self.host.startswith("127.") or self.host == "::1"


def http_address_of(text: str) -> HttpAddress:
    """`:9180` (all addresses, IPv6 and IPv4), `127.0.0.1:9180`, `[::1]:9180`, or the path of a
    unix socket.

    Raises ValueError with a sentence for people.
    """
    path = text.removeprefix("unix:")
    if path.startswith("/"):
        return HttpAddress(path)
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isdecimal() and port.isascii()) or not 0 < int(port[:6]) < 65536:
        raise ValueError(
            f"invalid address {text!r}: use :PORT or IP:PORT, such as 127.0.0.1:9180, or a path"
            " such as /run/app/health.sock"
        )
    if not host:
        return HttpAddress("", "", int(port))
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not _is_number(host):
        raise ValueError(
            f"invalid IP address {host!r}: use one such as 127.0.0.1 or [::1], or none for all"
        )
    return HttpAddress("", host, int(port))


def _is_number(host: str) -> bool:
    """Only roughly: the kernel (inet_pton) decides."""
    if ":" in host:
        return all(char in "0123456789abcdefABCDEF:." for char in host)
    parts = host.split(".")
    return len(parts) == 4 and all(
        part.isdecimal() and part.isascii() and int(part[:4]) < 256 for part in parts
    )


class StatsdAddress(Value):
    """A host and a port for UDP, or the path of a unix datagram socket; the other is "". A `plain`
    relay does not know Datadog's tags, service checks and events; `prefix` stands before the names
    that it gets, "" for the default."""

    host: str = ""
    port: int = 0
    path: str = ""
    plain: bool = False
    prefix: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = f"unix://{self.path}" if self.path else f"{host}:{self.port}"
        said = (" dialect=plain" if self.plain else "", self.prefix and f" prefix={self.prefix}")
        return place + "".join(said)
