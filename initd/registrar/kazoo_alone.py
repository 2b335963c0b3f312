"""kazoo without what the registrar makes no use of: 3 MB less for each container.

kazoo.client imports its recipes (locks, queues and their kind), and the standard library's ssl,
logging and inspect for a few names. While it is imported, stand-ins are in their place; whoever
imports one of them later gets the real one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Modules that nothing but kazoo imports here: the one file is made without them.
ABSENT = (
    "logging",
    "kazoo.recipe.barrier",
    "kazoo.recipe.counter",
    "kazoo.recipe.election",
    "kazoo.recipe.lease",
    "kazoo.recipe.lock",
    "kazoo.recipe.partitioner",
    "kazoo.recipe.party",
    "kazoo.recipe.queue",
    "kazoo.recipe.watchers",
)


def kazoo_client() -> Any:
    """The class KazooClient. Raises ImportError."""
    if "kazoo.client" not in sys.modules:
        # A version that needs more than the stand-ins have gets all.
        try:
            _import_with(_stand_ins())
        except (ImportError, AttributeError, TypeError):
            _forget("kazoo")
    from kazoo.client import KazooClient

    return KazooClient


def _stand_ins() -> dict[str, object]:
    return {
        "ssl": _module(
            "ssl",
            SSLError=type("SSLError", (OSError,), {}),
            SSL_ERROR_WANT_READ=2,
            SSL_ERROR_WANT_WRITE=3,
        ),
        "inspect": _module("inspect", isclass=lambda it: isinstance(it, type)),
        **{name: _module(name, __getattr__=lambda _: object) for name in ABSENT},
        "logging": _module("logging", DEBUG=10, getLogger=_Silent, addLevelName=_nothing),
    }


def _module(name: str, **has: object) -> object:
    made = type(sys)(name)
    made.__dict__.update(has)
    return made


def _import_with(stand_ins: dict[str, Any]) -> None:
    """What is loaded already stays, and is used."""
    put = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(put)
    try:
        import kazoo.client  # noqa: F401
    finally:
        for name in put:
            del sys.modules[name]


def _forget(package: str) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        del sys.modules[name]


class _Silent:
    """A logger of kazoo's modules: what is of interest has a line of ours."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def __getattr__(self, _: str) -> Callable[..., None]:
        return _nothing


def _nothing(*_: object, **__: object) -> None:
    pass
