"""What /etc/hosts and /etc/resolv.conf say of this container's name: hosts(5), resolv.conf(5)."""

from __future__ import annotations

from initd.core.value import Value

#: RFC 6761, 6.3: every machine has the names below it, so they identify none.
_LOCALHOST = "localhost"


class FullName(Value):
    """A name with a domain, listed in /etc/hosts. `is_own` where the short name has the same
    address: then the line is about this container, and not about another one."""

    address: str
    name: str
    is_own: bool


class Cluster(Value):
    """A pod's place in Kubernetes."""

    namespace: str
    domain: str


def full_names(hosts: str, short: str) -> list[FullName]:
    """The names that begin with `short` and a dot, in the order of the file `hosts`."""
    short = short.lower()
    lines = [line.partition("#")[0].split() for line in hosts.split("\n")]
    entries = [(words[0], words[1:]) for words in lines if len(words) > 1]
    own_addresses = {address for address, names in entries if short in map(str.lower, names)}
    return [
        FullName(address=address, name=name, is_own=address in own_addresses)
        for address, names in entries
        for name in names
        if name.lower().startswith(short + ".") and short != _LOCALHOST
    ]


def search_list(resolv_conf: str) -> tuple[str, ...]:
    """The domains that the resolver appends to short names. The keyword `domain` gives a list
    of one; the last line that has either keyword wins."""
    found: tuple[str, ...] = ()
    for line in resolv_conf.split("\n"):
        words = line.split()
        # A keyword counts only in the first column.
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
    """The first domain of the search list that is not the cluster's: every pod's list begins
    with those."""
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
