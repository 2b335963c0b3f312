"""/etc/hosts and /etc/resolv.conf, as engines, kubelets and people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname.files import (
    Cluster,
    FullName,
    cluster_of,
    full_names,
    own_domain,
    search_list,
    subdomain_of,
)

from .hostname_places import DOCKER, KUBERNETES, POD

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=2, max_size=3).map(".".join)


# ---- hosts ----------------------------------------------------------------------------------


def test_what_docker_writes_for_a_domainname() -> None:
    """`docker run --hostname web1 --domainname example.org`."""
    assert full_names(DOCKER, "web1") == [FullName("172.17.0.2", "web1.example.org", True)]


def test_what_a_kubelet_writes_for_a_pod_with_a_subdomain() -> None:
    """And what host aliases add is somebody else's."""
    assert full_names(KUBERNETES, "web-0") == [
        FullName("10.244.0.5", "web-0.nginx.shop.svc.cluster.local", True),
        FullName("10.1.2.3", "web-0.elsewhere.example.org", False),
    ]


@pytest.mark.parametrize(
    ("hosts", "own"),
    [
        ("10.0.0.1 web.example.org web", True),
        ("10.0.0.1 web web.example.org", True),
        ("  10.0.0.1   Web.Example.org\tWEB # the container", True),
        ("10.0.0.1 web.example.org\n10.0.0.1 web", True),
        ("10.0.0.1 web.example.org", False),
        ("10.0.0.1 web.example.org # web", False),
        ("10.0.0.1 web.example.org\n10.0.0.2 web", False),
        ("# 10.0.0.1 web.example.org web", None),
        ("10.0.0.1 webs.example.org web", None),
        ("10.0.0.1 db.example.org web", None),
        ("10.0.0.1", None),
        ("", None),
    ],
)
def test_a_name_is_the_containers_own_where_the_short_one_has_its_address(
    hosts: str, own: bool | None
) -> None:
    """None: there is no such name at all."""
    found = full_names(hosts, "web")
    assert [each.is_own for each in found] == ([] if own is None else [own])


def test_localhost_with_a_domain_is_everybodys() -> None:
    """`127.0.0.1 localhost.localdomain localhost` names no container."""
    assert full_names("127.0.0.1 localhost.localdomain localhost", "localhost") == []


entries = st.lists(
    st.tuples(
        st.sampled_from(["10.0.0.1", "10.0.0.2", "::1"]),
        st.lists(st.sampled_from(["web", "web.a.b", "web.c", "db", "db.a.b"]), max_size=3),
        st.sampled_from([" ", "\t", " \t "]),
        st.sampled_from(["", "# web web.x", "#"]),
    ),
    max_size=6,
)


@given(entries)
def test_every_line_is_read_as_hosts_5_has_it(
    entries: list[tuple[str, list[str], str, str]],
) -> None:
    """Address, names, blanks of every kind, comments."""
    text = "\n".join(
        blank + blank.join([address, *names]) + blank + comment
        for address, names, blank, comment in entries
    )
    own = {address for address, names, _, _ in entries if "web" in names}
    expected = [
        FullName(address, name, address in own)
        for address, names, _, _ in entries
        for name in names
        if name.startswith("web.")
    ]
    assert full_names(text, "web") == expected


# ---- resolv.conf ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("nameserver 10.0.0.1\nsearch example.org example.net\noptions ndots:5\n", 2),
        ("search\texample.org \texample.net\n", 2),
        ("domain other.org\nsearch example.org example.net", 2),
        ("search other.org\nsearch example.org. example.net.", 2),
        ("search example.org example.net\ndomain example.org example.net", 1),
        ("# search example.org\n; search example.org\n search example.org", 0),
        ("search\n", 0),
        ("search .\n", 0),
        ("searching example.org\n", 0),
        ("", 0),
    ],
)
def test_the_last_search_or_domain_counts(text: str, domains: int) -> None:
    """As the resolvers of glibc and musl read it; `domain` has one."""
    assert search_list(text) == ("example.org", "example.net")[:domains]


@given(st.text())
def test_any_text_is_a_hosts_file_and_a_resolvers_configuration(text: str) -> None:
    """No line of it is a reason not to start."""
    assert all(each.name.lower().startswith("web.") for each in full_names(text, "web"))
    assert all(domain == domain.strip(".") != "" for domain in search_list(text))


# ---- Kubernetes -----------------------------------------------------------------------------


@given(labels, domains, st.lists(domains, max_size=2))
def test_a_pods_search_list_tells_namespace_cluster_and_the_nodes_domain(
    namespace: str, cluster: str, of_the_node: list[str]
) -> None:
    """Kubelet puts the three of the cluster in front of those of the node."""
    three = (f"{namespace}.svc.{cluster}", f"svc.{cluster}", cluster)
    found = search_list(f"search {' '.join([*three, *of_the_node])}\n")
    assert cluster_of(found) == Cluster(namespace, cluster)
    others = [domain for domain in of_the_node if domain not in three]
    assert own_domain(found) == (others[0] if others else None)


@pytest.mark.parametrize(
    "search",
    [(), ("example.org",), POD[:1], POD[:2], ("a.b.svc.x", "svc.x", "x"), ("a.svc", "svc")],
)
def test_only_a_pods_search_list_tells_the_cluster(search: tuple[str, ...]) -> None:
    """All three have to be there: somebody's domain may begin with svc."""
    assert cluster_of(search) is None
    assert own_domain(search) == (search[0] if search else None)


@pytest.mark.parametrize(
    ("name", "subdomain"),
    [
        ("web-0.nginx.shop.svc.cluster.local", "nginx"),
        ("web-0.shop.svc.cluster.local", None),
        ("web-0.a.b.shop.svc.cluster.local", None),
        ("web-0.nginx.other.svc.cluster.local", None),
        ("web-0.example.org", None),
    ],
)
def test_a_pods_name_tells_its_subdomain(name: str, subdomain: str | None) -> None:
    """One label, between the host and the namespace."""
    assert subdomain_of(name, Cluster("shop", "cluster.local")) == subdomain
