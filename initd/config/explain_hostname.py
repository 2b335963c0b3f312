"""Every candidate for the workload's host name, for `initd hostname`. A start stops at the one that
decides, and does not keep what a weaker source says."""

from __future__ import annotations

from initd.config.command_line import above, decoded
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
    file: FileConfig,
    stands_in: bool = False,
) -> list[Candidate]:
    """As `resolve` would weigh them; `line` is without the file's options. Where init
    `stands_in` for another one, nothing is looked for that nobody has asked for. Raises
    Mistakes where the variables for the app can't be read."""
    resolution = Resolution(
        above(line, file.options), environ, kernel_hostname, library, file, NO_EMULATION
    )
    configured = {**environ, **resolution.variables_of_files()}
    if resolution.values.mistakes:
        raise Mistakes(tuple(resolution.values.mistakes))
    hostnames, domains = (
        _raw_options(name, line, environ, file) for name in ("hostname", "domain")
    )
    if stands_in and not hostnames and not domains:
        return [Candidate(KERNEL, kernel_hostname, TAKEN, _NOT_REQUESTED)]
    return list(
        candidates(hostnames, domains, container_facts(kernel_hostname, configured), library)
    )


def _raw_options(
    name: str, line: CommandLine, environ: Mapping[bytes, bytes], file: FileConfig
) -> tuple[RawOption, ...]:
    """An option's texts of flag, variable and file, strongest first."""
    found = [RawOption(raw.text, raw.source) for raw in line.options.get(name, ())[-1:]]
    variable = BY_NAME[name].variable
    text = decoded(environ, variable.encode()).get(variable)
    if text and variable not in [each.source for each in found]:
        found.append(RawOption(text, variable))
    found += [RawOption(raw.text, raw.source) for raw in file.options.get(name, ())[-1:]]
    return tuple(found)
