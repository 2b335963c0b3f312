"""What init says to whoever started it, over sd_notify: systemd, or podman and conmon.

They ask for it by NOTIFY_SOCKET in init's environment. Init speaks for the app: it is READY when
the app is, and STOPPING when the container is to end, not when the app is only restarted.
"""

from __future__ import annotations

from initd.core.health.notified_state import RELOADING
from initd.core.health.verdict import LIVE, READY, judge
from initd.core.life import actions as do
from initd.core.life.restart import NOTHING
from initd.core.life.views import app_status
from initd.core.states import END, ENDED, RUNNING, STOPPING, SWEEPING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.health.verdict import Report
    from initd.core.life.app_life import AppLife
    from initd.core.life.upward_policy import UpwardPolicy

    Actions = list[do.Action]

#: Seconds until a message that found the receiver's queue full is sent again.
AGAIN_AFTER = 1.0


class Upward:
    """Invariant: what is remembered here has been said, or is in `unsent`, which is sent again at
    `again` (monotonic seconds). `ping` is when the next WATCHDOG=1 is due."""

    STATE = ("ready", "reloading", "stopping", "triggered", "status", "unsent", "again", "ping")

    def __init__(self, policy: UpwardPolicy) -> None:
        self.ready = False
        self.reloading = False
        self.stopping = False
        self.triggered = False
        self.status = ""
        self.unsent: list[str] = []
        self.again: float | None = None
        self.ping: float | None = None
        self._policy = policy

    @property
    def deadline(self) -> float | None:
        """When something is to be said although nothing has happened (monotonic seconds)."""
        return min((due for due in (self.again, self.ping) if due is not None), default=None)

    def keep_up(self, life: AppLife, report: Report, now: float) -> Actions:
        """After each event: what has changed, in one message."""
        lines = [
            *self._phase(life, report, now),
            *self._status(life, report, now),
            *self._watchdog(life, report, now),
        ]
        if self.again is not None and now >= self.again:
            lines, self.unsent, self.again = [*self.unsent, *lines], [], None
        return self.say(*lines)

    def say(self, *lines: str) -> Actions:
        """These lines, behind those that could not be sent before."""
        if not lines:
            return []
        if self.again is not None:
            self.unsent = _worth_keeping([*self.unsent, *lines])
            return []
        return [do.NotifyUp("\n".join(lines))]

    def refused(self, text: str, now: float) -> None:
        """The receiver's queue was full."""
        self.unsent = _worth_keeping([*self.unsent, *text.split("\n")])
        self.again = now + AGAIN_AFTER

    # ---- what is said -------------------------------------------------------------------

    def _phase(self, life: AppLife, report: Report, now: float) -> list[str]:
        ends = life.want == END and life.state in (STOPPING, SWEEPING, ENDED)
        if ends and not self.stopping:
            self.stopping = True
            return ["STOPPING=1"]
        if self.stopping or life.state != RUNNING:
            return []
        said = report.notify_state
        reloading = said.announced == RELOADING and report.app == life.app
        if not self.ready:
            verdict = judge(READY, app_status(life, now), report)
            if not verdict.ok or (self._policy.needs_ready and not said.ready):
                return []
            self.ready = True
            self.ping = now if self._policy.watchdog else None
            main_pid = self._policy.main_pid
            return ["READY=1", *([f"MAINPID={main_pid}"] if main_pid else [])]
        if reloading == self.reloading:
            return []
        self.reloading = reloading
        # systemd's Type=notify-reload tells by the time which reload this is.
        return ["RELOADING=1", f"MONOTONIC_USEC={int(now * 1e6)}"] if reloading else ["READY=1"]

    def _status(self, life: AppLife, report: Report, now: float) -> list[str]:
        """The app's own words, else why it is not ready."""
        if life.state == ENDED:
            return []
        status = report.notify_state.status if report.app == life.app else ""
        if not status:
            verdict = judge(READY, app_status(life, now), report)
            status = "" if verdict.ok else verdict.why
            if verdict.ok and self._policy.needs_ready and not report.notify_state.ready:
                status = "waiting for the app to say that it is ready"
        # The monitor has had it from the app, and a second line could be a MAINPID. And crun 1.8
        # takes READY=1 anywhere in a message for what it waits for (seen).
        status = "".join(char if char.isprintable() else " " for char in status)
        status = status.replace("READY=1", "READY")
        if status == self.status:
            return []
        self.status = status
        return [f"STATUS={status}"]

    def _watchdog(self, life: AppLife, report: Report, now: float) -> list[str]:
        """The app's trigger is for the receiver only where init itself does nothing about it. As
        long as init does something, or the app is live, the receiver has no reason to."""
        if life.policy.on_unhealthy == NOTHING:
            failed = report.notify_state.watchdog_failed and report.app == life.app
            if failed != self.triggered:
                self.triggered = failed
                if failed:
                    return ["WATCHDOG=trigger"]
        if self.ping is None or now < self.ping:
            return []
        self.ping = now + self._policy.watchdog / 2
        acts = life.policy.on_unhealthy != NOTHING or life.app is None
        lives = acts or judge(LIVE, app_status(life, now), report).ok
        return ["WATCHDOG=1"] if lives else []


def _worth_keeping(lines: list[str]) -> list[str]:
    """Each once, and of STATUS and pings only the last: what nobody reads stays bounded."""
    last = {line.partition("=")[0]: line for line in lines}
    kept = [line for line in lines if line is last[line.partition("=")[0]] or line == "READY=1"]
    return list(dict.fromkeys(kept))
