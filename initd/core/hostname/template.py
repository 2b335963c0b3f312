"""`{hostname}.{domain}`: a host name with fields that the container fills."""

from __future__ import annotations

from initd.core.hostname.files import cluster_of, own_domain, subdomain_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from initd.core.hostname.container import ContainerFacts

_ENV = "env:"
_SWARM = "{{"


def expand(
    template: str, facts: ContainerFacts, domain: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """The text with every field's value, and a sentence for each field. `domain` is the
    value of --domain. Raises ValueError, with a sentence for people."""
    if _SWARM in template:
        raise ValueError(
            f"{template!r} is a Swarm template that was not expanded: Swarm expands them only in"
            " --hostname and --env of `docker service create`"
        )
    first, *rest = template.split("{")
    if "}" in first:
        raise ValueError(f"{template!r} has an unmatched brace")
    parts, notes = [first], []
    for part in rest:
        field, brace, text = part.partition("}")
        if not brace or "}" in text:
            raise ValueError(f"{template!r} has an unmatched brace")
        value = _value(field, facts, domain)
        parts += [value, text]
        notes.append(f"{{{field}}} is {value}")
    return "".join(parts), tuple(notes)


def _value(field: str, facts: ContainerFacts, domain: str | None) -> str:
    if field.startswith(_ENV):
        return _variable(field.removeprefix(_ENV), facts)
    if field == "domain" and domain is not None:
        return domain
    if field not in _FIELDS:
        fields = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise ValueError(f"unknown field {{{field}}}: use {fields} or {{env:NAME}}")
    look_up, missing = _FIELDS[field]
    value = look_up(facts)
    if not value:
        raise ValueError(f"{{{field}}} has no value here: {missing}")
    return value


def _variable(name: str, facts: ContainerFacts) -> str:
    if not name:
        raise ValueError("{env:} lacks a variable: write, for example, {env:POD_NAME}")
    value = facts.variable(name)
    if not value:
        state = "not set" if value is None else "empty"
        raise ValueError(f"{{env:{name}}} has no value here: the variable {name} is {state}")
    return value


def _domain(facts: ContainerFacts) -> str | None:
    """As `hostname -d` finds it; failing that, the resolver's."""
    own = facts.own_full_name()
    full_name = facts.kernel_hostname
    if "." not in full_name and own is not None:
        full_name = own.name
    return full_name.partition(".")[2] or own_domain(facts.search_list())


def _namespace(facts: ContainerFacts) -> str | None:
    cluster = cluster_of(facts.search_list())
    return cluster.namespace if cluster is not None else None


def _cluster(facts: ContainerFacts) -> str | None:
    cluster = cluster_of(facts.search_list())
    return cluster.domain if cluster is not None else None


def _subdomain(facts: ContainerFacts) -> str | None:
    cluster, own = cluster_of(facts.search_list()), facts.own_full_name()
    if cluster is None or own is None:
        return None
    return subdomain_of(own.name, cluster)


_NO_POD = (
    "the search list in /etc/resolv.conf is not a pod's, which begins with NAMESPACE.svc.CLUSTER"
    " svc.CLUSTER CLUSTER; {env:NAME} takes a variable that the pod's specification sets"
)
#: How each is looked up, and what to do where it has no value.
_FIELDS: dict[str, tuple[Callable[[ContainerFacts], str | None], str]] = {
    "hostname": (lambda facts: facts.short_hostname, "the kernel has no name"),
    "domain": (
        _domain,
        "use --domain, or set one in the engine (docker run --domainname or --dns-search)",
    ),
    "subdomain": (
        _subdomain,
        "/etc/hosts has no HOSTNAME.SUBDOMAIN.NAMESPACE.svc.CLUSTER for this pod; it has one if"
        " the pod's specification sets a subdomain",
    ),
    "namespace": (_namespace, _NO_POD),
    "cluster": (_cluster, _NO_POD),
}
