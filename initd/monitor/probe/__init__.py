"""Probes, one module a kind: each asks once and answers; none decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notify import Notified


class Probe(Protocol):
    """One check's way to ask. It never raises but CancelledError, which is how its time
    ends; then it leaves no process and no connection behind."""

    async def ask(self, app: int) -> ProbeResult:
        """What is found now about the app with this pid; the runner measures the seconds."""


def probe_of(check: Check, environ: Mapping[bytes, bytes], notified: Notified) -> Probe:
    """The probe for a check. `environ` is for its command, `notified` for sd_notify.

    What a kind needs (psutil, h11) is imported where there is a check of that kind."""
    if check.kind == "process":
        from initd.monitor.probe.process import ProcessProbe

        return ProcessProbe(check)
    if check.kind == "exec":
        from initd.monitor.probe.exec import ExecProbe

        return ExecProbe(check, environ)
    if check.kind == "http":
        from initd.monitor.probe.http import HttpProbe

        return HttpProbe(check)
    if check.kind in ("tcp", "unix"):
        from initd.monitor.probe.connection import TcpProbe, UnixProbe

        return TcpProbe(check) if check.kind == "tcp" else UnixProbe(check)
    if check.kind == "file":
        from initd.monitor.probe.file import FileProbe

        return FileProbe(check)
    from initd.monitor.probe.notify import NotifyProbe

    return NotifyProbe(check, notified)
