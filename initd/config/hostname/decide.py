"""The workload's host name, from the options and from what the container knows."""

from __future__ import annotations

import posix

from initd.core.hostname.candidates import PASSED_OVER, Candidate, RawOption, candidates
from initd.core.hostname.container import ContainerFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.config.command_line import RawValue

#: In bytes: even a block list of every known advertiser fits.
_LONGEST = 4 << 20


def decide(
    hostname: RawValue | None, domain: RawValue | None, facts: ContainerFacts, library: str
) -> Candidate:
    """The candidate that decides: taken or, with a mistake, refused."""
    all_of_them = candidates(_raw_options(hostname), _raw_options(domain), facts, library)
    return next(each for each in all_of_them if each.verdict != PASSED_OVER)


def container_facts(kernel_hostname: str, environ: Mapping[bytes, bytes]) -> ContainerFacts:
    """What this container knows about its name; `environ` is the app's."""
    return ContainerFacts(kernel_hostname, environ, _read)


def _raw_options(raw: RawValue | None) -> tuple[RawOption, ...]:
    return (RawOption(text=raw.text, source=raw.source),) if raw is not None else ()


def _read(path: str) -> str:
    """A file's text, without a last line that may be cut off; empty where it cannot be read:
    the app starts even if its name cannot be looked up."""
    try:
        # Non-blocking: pid 1 does not wait even if the path is a pipe.
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK)
    except OSError:
        return ""
    data = b""
    try:
        while len(data) < _LONGEST and (chunk := posix.read(fd, 65536)):
            data += chunk
    except OSError:
        pass
    finally:
        posix.close(fd)
    if len(data) >= _LONGEST:
        data = data.rpartition(b"\n")[0]
    return data.decode(errors="replace")
