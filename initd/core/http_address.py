"""Where health is served: a unix socket, or TCP at a numeric address."""

from __future__ import annotations

from initd.core.value import Value


class HttpAddress(Value):
    """`path` of a unix socket; where that is empty, `host` (a number) and `port`."""

    path: str
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        """As a person writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.path or f"{host}:{self.port}"


def http_address_of(text: str) -> HttpAddress:
    """`0.0.0.0:9180`, `[::]:9180`, `:9180`, or the path of a unix socket.

    Raises ValueError with a sentence for people.
    """
    path = text.removeprefix("unix:")
    if path.startswith("/"):
        return HttpAddress(path)
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isdecimal() and port.isascii()) or not 0 < int(port) < 65536:
        raise ValueError(
            f"{text!r} is no address: IP:PORT, for example 0.0.0.0:9180, or a path such as"
            " /run/app/health.sock"
        )
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    host = host or "0.0.0.0"
    if not _is_number(host):
        raise ValueError(f"{host!r} is no IP address: 127.0.0.1, 0.0.0.0 and [::] are some")
    return HttpAddress("", host, int(port))


def _is_number(host: str) -> bool:
    """Loosely: the kernel's own reading (inet_pton) has the last word."""
    if ":" in host:
        return all(char in "0123456789abcdefABCDEF:." for char in host)
    parts = host.split(".")
    return len(parts) == 4 and all(
        part.isdecimal() and part.isascii() and int(part) < 256 for part in parts
    )
