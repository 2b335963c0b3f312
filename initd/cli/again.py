"""The configuration, read again by a pid 1 that has slept since its start by a plan."""

from __future__ import annotations

from initd import __version__, files
from initd.cli.sources import parse_sources
from initd.config.command_line import above
from initd.config.planning import plan_of
from initd.core.start_plan import decoded, unsealed
from initd.installed import HOSTNAME_LIBRARY, SHIM
from initd.paths import START_PLAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.core.settings import Settings


def settings_again(
    argv: Sequence[str], environ: Mapping[bytes, bytes], planned: Settings, kernel_hostname: str
) -> Settings:
    """What the configuration says, unless its files have changed since the start: a change is for
    the next start, and until then the plan's settings count. Other ones from the same files mean
    that the plan lacks a condition. `kernel_hostname` is what it was at the start, where the app
    has a name of its own; else ""."""
    try:
        line, file = parse_sources(argv, environ)
        line = above(line, file.options)
        plan, settings = plan_of(argv, line, file, environ, SHIM, HOSTNAME_LIBRARY, kernel_hostname)
        stored = decoded(unsealed(files.read(START_PLAN)), __version__)
    except Exception:  # a mistake in a file of now: the app runs on as it was started
        return planned
    same = [each for each in stored if each.is_for_the_same(plan)]
    return settings if same and same[0].files == plan.files else planned
