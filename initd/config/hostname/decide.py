"""The workload's name, from what was said and from what the container tells."""

from __future__ import annotations

import posix

from initd.core.hostname.candidates import PASSED, Candidate, Said, candidates
from initd.core.hostname.container import ContainerFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.config.command_line import RawValue

#: A list of the whole world's advertisers fits in.
_LONGEST = 4 << 20


def decide(
    hostname: RawValue | None, domain: RawValue | None, known: ContainerFacts, library: str
) -> Candidate:
    """The candidate that decides: taken or, with a mistake, refused."""
    all_of_them = candidates(_said(hostname), _said(domain), known, library)
    return next(each for each in all_of_them if each.verdict != PASSED)


def known_of(kernel: str, environ: Mapping[bytes, bytes]) -> ContainerFacts:
    """What this container tells; `environ` is the app's."""
    return ContainerFacts(kernel, environ, _read)


def _said(raw: RawValue | None) -> tuple[Said, ...]:
    return (Said(raw.text, raw.source),) if raw is not None else ()


def _read(path: str) -> str:
    """A file's text, without a line that may be cut; empty where it can't be read: a name
    that is only looked for is no reason not to start."""
    try:
        # Whatever stands there, a pipe for one: pid 1 does not wait for it.
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
