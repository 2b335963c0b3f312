"""Probes, one module a kind: each looks once and reports what it found; none decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol

from initd.core.health.check import Check, ProbeResult
from initd.core.health.kinds import kind_of
from initd.core.health.notify import Notified
from initd.core.value import Value


class Context(Value):
    """What probes may know beside their check: the environment of the app, for commands,
    and what the app has said by sd_notify."""

    environ: Mapping[bytes, bytes]
    notified: Notified


class Probe(Protocol):
    """One check's way to look. It raises nothing but CancelledError, which is how its time
    ends; then it leaves no process and no connection behind."""

    async def ask(self, app: int) -> ProbeResult:
        """What is found now about the app with this pid; the caller measures the seconds."""


def probe_of(check: Check, context: Context) -> Probe:
    """The probe for a check. Raises ValueError for an unknown kind.

    What a kind needs (psutil, h11) is imported where there is a check of that kind."""
    module, _, name = kind_of(check.kind).probe.partition(".")
    make: Callable[[Check, Context], Probe] = getattr(import_module(f"{__name__}.{module}"), name)
    return make(check, context)
