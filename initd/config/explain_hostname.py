"""Every candidate for the workload's name, for `initd hostname`: a start asks for the one
that decides, and drops what a weaker place says too."""

from __future__ import annotations

from initd.config.command_line import above
from initd.config.hostname.decide import known_of
from initd.config.mistake import Mistakes
from initd.config.options import BY_NAME
from initd.config.resolve import Resolution
from initd.core.emulation import NO_EMULATION
from initd.core.hostname.candidates import KERNEL, TAKEN, Candidate, Said, candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.config.command_line import CommandLine
    from initd.config.toml.file_config import FileConfig

_UNASKED = "under another init's name only a name that was said is preloaded"


def all_candidates(
    line: CommandLine,
    environ: Mapping[bytes, bytes],
    kernel: str,
    library: str,
    given: FileConfig,
    stands_in: bool = False,
) -> list[Candidate]:
    """As `resolve` would weigh them; `line` is without what a file says. `stands_in` for
    another init: then nothing that nobody has said is looked for. Raises Mistakes where the
    variables for the app can't be read."""
    resolution = Resolution(
        above(line, given.options), environ, kernel, library, given, NO_EMULATION
    )
    resolution.read_env_files()
    if resolution.mistakes:
        raise Mistakes(tuple(resolution.mistakes))
    hostnames, domains = (_said(name, line, environ, given) for name in ("hostname", "domain"))
    if stands_in and not hostnames and not domains:
        return [Candidate(KERNEL, kernel, TAKEN, _UNASKED)]
    return list(candidates(hostnames, domains, known_of(kernel, resolution.environ), library))


def _said(
    name: str, line: CommandLine, environ: Mapping[bytes, bytes], given: FileConfig
) -> tuple[Said, ...]:
    """What flag, variable and file say of an option, strongest first."""
    found = [Said(raw.text, raw.source) for raw in line.given.get(name, ())[-1:]]
    variable = BY_NAME[name].variable
    text = environ.get(variable.encode(), b"").decode(errors="surrogateescape")
    if text and variable not in [said.source for said in found]:
        found.append(Said(text, variable))
    found += [Said(raw.text, raw.source) for raw in given.options.get(name, ())[-1:]]
    return tuple(found)
