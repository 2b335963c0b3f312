"""Entries of a registry: the app's own as JSON, and those of others, which are believed in nothing
but their form."""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeGuard

#: At most so many peers are looked at, and so many characters of a text of theirs.
PEERS_AT_MOST = 1000
_TEXT_AT_MOST = 253
#: What a name or an address may be made of, beside letters and digits: nothing that means
#: something to a shell or in the file of a proxy.
_PUNCTUATION = frozenset("-._:")


class Peer(Value, kw_only=True):
    """One that is in the registry, and said to be ready."""

    name: str
    address: str
    port: int
    role: str = ""
    revision: str = ""


_FIELDS: tuple[str, ...] = Peer.__match_args__


def entry(
    *, name: str, address: str, port: int, role: str, revision: str, ready: bool
) -> dict[str, Any]:
    """What is said of the app; JSON makes a value of it."""
    return {
        "name": name,
        "address": address,
        "port": port,
        "role": role,
        "revision": revision,
        "ready": ready,
    }


def peer_of(said: Any) -> Peer | None:
    """The peer that an entry is about; None where it is not ready, or not an entry."""
    if not isinstance(said, dict) or said.get("ready") is not True:
        return None
    name, address, port = said.get("name"), said.get("address"), said.get("port")
    if not _is_plain(name) or not _is_plain(address):
        return None
    if type(port) is not int or not 0 <= port < 65536:
        return None
    role, revision = said.get("role"), said.get("revision")
    return Peer(
        name=name,
        address=address,
        port=port,
        role=role if _is_plain(role) else "",
        revision=revision if _is_plain(revision) else "",
    )


def _is_plain(text: Any) -> TypeGuard[str]:
    if not isinstance(text, str) or not 0 < len(text) <= _TEXT_AT_MOST or not text.isascii():
        return False
    return text[0] != "-" and all(each.isalnum() or each in _PUNCTUATION for each in text)


def lines(peers: Iterable[Peer], each: str) -> str:
    """A line for each of them, made of the template: {name}, {address}, {port}, {role} and
    {revision} stand for what it says."""
    return "".join(f"{_filled(each, peer)}\n" for peer in peers)


def _filled(each: str, peer: Peer) -> str:
    text = each
    for field in _FIELDS:
        value = str(getattr(peer, field))
        if field == "address" and ":" in value:
            value = f"[{value}]"
        text = text.replace(f"{{{field}}}", value)
    return text


def as_json(peers: Iterable[Peer]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{field: getattr(peer, field) for field in _FIELDS} for peer in peers]
