"""`initd reload`: the app's secrets are read again, and the app is told as configured."""

from __future__ import annotations

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.signals.numbers import name_of
from initd.core.states import RUNNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.life.app_life import AppLife
    from initd.core.secrets import Reload

    Actions = list[do.Action]


class Rereading:
    """What follows from a request, and from what the reading has come to. Nothing is remembered
    but whether one is under way: `is_reading`."""

    STATE = ("is_reading",)

    def __init__(self, life: AppLife, reload: Reload) -> None:
        self.life = life
        self.reload = reload
        self.is_reading = False

    def asked(self, client: int) -> tuple[str, Actions]:
        """Why it can't be done, or what is to be done. The client is answered later."""
        if self.life.state != RUNNING:
            return f"nothing can be read again now: {self.life.state}", []
        if self.is_reading:
            return "a reload is under way already", []
        if self.reload.restarts and self.life.policy.lets_go:
            return "the reload's restart is impossible: the app's descriptors are its own", []
        self.is_reading = True
        return "", [do.Log("info", "control.reload", {"argument": ""}), do.ReadSecrets(client)]

    def read(self, event: ev.SecretsRead, now: float) -> Actions:
        """A failure leaves everything as it is: the app keeps what it has."""
        if event.client < 0:
            if event.why:
                return []  # that the start has failed says it
            return [do.Log("info", "secrets.read", {"secrets": event.count})]
        self.is_reading = False
        if event.why:
            failed = do.Log("warning", "secrets.unread", {"why": event.why})
            return [failed, do.Reply(event.client, {"error": event.why})]
        does, follows = self._follows(now)
        told = do.Log("info", "secrets.read", {"secrets": event.count, "then": does})
        return [*follows, told, do.Reply(event.client, {"ok": True, "then": does})]

    def _follows(self, now: float) -> tuple[str, Actions]:
        """What the app gets to know, in words, and by which actions."""
        life, number = self.life, self.reload.signal
        if life.state != RUNNING:
            return "nothing", []
        if self.reload.restarts:
            return "restart", life.restart("asked for with initd reload", now)
        if number:
            life.counts.deliver(number)
            send = life.aiming.passed_on(number, life.policy.signals.target)
            return f"signal {name_of(number)}", [send]
        return "nothing", []
