"""The container's own address, from texts as the kernel prints them."""

from __future__ import annotations

from initd.core.hostname.own_address import own_address

HEAD = b"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
LOOPBACK6 = b"00000000000000000000000000000001 01 80 10 80       lo\n"
LINK6 = b"fe80000000000000024211fffe110002 0e 40 20 80     eth0\n"
GLOBAL6 = b"fd0000000000000000000000000a0002 0e 40 00 80     eth0\n"


def _trie(*addresses: str) -> bytes:
    """What /proc/net/fib_trie has of these, with what belongs to others between them; each
    stands in the main and in the local table."""
    lines = [
        b"Main:",
        b"  +-- 0.0.0.0/0 3 0 4",
        b"     |-- 0.0.0.0",
        b"        /0 universe UNICAST",
    ]
    for address in ("127.0.0.1", *addresses):
        network = address.rpartition(".")[0]
        lines += [f"     |-- {network}.0".encode(), b"        /24 link UNICAST"]
        lines += [f"           |-- {address}".encode(), b"              /32 host LOCAL"]
        lines += [f"     |-- {network}.255".encode(), b"        /32 link BROADCAST"]
    return b"\n".join(lines + lines) + b"\n"


def _route(interface: str, to: str, mask: str, metric: int = 0) -> bytes:
    return f"{interface}\t{to}\t00000000\t0001\t0\t0\t{metric}\t{mask}\t0\t0\t0   \n".encode()


def test_a_containers_one_address() -> None:
    """As a rule there is one."""
    routes = HEAD + _route("eth0", "00000000", "00000000") + _route("eth0", "000011AC", "0000FFFF")
    assert own_address(_trie("172.17.0.2"), routes, LOOPBACK6) == b"172.17.0.2"


def test_of_several_the_one_by_the_default_route() -> None:
    """On the host's network: its own, and not that of the bridge for containers. Of two
    default routes the one with the lower metric."""
    routes = (
        HEAD
        + _route("wlan0", "00000000", "00000000", 600)
        + _route("eth0", "00000000", "00000000", 100)
        + _route("docker0", "000011AC", "0000FFFF")
        + _route("wlan0", "0001A8C0", "00FFFFFF", 600)
        + _route("eth0", "0009A8C0", "00FFFFFF", 100)
    )
    assert own_address(_trie("172.17.0.1", "192.168.1.5", "192.168.9.7"), routes, b"") == (
        b"192.168.9.7"
    )


def test_without_a_default_route_the_first() -> None:
    """A network of the kind `--internal`."""
    routes = HEAD + _route("eth0", "000012AC", "0000FFFF")
    assert own_address(_trie("172.18.0.2", "172.19.0.2"), routes, b"") == b"172.18.0.2"


def test_of_ipv6_alone_the_address_of_global_scope() -> None:
    """One that is good on its link alone leads nowhere without the link's name."""
    assert own_address(_trie(), HEAD, LOOPBACK6 + LINK6 + GLOBAL6) == b"fd00:0:0:0:0:0:a:2"


def test_loopback_alone_does_not_count() -> None:
    """`--network none`; or a kernel that shows nothing."""
    assert own_address(_trie(), HEAD, LOOPBACK6 + LINK6) is None
    assert own_address(b"", b"", b"") is None
