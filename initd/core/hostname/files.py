"""What /etc/hosts and /etc/resolv.conf say of this container's name: hosts(5), resolv.conf(5)."""

from __future__ import annotations

from initd.core.value import Value

#: RFC 6761, 6.3: names below it are every machine's, and so nobody's.
_LOCALHOST = "localhost"


class FullName(Value):
    """A name with a domain that /etc/hosts has. `own` where the short name has the same
    address: then the line is about this container, and not about a neighbour."""

    address: str
    name: str
    own: bool


class Cluster(Value):
    """Where in Kubernetes a pod is."""

    namespace: str
    domain: str


def full_names(hosts: str, short: str) -> list[FullName]:
    """The names that begin with `short` and a dot, in the order of the file `hosts`."""
    short = short.lower()
    lines = [line.partition("#")[0].split() for line in hosts.split("\n")]
    entries = [(words[0], words[1:]) for words in lines if len(words) > 1]
    own = {address for address, names in entries if short in map(str.lower, names)}
    return [
        FullName(address, name, address in own)
        for address, names in entries
        for name in names
        if name.lower().startswith(short + ".") and short != _LOCALHOST
    ]


def search_list(resolv_conf: str) -> tuple[str, ...]:
    """The domains that the resolver puts behind short names. `domain` is a list of one;
    of several lines the last one counts."""
    found: tuple[str, ...] = ()
    for line in resolv_conf.split("\n"):
        words = line.split()
        # Only at the very beginning of a line is a keyword one.
        if len(words) < 2 or not line.startswith(words[0]):
            continue
        if words[0] in ("search", "domain"):
            words = words[1:] if words[0] == "search" else words[1:2]
            found = tuple(domain for word in words if (domain := word.strip(".")))
    return found


def cluster_of(search: tuple[str, ...]) -> Cluster | None:
    """A pod's search list begins with NAMESPACE.svc.DOMAIN, svc.DOMAIN and DOMAIN
    (Kubernetes, DNS for Services and Pods); None where those three are not there."""
    for domain in search:
        namespace, _, rest = domain.partition(".")
        kind, _, cluster = rest.partition(".")
        if kind == "svc" and cluster and {rest, cluster} <= set(search):
            return Cluster(namespace, cluster)
    return None


def own_domain(search: tuple[str, ...]) -> str | None:
    """The first domain of the search list that is no cluster's: those begin every pod's."""
    cluster = cluster_of(search)
    if cluster is None:
        return search[0] if search else None
    services = f"svc.{cluster.domain}"
    clusters = (f"{cluster.namespace}.{services}", services, cluster.domain)
    return next((domain for domain in search if domain not in clusters), None)


def subdomain_of(name: str, cluster: Cluster) -> str | None:
    """SUBDOMAIN of HOST.SUBDOMAIN.NAMESPACE.svc.DOMAIN, the name of a pod that has one."""
    middle = name.partition(".")[2].removesuffix(f".{cluster.namespace}.svc.{cluster.domain}")
    return middle if middle and "." not in middle else None
