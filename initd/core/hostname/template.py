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
    template: str, known: ContainerFacts, domain: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """The text with every field's value, and a sentence for each field. `domain` is what
    --domain said. Raises ValueError, with a sentence for people."""
    if _SWARM in template:
        raise ValueError(
            f"{template!r} has not been expanded: Swarm does so in --hostname and --env of"
            " `docker service create`, and nobody does elsewhere"
        )
    first, *rest = template.split("{")
    if "}" in first:
        raise ValueError(f"{template!r} has a }} without its {{")
    parts, said = [first], []
    for part in rest:
        field, brace, text = part.partition("}")
        if not brace or "}" in text:
            raise ValueError(f"{template!r} has a brace without its other half")
        value = _value(field, known, domain)
        parts += [value, text]
        said.append(f"{{{field}}} is {value}")
    return "".join(parts), tuple(said)


def _value(field: str, known: ContainerFacts, domain: str | None) -> str:
    if field.startswith(_ENV):
        return _variable(field.removeprefix(_ENV), known)
    if field == "domain" and domain is not None:
        return domain
    if field not in _FIELDS:
        fields = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise ValueError(f"{{{field}}} is no field: there are {fields} and {{env:NAME}}")
    look_up, missing = _FIELDS[field]
    value = look_up(known)
    if not value:
        raise ValueError(f"{{{field}}} has no value here: {missing}")
    return value


def _variable(name: str, known: ContainerFacts) -> str:
    if not name:
        raise ValueError("{env:} names no variable: write, for example, {env:POD_NAME}")
    value = known.variable(name)
    if not value:
        state = "not set" if value is None else "empty"
        raise ValueError(f"{{env:{name}}} has no value here: the variable {name} is {state}")
    return value


def _domain(known: ContainerFacts) -> str | None:
    """As `hostname -d` finds it, and then the resolver's."""
    own = known.own_name()
    named = known.kernel if "." in known.kernel else own.name if own is not None else ""
    return named.partition(".")[2] or own_domain(known.search_list())


def _namespace(known: ContainerFacts) -> str | None:
    cluster = cluster_of(known.search_list())
    return cluster.namespace if cluster is not None else None


def _cluster(known: ContainerFacts) -> str | None:
    cluster = cluster_of(known.search_list())
    return cluster.domain if cluster is not None else None


def _subdomain(known: ContainerFacts) -> str | None:
    cluster, own = cluster_of(known.search_list()), known.own_name()
    if cluster is None or own is None:
        return None
    return subdomain_of(own.name, cluster)


_NO_POD = (
    "the search list of /etc/resolv.conf is no pod's, NAMESPACE.svc.CLUSTER svc.CLUSTER CLUSTER;"
    " {env:NAME} takes what the pod's specification puts into a variable"
)
#: What each is, and what to do where it is nothing.
_FIELDS: dict[str, tuple[Callable[[ContainerFacts], str | None], str]] = {
    "hostname": (lambda known: known.short, "the kernel has no name"),
    "domain": (
        _domain,
        "say --domain, or give the engine one (docker run --domainname or --dns-search)",
    ),
    "subdomain": (
        _subdomain,
        "/etc/hosts has no HOSTNAME.SUBDOMAIN.NAMESPACE.svc.CLUSTER for this pod, as it has where"
        " the pod's specification names a subdomain",
    ),
    "namespace": (_namespace, _NO_POD),
    "cluster": (_cluster, _NO_POD),
}
