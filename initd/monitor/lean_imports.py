"""Imports libraries without what they import for others: every container would hold it.

asyncio imports ssl for connections with TLS, structlog imports rich where it is installed,
prometheus_client the servers and clients of the standard library, for an HTTP server and a
push gateway of its own. Together that is more than 10 MB a container, for code that the
monitor never calls.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from initd.core.health.check import Check


_SERVERS_AND_CLIENTS = (
    "http.server socketserver ssl wsgiref.simple_server urllib.error urllib.parse urllib.request"
).split()


def import_asyncio(checks: Iterable[Check]) -> None:
    """The first import of asyncio: with TLS where a check needs it, else as on a Python
    that was built without OpenSSL."""
    if not any(check.target.startswith("https:") for check in checks):
        with Missing("ssl"):
            import asyncio  # noqa: F401


def import_structlog() -> None:
    """The first import of structlog. Where they are installed it imports libraries that draw
    colourful tracebacks, and a Python app's image often has rich."""
    with Missing("rich", "better_exceptions"):
        import structlog  # noqa: F401


def import_prometheus_client() -> None:
    """The first import of prometheus_client, for its metrics alone."""
    try:
        with StandIns(*_SERVERS_AND_CLIENTS):
            import prometheus_client
    except Exception:  # a version that uses them at once is imported whole
        import prometheus_client  # noqa: F401


class Missing:
    """A context in which these modules can't be imported, unless they already are."""

    def __init__(self, *names: str) -> None:
        self._names = [name for name in names if name not in sys.modules]

    def __enter__(self) -> None:
        # None makes import fail: "The module cache" in Python's reference. Others may import
        # the module later.
        sys.modules.update(dict.fromkeys(self._names))  # type: ignore[arg-type]

    def __exit__(self, *_raised: object) -> None:
        for name in self._names:
            del sys.modules[name]


class StandIns:
    """A context in which each of these modules, unless it is imported already, has an empty
    class for every name: enough for a library to derive from it, or to name it as a type.

    For what is imported and never called."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._placed: list[str] = []

    def __enter__(self) -> None:
        self._placed = [name for name in self._names if name not in sys.modules]
        sys.modules.update({name: _StandIn(name) for name in self._placed})

    def __exit__(self, *_raised: object) -> None:
        for name in self._placed:
            del sys.modules[name]


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
