"""--register and --watch: URLs of registries, and every mistake in one."""

from __future__ import annotations

import pytest

from initd.config.values.registry import mistakes_among, read_register, read_watch
from initd.core.registry.peers import Peer, as_json, entry, lines, peer_of
from initd.core.registry.place import Place, Register, Watch

WEB = Place(kind="etcd", hosts=(("etcd", 2379),), prefix="/services/web")


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("etcd://etcd:2379/services/web", Register(place=WEB)),
        ("etcd://etcd/services/web/", Register(place=WEB)),
        (
            "etcd://etcd/services/web name=a.b address=10.0.0.1 port=80 ttl=5 unready=flag",
            Register(place=WEB, name="a.b", address="10.0.0.1", port=80, ttl=5.0, unready="flag"),
        ),
        (
            "etcds://a:1,[::1]/x ca=/ca cert=/c key=/k token=/t",
            Register(
                place=Place(
                    kind="etcd",
                    hosts=(("a", 1), ("::1", 2379)),
                    prefix="/x",
                    secure=True,
                    ca="/ca",
                    cert="/c",
                    key="/k",
                    token="/t",
                )
            ),
        ),
        (
            "zookeeper://a,b:1/x",
            Register(place=Place(kind="zookeeper", hosts=(("a", 2181), ("b", 1)), prefix="/x")),
        ),
    ],
)
def test_an_entry_is_a_url_and_what_is_not_the_default(text: str, register: Register) -> None:
    """Ports are the usual ones."""
    assert read_register(text) == register


@pytest.mark.parametrize(
    ("text", "watch"),
    [
        ("web etcd://etcd/services/web", Watch(name="web", place=WEB)),
        (
            "web etcd://etcd/services/web file=/f each='server {address}:{port};' signal=HUP",
            Watch(name="web", place=WEB, file="/f", each="server {address}:{port};", signal=1),
        ),
        (
            "web etcd://etcd/services/web file=/f head='backend web' each={name}",
            Watch(name="web", place=WEB, file="/f", head="backend web", each="{name}"),
        ),
    ],
)
def test_a_watch_has_a_name(text: str, watch: Watch) -> None:
    """By which the hook knows it."""
    assert read_watch(text) == watch


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "is empty: use a URL such as etcd://"),
        ("consul://h/x", "invalid registry 'consul://h/x': use etcd://"),
        ("etcd://h", "no directory in 'etcd://h'"),
        ("etcd:///x", "no host in 'etcd:///x'"),
        ("etcd://me:pw@h:2379/x", "it cannot have a user or password"),
        ("etcd://h:99999/x", "with a port from 1 to 65535"),
        ("etcd://h/a//b", "no directory"),
        ("etcd://h/x port=0", "port=0: expected a port"),
        ("etcd://h/x ttl=1", "ttl=1: expected seconds from 2 to 3600"),
        ("etcd://h/x unready=maybe", "unready=maybe: expected out or flag"),
        ("etcd://h/x name=a/b", "invalid name 'a/b'"),
        ("etcd://h/x address=a;b", "expected a host name or an IP address"),
        ("etcd://h/x ca=/c", "are for etcds://, and this is etcd://"),
        ("zookeeper://h/x cert=/c", "are for etcds://, and this is zookeeper://"),
        ("zookeeper://h/x token=/t", "token= is for etcd:// and etcds://"),
        ("etcds://h/x cert=/c", "cert= and key= belong together"),
        ("etcd://h/x token=t", "expected an absolute path"),
        ("etcd://h/x prot=1", "unknown key 'prot': did you mean port?"),
        ("etcd://h/x port=1 port=1", "port= is given twice"),
        ("etcd://h/x port", "expected key=value, got 'port'"),
    ],
)
def test_a_mistake_says_what_would_be_right(text: str, mistake: str) -> None:
    """In one sentence."""
    with pytest.raises(ValueError) as found:  # noqa: PT011 (compared below)
        read_register(text)
    assert mistake in str(found.value)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("web", "invalid watch 'web': use NAME URL"),
        ("a/b etcd://h/x", "invalid name 'a/b'"),
        ("web etcd://h/x each=a", "web: each= is for the lines of file="),
        ("web etcd://h/x file=f", "web: file=f: expected an absolute path"),
        ("web etcd://h/x signal=FOO", "web: signal=FOO: unknown signal 'FOO'"),
        ("web etcd://h/x port=1", "web: unknown key 'port'"),
    ],
)
def test_a_mistake_in_a_watch_has_its_name(text: str, mistake: str) -> None:
    """In one sentence."""
    with pytest.raises(ValueError) as found:  # noqa: PT011 (compared below)
        read_watch(text)
    assert mistake in str(found.value)


def test_two_watches_have_two_names() -> None:
    """And there is a bound."""
    web = read_watch("web etcd://h/x")
    assert mistakes_among([web, web]) == ["two watches are called 'web': give each its own name"]
    many = [read_watch(f"w{number} etcd://h/x") for number in range(17)]
    assert mistakes_among(many) == ["too many watches: 17, at most 16 are allowed"]


# ---- what is said in a registry -----------------------------------------------------------------

SAID = entry(name="a", address="10.0.0.1", port=80, role="web", revision="1", ready=True)
A = Peer(name="a", address="10.0.0.1", port=80, role="web", revision="1")


def test_an_entry_of_ours_is_a_peer_of_others() -> None:
    """While it is ready."""
    assert peer_of(SAID) == A
    assert peer_of({**SAID, "ready": False}) is None


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {},
        {**SAID, "ready": 1},
        {**SAID, "name": ""},
        {**SAID, "name": 3},
        {**SAID, "name": "-f"},
        {**SAID, "name": "a" * 254},
        {**SAID, "address": "1.2.3.4; include /etc/passwd;"},
        {**SAID, "address": "a\nb"},
        {**SAID, "address": "é"},
        {**SAID, "port": "80"},
        {**SAID, "port": True},
        {**SAID, "port": -1},
        {**SAID, "port": 65536},
    ],
    ids=repr,
)
def test_what_could_mean_something_to_a_proxy_is_passed_over(bad: object) -> None:
    """Whoever may write to the registry must not write a proxy's configuration."""
    assert peer_of(bad) is None


def test_what_is_not_needed_may_be_left_out() -> None:
    """Or be something else."""
    assert peer_of({**SAID, "role": "a b", "revision": None}) == Peer(
        name="a", address="10.0.0.1", port=80
    )


def test_a_file_has_a_line_for_each_of_them() -> None:
    """An IPv6 address has its brackets."""
    six = Peer(name="b", address="fd00::1", port=81)
    assert lines([A, six], "server {name} {address}:{port} check") == (
        "server a 10.0.0.1:80 check\nserver b [fd00::1]:81 check\n"
    )
    assert as_json([A]) == [
        {"name": "a", "address": "10.0.0.1", "port": 80, "role": "web", "revision": "1"}
    ]
