"""What the registrar asks of a registry, whichever it is."""

from __future__ import annotations

from initd.core.registry.place import ETCD, ZOOKEEPER
from initd.registrar.failure import RegistryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Protocol

    from initd.core.registry.place import Place
else:
    Protocol = object  # `typing` would be 700 KB


class Registry(Protocol):
    """Each request raises RegistryError, OSError or TimeoutError."""

    async def grant(self, ttl: float) -> str:
        """A new lease of so many seconds: what the registry calls it."""

    async def put(self, path: str, value: bytes, lease: str) -> None:
        """The entry at `path` has this value, as long as the lease lives."""

    async def keep(self, lease: str) -> bool:
        """Whether the lease's time begins anew; False where the registry does not know it."""

    async def revoke(self, lease: str) -> None:
        """The lease and its entry are gone when this returns."""

    def forget(self) -> None:
        """The lease is over: nothing may keep it alive."""

    def snapshots(self, prefix: str) -> AsyncIterator[list[bytes]]:
        """The values of all entries below `prefix`: at first, and after each change."""


def registry_of(place: Place) -> Registry:
    """The one that is there. What it needs is imported only now."""
    if place.kind == ETCD:
        from initd.registrar.etcd import Etcd

        return Etcd(place)
    if place.kind == ZOOKEEPER:
        from initd.registrar.zookeeper import ZooKeeper

        return ZooKeeper(place)
    raise RegistryError(f"unknown kind of registry: {place.kind}")
