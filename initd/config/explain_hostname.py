"""Every candidate for the workload's host name, for `initd hostname`: a start needs only the
one that decides, and drops what weaker sources say."""

from __future__ import annotations

from initd.config.command_line import above
from initd.config.hostname.decide import container_facts
from initd.config.mistake import Mistakes
from initd.config.options import BY_NAME
from initd.config.resolve import Resolution
from initd.core.emulation import NO_EMULATION
from initd.core.hostname.candidates import KERNEL, TAKEN, Candidate, RawOption, candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from initd.config.command_line import CommandLine
    from initd.config.toml.file_config import FileConfig

_NOT_REQUESTED = "under another init's name, only a name that was asked for is preloaded"


def hostname_candidates(
    line: CommandLine,
    environ: Mapping[bytes, bytes],
    kernel_hostname: str,
    library: str,
    given: FileConfig,
    stands_in: bool = False,
) -> list[Candidate]:
    """As `resolve` would weigh them; `line` is without the options of a file. `stands_in` says
    that initd runs under another init's name: then no name is looked up without a request.
    Raises Mistakes where the files with the app's variables cannot be read."""
    resolution = Resolution(
        above(line, given.options), environ, kernel_hostname, library, given, NO_EMULATION
    )
    resolution.read_env_files()
    if resolution.mistakes:
        raise Mistakes(tuple(resolution.mistakes))
    hostnames, domains = (
        _raw_options(name, line, environ, given) for name in ("hostname", "domain")
    )
    if stands_in and not hostnames and not domains:
        return [Candidate(KERNEL, kernel_hostname, TAKEN, _NOT_REQUESTED)]
    facts = container_facts(kernel_hostname, resolution.environ)
    return list(candidates(hostnames, domains, facts, library))


def _raw_options(
    name: str, line: CommandLine, environ: Mapping[bytes, bytes], given: FileConfig
) -> tuple[RawOption, ...]:
    """An option's values from flag, variable and file, strongest first."""
    found = [RawOption(raw.text, raw.source) for raw in line.given.get(name, ())[-1:]]
    variable = BY_NAME[name].variable
    text = environ.get(variable.encode(), b"").decode(errors="surrogateescape")
    if text and variable not in [option.source for option in found]:
        found.append(RawOption(text, variable))
    found += [RawOption(raw.text, raw.source) for raw in given.options.get(name, ())[-1:]]
    return tuple(found)
