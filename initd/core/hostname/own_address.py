"""The container's own address, from what the kernel shows in /proc/net.

Needed only where /etc/hosts has no line for the kernel's name. An address on the interface of
the default route is preferred: with `--network host` that is the address by which others
reach the machine, and not one of a bridge for containers.
"""

from __future__ import annotations

_GLOBAL = b"00"  # scope in /proc/net/if_inet6 (net/ipv6/addrconf.c): neither link nor host


def own_address(trie: bytes, routes: bytes, inet6: bytes) -> bytes | None:
    """From the texts of /proc/net/fib_trie, route and if_inet6; None for a container that
    has only the loopback interface."""
    found = _local_addresses(trie)
    networks = _networks(routes)
    for address in found:
        number = _number(address)
        if any(number & mask == network for network, mask in networks):
            return address
    return found[0] if found else _global6(inet6)


def _local_addresses(trie: bytes) -> list[bytes]:
    """Every address that the routing table calls local, except 127.0.0.0/8.

    |-- 172.17.0.2
       /32 host LOCAL
    """
    found: list[bytes] = []
    leaf = b""
    for line in trie.split(b"\n"):
        words = line.split()
        if words[:1] == [b"|--"]:
            leaf = words[1]
        elif words == [b"/32", b"host", b"LOCAL"] and not leaf.startswith(b"127."):
            found.append(leaf)
    return list(dict.fromkeys(found))


def _networks(routes: bytes) -> list[tuple[int, int]]:
    """Network and mask of each route on the interface that has the default route."""
    rows = [line.split() for line in routes.split(b"\n")[1:] if line.count(b"\t") > 7]
    parsed = [(row[0], _hexadecimal(row[1]), int(row[6]), _hexadecimal(row[7])) for row in rows]
    defaults = [(metric, name) for name, to, metric, mask in parsed if to == mask == 0]
    if not defaults:
        return []
    interface = min(defaults)[1]
    return [(to, mask) for name, to, _, mask in parsed if name == interface and mask]


def _hexadecimal(word: bytes) -> int:
    """An address as /proc/net/route prints it: the bytes in network order, read as one number
    of the machine, which is little-endian wherever initd runs."""
    return int.from_bytes(int(word, 16).to_bytes(4, "little"), "big")


def _number(address: bytes) -> int:
    return int.from_bytes(bytes(map(int, address.split(b"."))), "big")


def _global6(inet6: bytes) -> bytes | None:
    for line in inet6.split(b"\n"):
        words = line.split()
        if len(words) == 6 and words[3] == _GLOBAL:
            digits = words[0]
            groups = [digits[at : at + 4].lstrip(b"0") or b"0" for at in range(0, 32, 4)]
            return b":".join(groups)
    return None
