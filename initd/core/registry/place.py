"""Where a registry is, what the app's entry there is like, and what of others is watched."""

from __future__ import annotations

from initd.core.value import Value

ETCD, ZOOKEEPER = "etcd", "zookeeper"
#: What is done with the entry of an app that is not ready.
OUT, FLAG = "out", "flag"
UNREADY = (OUT, FLAG)
#: Seconds that an entry outlives a container that was killed.
TTL = 10.0


def named(host: tuple[str, int]) -> str:
    """A host as people write it."""
    name, port = host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


class Place(Value, kw_only=True):
    """A directory of a registry. `hosts` are names or addresses with their ports. `ca` is a file
    with the authorities that are believed, "" for the system's; `cert` and `key` are this
    client's. `token` is a file with what the registry authorises by. Files are read anew for each
    connection: all of them may change."""

    kind: str
    hosts: tuple[tuple[str, int], ...]
    prefix: str
    secure: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""
    token: str = ""


class Register(Value, kw_only=True):
    """The app's entry. `name` and `address` are "" for the host name and for the container's own
    address; `port` is 0 where there is none to tell."""

    place: Place
    name: str = ""
    address: str = ""
    port: int = 0
    ttl: float = TTL
    #: Seconds that a stop waits for the entry to be taken out.
    patience: float = 1.0
    unready: str = OUT


class Watch(Value, kw_only=True):
    """`file` is written whenever those who are in `place` have changed: the line `head`, where that
    is not "", and a line of the form `each` for each of them; or as JSON where `each` is "".
    `signal` is what the app gets then, 0 for none."""

    name: str
    place: Place
    file: str = ""
    head: str = ""
    each: str = ""
    signal: int = 0
