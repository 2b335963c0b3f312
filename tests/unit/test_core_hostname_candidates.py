"""Where the workload's name comes from: what takes precedence, what is taken, what is refused."""

from __future__ import annotations

from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname.candidates import (
    KERNEL,
    PASSED_OVER,
    REFUSED,
    TAKEN,
    Candidate,
    RawOption,
    candidates,
)
from initd.core.hostname.container import HOSTS_FILE, MOUNTS, RESOLV_CONF, ContainerFacts
from initd.core.hostname.rules import check_hostname

from .hostname_places import DOCKER, KUBERNETES, MACHINES, POD, POD_RESOLV_CONF, known

LIBRARY = "/opt/initd/hostname.so"
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)


def _said(*texts: str | None, source: str = "--hostname") -> tuple[RawOption, ...]:
    return tuple(RawOption(text, source) for text in texts if text is not None)


def _all(
    hostname: str | None, domain: str | None, place: ContainerFacts, library: str = LIBRARY
) -> list[Candidate]:
    domains = _said(domain, source="--domain")
    return list(candidates(_said(hostname), domains, place, library))


def _decided(
    hostname: str | None, domain: str | None, place: ContainerFacts, library: str = LIBRARY
) -> Candidate:
    """As a start has it."""
    return next(
        each for each in _all(hostname, domain, place, library) if each.verdict != PASSED_OVER
    )


# ---- what is taken --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostname", "domain", "kernel", "source", "name"),
    [
        (None, None, "web-1", KERNEL, "web-1"),
        (None, None, "web-1.example.org", KERNEL, "web-1.example.org"),
        ("web.example.org", None, "abc", "--hostname", "web.example.org"),
        ("web", None, "abc", "--hostname", "web"),
        ("web", "example.org", "abc", "--hostname", "web.example.org"),
        (None, "example.org", "abc", "--domain", "abc.example.org"),
        (None, "example.org", "abc.internal", "--domain", "abc.example.org"),
        ("web.other.org", "example.org", "abc", "--hostname", "web.other.org"),
        ("web", ".example.org.", "abc", "--hostname", "web.example.org"),
        ("abc", None, "abc", "--hostname", "abc"),
        (None, "example.org", "abc.example.org", "--domain", "abc.example.org"),
        ("{hostname}.{domain}", "example.org", "abc", "--hostname", "abc.example.org"),
        ("{hostname}-x", "example.org", "abc", "--hostname", "abc-x.example.org"),
        ("{hostname}", None, "abc", "--hostname", "abc"),
    ],
)
def test_the_name_is_put_together_from_host_domain_and_kernel(
    hostname: str | None, domain: str | None, kernel: str, source: str, name: str
) -> None:
    """A name with a dot stands as it is."""
    found = _decided(hostname, domain, known(kernel))
    assert (found.source, found.name, found.verdict) == (source, name, TAKEN)


@pytest.mark.parametrize(
    ("place", "source", "name"),
    [
        (known("web1", DOCKER), "/etc/hosts", "web1.example.org"),
        (known("web-0", KUBERNETES), "/etc/hosts", "web-0.nginx.shop.svc.cluster.local"),
        (known("web1.kernel.org", DOCKER), KERNEL, "web1.kernel.org"),
        (known("other", DOCKER), KERNEL, "other"),
        (known("web1", "10.0.0.9 web1.example.org"), KERNEL, "web1"),
        (known("web1", "10.0.0.9 web1.exam_ple.org web1"), KERNEL, "web1"),
        (known("web1", f"10.0.0.9 web1.{'x' * 63} web1"), KERNEL, "web1"),
        (known("web1", "", "search example.org"), KERNEL, "web1"),
        (known("web-1", "10.0.0.9 web-1", POD_RESOLV_CONF), KERNEL, "web-1"),
        (known("web1", DOCKER, INITD_HOSTNAME="x"), "/etc/hosts", "web1.example.org"),
    ],
)
def test_where_nobody_says_a_name_hosts_may_have_one_for_a_short_kernels_name(
    place: ContainerFacts, source: str, name: str
) -> None:
    """An invalid one, a neighbour's and a search list's are passed over."""
    found = _decided(None, None, place)
    assert (found.source, found.name, found.verdict) == (source, name, TAKEN)


def test_a_whole_machines_hosts_file_is_not_believed_unasked() -> None:
    """Debian's installer writes such a line; what runs there keeps the machine's name."""
    place = known("box", "127.0.1.1 box.lan box", mounts=MACHINES)
    hosts, decided, *_ = _all(None, None, place)
    assert (hosts.name, hosts.verdict, decided.name) == ("box.lan", PASSED_OVER, "box")
    assert hosts.why.endswith("--domain '{domain}' would use it")
    assert _decided(None, "{domain}", place).name == "box.lan"


def test_a_library_that_cant_be_preloaded_is_a_mistake_only_where_a_name_is_asked_for() -> None:
    """A name that was only found starts the app without it."""
    place, library = known("web1", DOCKER), "/my images/hostname.so"
    assert _decided(None, None, place, library).name == "web1"
    refused = _decided("web1.example.org", None, place, library)
    assert (refused.verdict, refused.name) == (REFUSED, None)
    assert "a space or a colon" in refused.why
    assert _decided("web1", None, place, library).name == "web1"


# ---- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostname", "domain", "source", "why"),
    [
        ("a+b", None, "--hostname", "'a+b': letters"),
        ("", None, "--hostname", "the host name is empty: give a name such as"),
        ("x" * 65, None, "--hostname", "at most 64 are allowed"),
        ("{nope}", None, "--hostname", "unknown field {nope}"),
        ("{hostname}.{domain}", None, "--hostname", "{domain} has no value here"),
        ("web", "{nope}", "--hostname", "--domain: unknown field {nope}"),
        (None, "{nope}", "--domain", "unknown field {nope}"),
        (None, "a..b", "--domain", "'web1.a..b' has a part of 0 characters"),
        (None, "", "--domain", "invalid domain '': give one such as example.com"),
        (None, ".", "--domain", "invalid domain '.'"),
        (None, "x" * 60, "--domain", "has 65 characters"),
    ],
)
def test_a_given_but_invalid_name_is_refused_and_nothing_weaker_is_taken(
    hostname: str | None, domain: str | None, source: str, why: str
) -> None:
    """Whatever else there is: somebody meant something."""
    found = _decided(hostname, domain, known())
    assert (found.source, found.name, found.verdict) == (source, None, REFUSED)
    assert why in found.why


# ---- what a start looks at ------------------------------------------------------------------


def _asked_for(hostname: str | None, domain: str | None, kernel: str) -> list[str]:
    """The files that a start reads."""
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return DOCKER if path == HOSTS_FILE else ""

    place = ContainerFacts(kernel, {}, read)
    for each in candidates(_said(hostname), _said(domain), place, LIBRARY):
        if each.verdict != PASSED_OVER:
            break
    return asked


@pytest.mark.parametrize(
    ("hostname", "domain", "kernel", "files"),
    [
        ("web.example.org", None, "abc", []),
        ("{hostname}.example.org", None, "abc", []),
        (None, "example.org", "abc", []),
        (None, None, "abc.example.org", []),
        (None, None, "abc", [HOSTS_FILE]),
        (None, None, "web1", [HOSTS_FILE, MOUNTS]),
        ("{hostname}.{domain}", "example.org", "abc", []),
        ("{hostname}.{domain}", None, "abc", [HOSTS_FILE, RESOLV_CONF]),
        ("{namespace}.{cluster}", None, "abc", [RESOLV_CONF]),
    ],
)
def test_a_start_reads_no_file_that_it_can_do_without(
    hostname: str | None, domain: str | None, kernel: str, files: list[str]
) -> None:
    """And each at most once."""
    assert _asked_for(hostname, domain, kernel) == files


# ---- what is explained ----------------------------------------------------------------------


def test_what_is_weaker_says_so_and_what_is_wrong_with_it() -> None:
    """A mistake in a variable that a flag wins over stops nobody."""
    said = (RawOption("{hostname}.example.org", "--hostname"), RawOption("a_b", "INITD_HOSTNAME"))
    found = list(candidates(said, (RawOption("x.org", "--domain"),), known(), LIBRARY))
    assert [(each.source, each.name, each.why) for each in found] == [
        ("--hostname", "web1.example.org", "{hostname} is web1"),
        (
            "INITD_HOSTNAME",
            None,
            "--hostname takes precedence; 'a_b.x.org': a host name has no underscores:"
            " use a-b.x.org",
        ),
        ("--domain", "web1.x.org", "--hostname takes precedence"),
        ("/etc/hosts", None, "--hostname takes precedence; no name in it begins with web1."),
        (KERNEL, "web1", "--hostname takes precedence"),
        ("/etc/resolv.conf", None, "--hostname takes precedence; it has no search list"),
    ]


@pytest.mark.parametrize(
    ("place", "name", "template"),
    [
        (known("web1", "", "search example.org"), "web1.example.org", (None, "{domain}")),
        (
            known("web-1", "", POD_RESOLV_CONF),
            f"web-1.{POD[0]}",
            ("{hostname}.{namespace}.svc.{cluster}", None),
        ),
    ],
)
def test_a_search_list_is_shown_with_the_template_that_takes_it(
    place: ContainerFacts, name: str, template: tuple[str | None, str | None]
) -> None:
    """And that template does take it."""
    last = _all(None, None, place)[-1]
    assert (last.source, last.name, last.verdict) == ("/etc/resolv.conf", name, PASSED_OVER)
    assert f"'{template[0] or template[1]}'" in last.why
    assert _decided(*template, place).name == name


def test_a_name_of_another_container_is_shown_as_one() -> None:
    """An --add-host for another machine that happens to be called the same."""
    hosts = _all(None, None, known("web1", "10.0.0.9 web1.prod.example.org"))[0]
    assert (hosts.name, hosts.verdict) == ("web1.prod.example.org", PASSED_OVER)
    assert hosts.why == (
        "10.0.0.9 is web1.prod.example.org, but not web1: it may be another container"
    )


texts = (
    st.none()
    | names
    | st.text(max_size=8)
    | st.sampled_from(["{hostname}.{domain}", "{namespace}.x", "{env:A}", "{", "{{.Node}}", "web"])
)
places = st.builds(
    known,
    st.sampled_from(["web1", "web-0", "web1.example.org", "other", ""]),
    st.sampled_from(["", DOCKER, KUBERNETES]),
    st.sampled_from(["", POD_RESOLV_CONF, "search example.org"]),
)


@given(texts, texts, places)
def test_exactly_one_decides_and_all_behind_it_are_passed_over_for_it(
    hostname: str | None, domain: str | None, place: ContainerFacts
) -> None:
    """For every input; and what is taken is a host name, or the kernel's word."""
    found = _all(hostname, domain, place)
    before = list(takewhile(lambda each: each.verdict == PASSED_OVER, found))
    decided, behind = found[len(before)], found[len(before) + 1 :]
    assert all(each.verdict == PASSED_OVER for each in behind)
    assert all(each.why.startswith(f"{decided.source} takes precedence") for each in behind)
    assert all(each.why for each in found)
    assert {"/etc/hosts", "/etc/resolv.conf", KERNEL} <= {each.source for each in found}
    assert (decided.verdict == TAKEN) == (decided.name is not None)
    if decided.name is not None and decided.name != place.kernel_hostname:
        check_hostname(decided.name)


@given(names, names)
def test_a_name_that_is_said_is_the_name(name: str, kernel: str) -> None:
    """Nothing that is found takes precedence."""
    found = _decided(name, None, known(kernel, f"10.0.0.1 {kernel}.x {kernel}"))
    assert (found.name, found.verdict) == (name, TAKEN)
