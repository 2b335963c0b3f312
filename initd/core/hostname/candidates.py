"""Where the workload's name may come from, strongest first, and which one it is.

What somebody said comes first: --hostname, then --domain. Then a kernel's name with a
domain, since there is nothing to add to it. Then /etc/hosts, which engines write and mount: a
name that stands there resolves. Where no engine did, on a whole machine, its apps keep the
machine's name. Then a kernel's short name. A search list proves no name: behind all these it
is never taken, and shown. What was said and can't be is refused; what was only found and
can't be is passed over. A start takes the first candidate that decides and looks no further.
"""

from __future__ import annotations

from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from initd.core.hostname.container import ContainerFacts

TAKEN, PASSED, REFUSED = "taken", "passed over", "refused"
KERNEL = "kernel"


class Said(Value):
    """What somebody wrote, and where."""

    text: str
    source: str


class Candidate(Value):
    """`name` is None where there is none; `why` is a sentence for people."""

    source: str
    name: str | None
    verdict: str
    why: str


def candidates(
    hostnames: Sequence[Said], domains: Sequence[Said], known: ContainerFacts, library: str
) -> Iterator[Candidate]:
    """All of them; the first that is taken or refused decides, and whoever wants to know no
    more stops there. Of `hostnames` and `domains` the strongest comes first; `library` is the
    file that would be preloaded."""
    decided = None
    for each in _each_alone(hostnames, domains, known, library):
        if decided is None:
            yield each
            decided = each if each.verdict != PASSED else None
        else:
            why = f"{decided.source} is stronger"
            why += f"; {each.why}" if each.verdict != TAKEN else ""
            yield Candidate(each.source, each.name, PASSED, why)


def _each_alone(
    hostnames: Sequence[Said], domains: Sequence[Said], known: ContainerFacts, library: str
) -> Iterator[Candidate]:
    """Each as it would be if nothing were stronger."""
    for said in hostnames:
        yield _judged(said, _Wanted(said, domains[:1], known, library))
    for said in domains:
        yield _judged(said, _Wanted(None, (said,), known, library))
    if "." in known.kernel:
        why = "it has a domain: every program sees it, and nothing is preloaded"
        yield Candidate(KERNEL, known.kernel, TAKEN, why)
        yield _of_hosts(known, library)
    else:
        yield _of_hosts(known, library)
        why = "no full name is known: the short one stands, and nothing is preloaded"
        yield Candidate(KERNEL, known.kernel, TAKEN, why)
    yield _of_search_list(known)


# ---- what was said ------------------------------------------------------------------


class _Wanted:
    """The name that --hostname and --domain make together."""

    def __init__(
        self, hostname: Said | None, domain: Sequence[Said], known: ContainerFacts, library: str
    ) -> None:
        self.hostname, self.known, self.library = hostname, known, library
        self.domain = domain[0] if domain else None
        self.notes: list[str] = []

    def name(self) -> str:
        """Checked; raises ValueError, with a sentence for people."""
        if self.hostname is None:
            name = self.known.short
        elif not self.hostname.text:
            raise ValueError("an empty name is no host name")
        else:
            name = self._expanded(self.hostname.text, "{domain}" in self.hostname.text)
        if "." not in name and self.domain is not None:
            name = f"{name}.{self._domain()}"
            self.notes.append(f"with the domain of {self.domain.source}")
        _check(name, self.known.kernel, self.library)
        return name

    def _expanded(self, text: str, with_domain: bool = False) -> str:
        if "{" not in text and "}" not in text:
            return text
        from initd.core.hostname.template import expand

        domain = self._domain() if with_domain and self.domain is not None else None
        expanded, notes = expand(text, self.known, domain)
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
            raise ValueError(f"{self.domain.text!r} is no domain")
        return text


def _judged(said: Said, wanted: _Wanted) -> Candidate:
    try:
        name = wanted.name()
    except ValueError as mistake:
        return Candidate(said.source, None, REFUSED, str(mistake))
    if name == wanted.known.kernel:
        wanted.notes.append("it is the kernel's name too: nothing is preloaded")
    return Candidate(
        said.source, name, TAKEN, ", ".join(dict.fromkeys(wanted.notes)) or "it is said outright"
    )


def _check(name: str, kernel: str, library: str) -> None:
    """What the kernel says already needs no library, and no name that we would give."""
    from initd.core.hostname.rules import check, check_library

    check(name)
    if name != kernel:
        check_library(library)


# ---- what was found -----------------------------------------------------------------


def _of_hosts(known: ContainerFacts, library: str) -> Candidate:
    own, all_names = known.own_name(), known.full_names()
    source = "/etc/hosts"
    if own is None and not all_names:
        return Candidate(source, None, PASSED, f"it has no name that begins with {known.short}.")
    if own is None:
        other = all_names[0]
        why = f"{other.address} is {other.name}, but not {known.short}: it may be a neighbour"
        return Candidate(source, other.name, PASSED, why)
    why = f"{own.address} is {own.name} and {known.short}"
    try:
        _check(own.name, known.kernel, library)
    except ValueError as mistake:
        return Candidate(source, None, PASSED, str(mistake))
    if not known.hosts_are_engines():
        why += ", but no engine has mounted the file: it may be a machine's; --domain '{domain}'"
        return Candidate(source, own.name, PASSED, f"{why} would take it")
    return Candidate(source, own.name, TAKEN, why)


def _of_search_list(known: ContainerFacts) -> Candidate:
    """Never taken: that names are looked for in a domain does not say that this one is there."""
    from initd.core.hostname.files import cluster_of, own_domain

    source, search = "/etc/resolv.conf", known.search_list()
    cluster, domain = cluster_of(search), own_domain(search)
    if cluster is not None:
        name = f"{known.short}.{cluster.namespace}.svc.{cluster.domain}"
        why = (
            f"a pod of the namespace {cluster.namespace} has a name where its specification has a"
            " subdomain, and /etc/hosts has it then; this one would be --hostname"
            " '{hostname}.{namespace}.svc.{cluster}'"
        )
    elif domain is not None:
        name = f"{known.short}.{domain}"
        why = "a search list proves no name; --domain '{domain}' would take it"
    else:
        return Candidate(source, None, PASSED, "it has no search list")
    return Candidate(source, name, PASSED, why)
