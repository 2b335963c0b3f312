"""Where the workload's host name may come from, strongest source first, and which one wins.

An explicit request comes first: --hostname, then --domain. Next is the kernel's name if it
has a domain already. Then /etc/hosts, which engines write and mount: a name listed there
resolves. Where no engine mounted the file, initd runs on a whole machine, and apps keep the
machine's name. Then the kernel's short name. A resolver's search list does not prove that a
name exists: it comes last, is never taken, and is only shown. A request that cannot be met is
refused; one with an underscore, as Compose's have it, and a name that was merely found and cannot
be used are passed over. A start takes the
first candidate that decides and looks no further.
"""

from __future__ import annotations

from initd.core.hostname.container import HOSTS_FILE
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from initd.core.hostname.container import ContainerFacts

TAKEN, PASSED_OVER, REFUSED = "taken", "passed over", "refused"
#: The source of the kernel's own name.
KERNEL = "kernel"


class RawOption(Value):
    """The text of --hostname or --domain, and where it was given."""

    text: str
    source: str


class Candidate(Value):
    """`name` is None where the source has none; `why` is a sentence for people."""

    source: str
    name: str | None
    verdict: str
    why: str


def candidates(
    hostnames: Sequence[RawOption],
    domains: Sequence[RawOption],
    facts: ContainerFacts,
    library: str,
) -> Iterator[Candidate]:
    """All candidates. The first one that is taken or refused decides: a caller who needs only
    that one stops there. `hostnames` and `domains` are sorted, strongest first; `library` is
    the path of the library that would be preloaded."""
    decided = None
    for each in _independent_candidates(hostnames, domains, facts, library):
        if decided is None:
            yield each
            decided = each if each.verdict != PASSED_OVER else None
        else:
            why = f"{decided.source} takes precedence"
            why += f"; {each.why}" if each.verdict != TAKEN else ""
            yield Candidate(source=each.source, name=each.name, verdict=PASSED_OVER, why=why)


def _independent_candidates(
    hostnames: Sequence[RawOption],
    domains: Sequence[RawOption],
    facts: ContainerFacts,
    library: str,
) -> Iterator[Candidate]:
    """Each one as if no stronger source existed."""
    for option in hostnames:
        yield _requested_candidate(option, _RequestedName(option, domains[:1], facts, library))
    for option in domains:
        yield _requested_candidate(option, _RequestedName(None, (option,), facts, library))
    if "." in facts.kernel_hostname:
        why = "it includes a domain: every program sees it, so nothing is preloaded"
        yield Candidate(source=KERNEL, name=facts.kernel_hostname, verdict=TAKEN, why=why)
        yield _hosts_file_candidate(facts, library)
    else:
        yield _hosts_file_candidate(facts, library)
        why = "no full name was found: the short name stays, and nothing is preloaded"
        yield Candidate(source=KERNEL, name=facts.kernel_hostname, verdict=TAKEN, why=why)
    yield _search_list_candidate(facts)


# ---- requested names ----------------------------------------------------------------


class _RequestedName:
    """The name that --hostname and --domain make together."""

    def __init__(
        self,
        hostname: RawOption | None,
        domain: Sequence[RawOption],
        facts: ContainerFacts,
        library: str,
    ) -> None:
        self.hostname, self.facts, self.library = hostname, facts, library
        self.domain = domain[0] if domain else None
        self.notes: list[str] = []

    def resolve(self) -> str:
        """The checked name. Raises ValueError, with a sentence for people."""
        if self.hostname is None:
            name = self.facts.short_hostname
        elif not self.hostname.text:
            raise ValueError("the host name is empty: give a name such as web.example.com")
        else:
            name = self._expanded(self.hostname.text, "{domain}" in self.hostname.text)
        if "." not in name and self.domain is not None:
            name = f"{name}.{self._domain()}"
            self.notes.append(f"with the domain from {self.domain.source}")
        _check(name, self.facts.kernel_hostname, self.library)
        return name

    def _expanded(self, text: str, with_domain: bool = False) -> str:
        if "{" not in text and "}" not in text:
            return text
        from initd.core.hostname.template import expand

        domain = self._domain() if with_domain and self.domain is not None else None
        expanded, notes = expand(text, self.facts, domain)
        self.notes += notes
        return expanded

    def _domain(self) -> str:
        assert self.domain is not None
        try:
            text = self._expanded(self.domain.text).strip(".")
        except ValueError as mistake:
            if self.hostname is None:
                raise
            raise ValueError(f"{self.domain.source}: {mistake}") from None
        if not text:
            raise ValueError(f"invalid domain {self.domain.text!r}: give one such as example.com")
        return text


def _requested_candidate(option: RawOption, requested: _RequestedName) -> Candidate:
    from initd.core.hostname.rules import UnderscoreError

    try:
        name = requested.resolve()
    except UnderscoreError as mistake:
        return Candidate(source=option.source, name=None, verdict=PASSED_OVER, why=str(mistake))
    except ValueError as mistake:
        return Candidate(source=option.source, name=None, verdict=REFUSED, why=str(mistake))
    if name == requested.facts.kernel_hostname:
        requested.notes.append("the kernel has the same name: nothing is preloaded")
    why = ", ".join(dict.fromkeys(requested.notes)) or "given explicitly"
    return Candidate(source=option.source, name=name, verdict=TAKEN, why=why)


def _check(name: str, kernel_hostname: str, library: str) -> None:
    """Raises ValueError. A name that the kernel has already needs no library."""
    from initd.core.hostname.rules import check_hostname, check_library

    check_hostname(name)
    if name != kernel_hostname:
        check_library(library)


# ---- names found in the container ---------------------------------------------------


def _hosts_file_candidate(facts: ContainerFacts, library: str) -> Candidate:
    own, all_names = facts.own_full_name(), facts.full_names()
    if own is None and not all_names:
        why = f"no name in it begins with {facts.short_hostname}."
        return Candidate(source=HOSTS_FILE, name=None, verdict=PASSED_OVER, why=why)
    if own is None:
        other = all_names[0]
        why = (
            f"{other.address} is {other.name}, but not {facts.short_hostname}:"
            " it may be another container"
        )
        return Candidate(source=HOSTS_FILE, name=other.name, verdict=PASSED_OVER, why=why)
    why = f"{own.address} is {own.name} and {facts.short_hostname}"
    try:
        _check(own.name, facts.kernel_hostname, library)
    except ValueError as mistake:
        return Candidate(source=HOSTS_FILE, name=None, verdict=PASSED_OVER, why=str(mistake))
    if not facts.is_hosts_file_mounted():
        why += (
            ", but no container engine mounted the file, so it may be the host's;"
            " --domain '{domain}' would use it"
        )
        return Candidate(source=HOSTS_FILE, name=own.name, verdict=PASSED_OVER, why=why)
    return Candidate(source=HOSTS_FILE, name=own.name, verdict=TAKEN, why=why)


def _search_list_candidate(facts: ContainerFacts) -> Candidate:
    """Never taken: that the resolver tries a domain does not say that this name is in it."""
    from initd.core.hostname.files import cluster_of, own_domain

    source, search = "/etc/resolv.conf", facts.search_list()
    cluster, domain = cluster_of(search), own_domain(search)
    if cluster is not None:
        name = f"{facts.short_hostname}.{cluster.namespace}.svc.{cluster.domain}"
        why = (
            f"a pod in the namespace {cluster.namespace} has a DNS name only if its specification"
            " has a subdomain, and /etc/hosts lists it then; --hostname"
            " '{hostname}.{namespace}.svc.{cluster}' would use this one"
        )
    elif domain is not None:
        name = f"{facts.short_hostname}.{domain}"
        why = "a search list does not prove that the name exists; --domain '{domain}' would use it"
    else:
        why = "it has no search list"
        return Candidate(source=source, name=None, verdict=PASSED_OVER, why=why)
    return Candidate(source=source, name=name, verdict=PASSED_OVER, why=why)
