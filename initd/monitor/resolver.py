"""Host names to addresses, without keeping the loop waiting."""

from __future__ import annotations

from _socket import AI_NUMERICHOST, gaierror, getaddrinfo

from initd.monitor.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: (family, address), as socket() and connect() take them.
    Place = tuple[int, Any]


def numeric_places(host: str, port: int, kind: int) -> list[Place]:
    """Those of a host that is a number already; [] where it takes a resolver."""
    try:
        return _look_up(host, port, kind, AI_NUMERICHOST)
    except gaierror:
        return []


async def places(host: str, port: int, kind: int) -> list[Place]:
    """In the order in which they are to be tried. Raises OSError, with the resolver's reason."""
    return numeric_places(host, port, kind) or await _ask(host, port, kind)


async def _ask(host: str, port: int, kind: int) -> list[Place]:
    """getaddrinfo(3) takes as long as it likes."""
    return await Worker().run(lambda: _look_up(host, port, kind, 0))


def _look_up(host: str, port: int, kind: int, flags: int) -> list[Place]:
    # As bytes: a str would bring in encodings.idna, with its tables. Configuration takes ASCII.
    found = getaddrinfo(host.encode(), port, 0, kind, 0, flags)
    return [(family, place) for family, _, _, _, place in found]
