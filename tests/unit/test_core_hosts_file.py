"""The line that makes the workload's name resolve: where it goes, and what it never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname.container import HOSTS_FILE
from initd.core.hostname.hosts_line import (
    addresses_of,
    is_mounted,
    is_valid_name,
    resolvable_event,
    resolves,
    unresolvable_event,
    with_hostname,
)

FQDN = "web1.example.org"
DOCKERS = b"""\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
172.17.0.2\tweb1
"""


def _edited(text: bytes, name: str = FQDN, kernel: str = "web1", own: bytes = b"10.0.0.7") -> bytes:
    after = with_hostname(text, name, kernel, own)
    assert after is not None
    return after


# ---- whether it resolves --------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"172.17.0.2 web1.example.org",
        b"172.17.0.2\tweb1 web1.example.org # by the engine",
        b"  172.17.0.2 WEB1.Example.ORG",
        b"fd00::2 web1.example.org",
        b"fe80::1%eth0 web1.example.org",
        b"::ffff:10.0.0.1 web1.example.org",
    ],
)
def test_a_name_of_a_line_resolves(line: bytes) -> None:
    """As a first name or an alias, in any case (RFC 4343), of either family."""
    assert resolves(DOCKERS + line, FQDN)
    assert with_hostname(DOCKERS + line, FQDN, "web1", b"10.0.0.7") is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"# 172.17.0.2 web1.example.org",
        b"172.17.0.2 web1 # web1.example.org",
        b"172.17.0.2 web1.example.org.uk",
        b"172.17.0.2 www.web1.example.org",
        b"web1.example.org 172.17.0.2",
        b"172.17.0 web1.example.org",
        b"172.17.0.256 web1.example.org",
        b"not:an-address web1.example.org",
    ],
)
def test_what_resolvers_pass_over_does_not_resolve(line: bytes) -> None:
    """Comments, other names, and lines without an address."""
    assert not resolves(DOCKERS + line, FQDN)


# ---- the line -------------------------------------------------------------------------------


def test_the_line_stands_in_front_of_the_engines() -> None:
    """gethostbyaddr, and so Python's getfqdn, takes the first line with an address."""
    assert _edited(DOCKERS).split(b"\n") == [
        b"127.0.0.1\tlocalhost",
        b"::1\tlocalhost ip6-localhost ip6-loopback",
        b"172.17.0.2 web1.example.org web1",
        b"172.17.0.2\tweb1",
        b"",
    ]


def test_a_line_that_others_have_for_the_address_comes_behind_it_too() -> None:
    """Such as one of `--add-host`."""
    text = DOCKERS.replace(b"172.17.0.2", b"172.17.0.2 db\n172.17.0.2")
    lines = _edited(text).split(b"\n")
    assert lines[2:5] == [
        b"172.17.0.2 web1.example.org web1",
        b"172.17.0.2 db",
        b"172.17.0.2\tweb1",
    ]


def test_the_name_leads_wherever_the_kernels_leads() -> None:
    """A container of two networks, of both families."""
    text = b"127.0.0.1 localhost\n172.18.0.3 web1\n172.19.0.3 web1\nfd00::3 web1\n"
    assert addresses_of(_edited(text), FQDN) == [b"172.18.0.3", b"172.19.0.3", b"fd00::3"]


def test_a_kernels_name_without_a_line_means_the_containers_own_address() -> None:
    """`--network none`, or a file of the user's."""
    assert _edited(b"127.0.0.1 localhost\n") == (
        b"127.0.0.1 localhost\n10.0.0.7 web1.example.org web1\n"
    )


def test_the_line_of_localhost_stays_the_first_of_its_address() -> None:
    """Or 127.0.0.1 would be called by the workload's name, and localhost by none."""
    text = b"127.0.0.1 localhost web1\n127.0.0.1 db\n"
    assert _edited(text) == text + b"10.0.0.7 web1.example.org web1\n"
    assert _edited(text, own=b"127.0.0.1").split(b"\n") == [
        b"127.0.0.1 localhost web1",
        b"127.0.0.1 web1.example.org web1",
        b"127.0.0.1 db",
        b"",
    ]


@pytest.mark.parametrize("text", [b"", b"127.0.0.1 localhost", b"# nothing here"])
def test_a_last_line_without_an_end_gets_one(text: bytes) -> None:
    """And an empty file a line."""
    assert _edited(text) == text + b"\n" * bool(text) + b"10.0.0.7 web1.example.org web1\n"


def test_a_kernels_full_name_that_does_not_resolve_is_given_a_line() -> None:
    """`docker run --network none --hostname FQDN`; the short name's address counts."""
    assert _edited(b"", kernel=FQDN) == b"10.0.0.7 web1.example.org web1\n"
    assert addresses_of(_edited(DOCKERS, kernel=FQDN), FQDN) == [b"172.17.0.2"]


def test_another_name_than_the_kernels_brings_its_own_short_name() -> None:
    """Unless the file leads that one elsewhere, and then it goes on to do so."""
    line = b"172.17.0.2 app.example.org app"
    assert line in _edited(DOCKERS, "app.example.org").split(b"\n")
    text = DOCKERS + b"10.1.1.1 app\n"
    assert b"172.17.0.2 app.example.org" in _edited(text, "app.example.org").split(b"\n")


def test_a_name_without_a_dot_stands_alone() -> None:
    """It is its own short name."""
    assert b"172.17.0.2 app" in _edited(DOCKERS, "app").split(b"\n")


@pytest.mark.parametrize("name", ["a.b\n1.2.3.4 bank.example", "a.b #", "a b.c", ".a", "a\udcff.b"])
def test_what_the_kernel_may_be_told_but_no_line_can_have(name: str) -> None:
    """sethostname(2) takes any bytes."""
    assert not is_valid_name(name)


def test_host_names_may_stand() -> None:
    """With underscores too, which engines allow."""
    assert is_valid_name(FQDN)
    assert is_valid_name("My_app-1.example.org")


# ---- for every file -------------------------------------------------------------------------

_ADDRESSES = st.sampled_from([b"127.0.0.1", b"172.17.0.2", b"10.9.9.9", b"::1", b"fd00::2", b"x"])
_NAMES = st.sampled_from([b"localhost", b"web1", b"db", b"web", b"#", b"WEB1", b"\xff\x85"])
_LINES = st.builds(
    lambda address, names, gap: gap.join([address, *names]),
    _ADDRESSES,
    st.lists(_NAMES, max_size=3),
    st.sampled_from([b" ", b"\t"]),
)
_TEXTS = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(st.one_of(_LINES, st.binary(max_size=12)), max_size=8),
    st.sampled_from([b"", b"\n"]),
)


@given(_TEXTS, st.sampled_from([FQDN, "web.example.org", "app"]), st.sampled_from(["web1", FQDN]))
def test_of_every_file_nothing_is_taken_out(text: bytes, name: str, kernel: str) -> None:
    """The name resolves, a second look changes nothing, all lines are there in their order,
    and the text is longer, so that a write in place never shows less."""
    after = with_hostname(text, name, kernel, b"10.0.0.7")
    if after is None:
        assert resolves(text, name)
        return
    assert resolves(after, name)
    assert with_hostname(after, name, kernel, b"10.0.0.7") is None
    assert len(after) > len(text)
    rest = iter(after.split(b"\n"))
    assert all(line in rest for line in text.rstrip(b"\n").split(b"\n") if line)


@given(_TEXTS)
def test_of_every_file_the_names_line_is_the_first_of_its_address(text: bytes) -> None:
    """But for localhost's."""
    after = with_hostname(text, FQDN, "web1", b"10.0.0.7") or text
    for address in addresses_of(after, FQDN):
        lines = [line for line in after.split(b"\n") if line.lower().split()[:1] == [address]]
        lines = [line for line in lines if b"localhost" not in line.partition(b"#")[0].split()]
        assert FQDN.encode() in lines[0]


# ---- whose file it is -----------------------------------------------------------------------


def test_an_engines_file_is_a_mount() -> None:
    """By the mount point, and not by what is mounted there."""
    root = b"22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/etc/hosts"
    hosts = b"31 22 8:1 /var/lib/x/hosts /etc/hosts rw - ext4 /dev/vda1 rw"
    assert is_mounted(HOSTS_FILE, root + b"\n" + hosts + b"\n")
    assert not is_mounted(
        HOSTS_FILE, root + b"\n" + hosts.replace(b" /etc/hosts ", b" /srv/etc/hosts ") + b"\n"
    )
    assert not is_mounted(HOSTS_FILE, b"")


# ---- what is said ---------------------------------------------------------------------------


def test_the_event_says_where_the_name_leads() -> None:
    """Read from the file as it is now."""
    assert resolvable_event(FQDN, _edited(DOCKERS)) == (
        "info",
        "hostname.resolvable",
        {"name": FQDN, "addresses": ["172.17.0.2"]},
    )


def test_the_warning_says_what_breaks_and_the_flag_that_mends_it() -> None:
    """`--hostname` does not help where the kernel has the name already."""
    level, event, facts = unresolvable_event(FQDN, "web1", "/etc/hosts: Permission denied")
    assert (level, event) == ("warning", "hostname.unresolvable")
    assert "getLocalHost" in facts["breaks"]
    assert facts["mend"] == f"--hostname {FQDN}, or --add-host {FQDN}:127.0.1.1"
    assert unresolvable_event(FQDN, FQDN, "")[2]["mend"] == f"--add-host {FQDN}:127.0.1.1"
