"""Templates of host names: each field, its sources, and what is said where it has no value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.hostname.container import ContainerFacts
from initd.core.hostname.template import expand

from .hostname_places import DOCKER, KUBERNETES, POD_RESOLV_CONF, known

pod = known("web-0", KUBERNETES, POD_RESOLV_CONF, POD_NAMESPACE="shop")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{hostname}", "web-0"),
        ("{hostname}.{subdomain}.{namespace}.svc.{cluster}", "web-0.nginx.shop.svc.cluster.local"),
        ("{hostname}.{domain}", "web-0.nginx.shop.svc.cluster.local"),
        ("{hostname}.{env:POD_NAMESPACE}.example.org", "web-0.shop.example.org"),
        ("plain.example.org", "plain.example.org"),
        ("{hostname}{hostname}", "web-0web-0"),
        ("", ""),
    ],
)
def test_a_field_is_what_the_container_tells(template: str, name: str) -> None:
    """Here a pod of a StatefulSet."""
    assert expand(template, pod)[0] == name


@pytest.mark.parametrize(
    ("place", "domain"),
    [
        (known("web1.kernel.org", DOCKER, "search resolver.org"), "kernel.org"),
        (known("web1", DOCKER, "search resolver.org"), "example.org"),
        (known("web1", "", "search resolver.org other.org"), "resolver.org"),
        (known("web1", "10.0.0.1 web1.neighbour.org", "domain resolver.org"), "resolver.org"),
        (known("web-1", "", POD_RESOLV_CONF), "node.example.net"),
    ],
)
def test_the_domain_is_the_kernels_or_that_of_hosts_or_the_resolvers(
    place: ContainerFacts, domain: str
) -> None:
    """What --domain says wins over all."""
    assert expand("{domain}", place)[0] == domain
    assert expand("{domain}", place, "said.org")[0] == "said.org"


def test_a_short_hostname_of_a_full_kernels_name() -> None:
    """So that a template means the same where the engine has been told."""
    assert expand("{hostname}.{domain}", known("web1.example.org"))[0] == "web1.example.org"


def test_each_field_is_told_with_its_value() -> None:
    """For --explain."""
    _, said = expand("{hostname}.{env:D}", known(D="example.org"))
    assert said == ("{hostname} is web1", "{env:D} is example.org")


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{host}.x", r"^unknown field {host}: use {hostname}, .*{cluster} or {env:NAME}$"),
        ("{}.x", r"^unknown field {}"),
        ("{hostname }", r"^unknown field {hostname }"),
        ("{domain}", r"^{domain} has no value here: use --domain, or set one in the engine"),
        ("{namespace}", r"^{namespace} has no value here: the search list .* is not a pod's"),
        ("{cluster}", r"^{cluster} has no value here: the search list"),
        ("{subdomain}", r"^{subdomain} has no value here: /etc/hosts has no HOSTNAME.SUBDOMAIN"),
        ("{env:NODE}", r"^{env:NODE} has no value here: the variable NODE is not set$"),
        ("{env:EMPTY}", r"^{env:EMPTY} has no value here: the variable EMPTY is empty$"),
        ("{env:}", r"^{env:} lacks a variable"),
        ("{hostname", "an unmatched brace"),
        ("a}.x", "has an unmatched brace"),
        ("{hostname}}.x", "an unmatched brace"),
        (
            "{{.Service.Name}}-{{.Task.Slot}}.{{.Node.Hostname}}",
            r"was not expanded: Swarm expands them only in --hostname and --env of `docker service",
        ),
    ],
)
def test_a_field_without_a_value_is_a_mistake_that_says_what_would_be_right(
    template: str, sentence: str
) -> None:
    """And an unknown field is told the known ones."""
    with pytest.raises(ValueError, match=sentence):
        expand(template, known(EMPTY=""))


VALUES = {"{hostname}": "web1", "{domain}": "said.org", "{env:A}": "a", "{env:B}": "b{hostname}"}


@given(st.lists(st.sampled_from(sorted(VALUES)) | st.text("ab.-", max_size=3), max_size=6))
def test_every_field_is_replaced_once_and_all_else_stays(parts: list[str]) -> None:
    """A value with braces in it is not a template."""
    place = known(A="a", B="b{hostname}")
    expected = "".join(VALUES.get(part, part) for part in parts)
    assert expand("".join(parts), place, "said.org")[0] == expected


@given(st.text() | st.text("{}:abenv", max_size=12))
def test_any_text_is_a_name_or_a_mistake(text: str) -> None:
    """No brace is left, and nothing else is raised."""
    try:
        found, _ = expand(text, known())
    except ValueError:
        return
    assert not set("{}") & set(found)
