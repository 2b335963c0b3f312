"""Probes, one module a kind: each looks once and reports what it found; none decides."""

from __future__ import annotations

from initd.core.health.kinds import kind_of
from initd.core.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from initd.core.health.check import Check, ProbeResult
    from initd.core.health.notify import Notified
    from initd.core.health.pauses import Pauses

    class Probe(Protocol):
        """One check's way to look. It raises nothing but Cancelled, which is how its time
        ends; then it leaves no process and no connection behind."""

        async def ask(self, app: int) -> ProbeResult:
            """What is found now about the app with this pid; the caller measures the seconds."""


class Context(Value):
    """What probes may know beside their check: the environment of the app, for commands,
    and what the app has said by sd_notify."""

    environ: Mapping[bytes, bytes]
    notified: Notified
    pauses: Pauses | None = None


def probe_of(check: Check, context: Context) -> Probe:
    """The probe for a check. Raises ValueError for an unknown kind.

    What a kind needs (h11, say) is imported where there is a check of that kind."""
    module, _, name = kind_of(check.kind).probe.partition(".")
    imported = __import__(f"{__name__}.{module}", fromlist=(name,))
    make: Callable[[Check, Context], Probe] = getattr(imported, name)
    return make(check, context)
