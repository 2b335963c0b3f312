"""Where `--http` listens, by the family of the address that a client takes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from errno import EAFNOSUPPORT
from pathlib import Path
from socket import AF_INET6

import pytest

from initd.core.address import HttpAddress, http_address_of

from .denied import denying as without
from .namespace import Container, start

PORT = 9180
#: SIOCSIFFLAGS with IFF_UP, netdevice(7): a network of one's own begins with its loopback down.
_UP = (
    "import fcntl, socket, struct;"
    " fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1))"
)
_ASK = """
import sys, urllib.request
for host in sys.argv[1:]:
    try:
        print(host, urllib.request.urlopen(f"http://{host}/livez", timeout=60).status)
    except OSError as error:
        print(host, error.reason.strerror)
"""
V4, V6 = f"127.0.0.1:{PORT}", f"[::1]:{PORT}"
BOTH = {V4: "200", V6: "200"}
ONLY_V4 = {V4: "200", V6: "Connection refused"}
SYSCTL = "/proc/sys/net/ipv6"


def networked(more: str = "") -> list[str]:
    """What wraps an init that has a network of its own: a loopback."""
    words = f'"{sys.executable}" -c "{_UP}"; {more} exec "$@"'
    return ["unshare", "--net", "sh", "-ec", words, "sh"]


def answers(box: Container, *hosts: str) -> dict[str, str]:
    """Of each host: the status of an answer, or why there is none."""
    inside = ["nsenter", "-t", str(box.init_pid), "--net", sys.executable, "-c", _ASK, *hosts]
    said = subprocess.run(inside, check=True, capture_output=True, text=True).stdout
    return {host: what for host, _, what in (line.partition(" ") for line in said.splitlines())}


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        (f":{PORT}", "", BOTH),
        (f":{PORT}", f"echo 1 >{SYSCTL}/bindv6only;", BOTH),
        (
            f":{PORT}",
            f"echo 1 >{SYSCTL}/conf/all/disable_ipv6;",
            {V4: "200", V6: "Cannot assign requested address"},
        ),
        (f"0.0.0.0:{PORT}", "", ONLY_V4),
        (f"[::]:{PORT}", "", BOTH),
    ],
    ids=["a port", "with bindv6only", "IPv6 is off", "IPv4", "IPv6"],
)
def test_it_answers_where_it_was_told_to(
    address: str, network: str, expected: dict[str, str]
) -> None:
    """A port alone is for both: a kubelet of an IPv6-only cluster asks at the pod's one address."""
    with start("sleep", "100", options=["--http", address], before=networked(network)) as box:
        box.event("app.started")
        assert answers(box, V4, V6) == expected
        box.kill(signal.SIGTERM)
        assert box.wait() == 143


def test_a_kernel_without_ipv6_has_the_other(denying: Path) -> None:
    """`ipv6.disable=1` on its command line: no such socket can be made."""
    init: Sequence[str] = [*networked(), *without(denying, EAFNOSUPPORT, f"socket:{AF_INET6:d}")]
    with start("sleep", "100", options=["--http", f":{PORT}"], before=init) as box:
        box.event("app.started")
        assert answers(box, V4, V6) == ONLY_V4
        box.kill(signal.SIGTERM)
        assert box.wait() == 143


@pytest.mark.parametrize("taken", ["AF_INET, '0.0.0.0'", "AF_INET6, '::1'"])
def test_a_port_that_one_family_has_taken_is_a_mistake(taken: str) -> None:
    """Not half an address: clients of the one would get the other's answers."""
    family, _, host = taken.partition(", ")
    holds = (
        "import os, socket, sys;"
        f" held = socket.socket(socket.{family}); held.bind(({host}, {PORT})); held.listen();"
        " held.set_inheritable(True); os.execvp(sys.argv[1], sys.argv[1:])"
    )
    before = [*networked(), sys.executable, "-c", holds]
    with start("true", options=["--http", f":{PORT}"], before=before) as box:
        assert box.wait() == 125
        assert box.log_pipe is not None
        told = "\n".join(box.log_pipe.rest())
        assert "cannot listen at :9180: Address already in use" in told


def test_a_port_alone_is_every_address_and_is_shown_as_it_was_written() -> None:
    """So command lines are not shown over HTTP. Empty brackets are nothing."""
    found = http_address_of(f":{PORT}")
    assert (found, str(found), found.is_near) == (HttpAddress("", "", PORT), f":{PORT}", False)
    with pytest.raises(ValueError, match="invalid IP address ''"):
        http_address_of(f"[]:{PORT}")
