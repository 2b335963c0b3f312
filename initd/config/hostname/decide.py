"""The workload's host name, from the options and from what the container knows."""

from __future__ import annotations

from initd.core.hostname.candidates import PASSED_OVER, Candidate, RawOption, candidates
from initd.core.hostname.container import ContainerFacts
from initd.files import LONGEST, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from initd.config.command_line import RawValue


def decide(
    hostname: RawValue | None,
    domain: RawValue | None,
    facts: ContainerFacts,
    library: str,
    warn: Callable[[str, str], None],
) -> Candidate:
    """The candidate that decides: taken or, with a mistake, refused. `warn` is told the source of
    each request that is passed over, and why."""
    requests = [raw.source for raw in (hostname, domain) if raw is not None]
    unused: list[Candidate] = []
    for found in candidates(_raw_options(hostname), _raw_options(domain), facts, library):
        if found.verdict != PASSED_OVER:
            break
        if found.source in requests:
            unused.append(found)
    for each in unused:
        warn(each.source, f"{each.why}; until then programs see {found.name}")
    return found


def container_facts(kernel_hostname: str, environ: Mapping[bytes, bytes]) -> ContainerFacts:
    """What this container knows about its name; `environ` is the app's."""
    return ContainerFacts(kernel_hostname, environ, _read)


def _raw_options(raw: RawValue | None) -> tuple[RawOption, ...]:
    return (RawOption(text=raw.text, source=raw.source),) if raw is not None else ()


def _read(path: str) -> str:
    """A file's text, without a line that may be cut off; empty where it can't be read, as that
    must not prevent a start."""
    try:
        data = read(path, wait=False)  # pid 1 waits for no pipe that somebody has put there
    except OSError:
        return ""
    if len(data) == LONGEST:
        data = data.rpartition(b"\n")[0]
    return data.decode(errors="replace")
