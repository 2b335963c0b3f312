"""Signals for the app, its process group, or every process: sent at once, and a failure told."""

from __future__ import annotations

import posix

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.signals.numbers import CONT
from initd.linux import process_tree, signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.init.aimed import AimedWatch
    from initd.linux.watch import Watch

_ESRCH = 3
#: For want of a descriptor or of memory; an import fails with any of them.
_WANT = (OSError, MemoryError, ImportError)


class Signalling:
    """What Children does with signals. It sets what is declared here."""

    pid: int
    shim: int | None
    app: int | None
    app_pidfd: int
    #: Whether `app` is another process than the shim's child: the app has named it.
    follows: bool
    #: The processes that a stop is aimed at, where they are others than the app's own.
    aimed: AimedWatch | None
    _watched: Watch

    def _spared(self) -> int | None:
        raise NotImplementedError

    def deliver(self, action: do.Deliver) -> list[ev.Event]:
        """Signals the app, its process group, or every process."""
        return _undelivered(action.number, self._send(action.number, action.target))

    def look(self, action: do.Look) -> list[ev.Event]:
        """Which processes there are. What can is imported only now: most containers never need
        it. Without a descriptor or memory for that, nobody has been seen."""
        try:
            from initd.init.aimed import look

            return look(action, self.app, self._spared(), self.shim)
        except _WANT:
            return [ev.Looked(action.number, action.target, action.step, ())]

    def deliver_to(self, action: do.DeliverTo) -> list[ev.Event]:
        """Signals just these processes."""
        from initd.init.aimed import AimedWatch, deliver

        self.aimed = watch = self.aimed or AimedWatch(self._watched)
        errors, ended = deliver(
            action, watch, lambda: self._send(action.number, "process"), self.app
        )
        failed = [each for error in errors for each in _undelivered(action.number, error)]
        return [*failed, ev.AimedEnded()] if ended else failed

    def terminate_group(self, action: do.TerminateGroup) -> list[ev.Event]:
        """Signals the group that the app led, if any process is still in it."""
        return _undelivered(action.number, signals.send_to_pid(-action.group, action.number))

    def pass_on(self, number: int) -> list[ev.Event]:
        """Signals the app's own process, and gives it the processor, which init would otherwise
        keep while it logs."""
        error = self._send(number, "process")
        signals.yield_processor()
        return _undelivered(number, error)

    def sweep(self, action: do.Sweep) -> list[ev.Event]:
        """Signals every process that is left, or all but some."""
        if not action.spared:
            return _undelivered(action.number, self._send_to_all(action.number))
        try:
            from initd.init.aimed import sweep

            error = sweep(action, self._spared(), self.shim)
        except _WANT:  # as above: then nobody is left out
            error = self._send_to_all(action.number)
        return _undelivered(action.number, error)

    def continue_shim(self, action: do.ContinueShim) -> None:
        """It can't report while it is stopped."""
        if self.shim is not None:
            signals.send_to_pid(self.shim, CONT)

    def _send(self, number: int, target: str) -> int:
        if target == "all" and process_tree.tells():
            return self._send_to_all(number)
        if self.app is None:
            return 0
        if target != "process" and (group := self._group_of(self.app)):
            return signals.send_to_pid(-group, number)
        if self.app_pidfd >= 0:
            return signals.send_to_pidfd(self.app_pidfd, self.app, number)
        return signals.send_to_pid(self.app, number)

    def _group_of(self, app: int) -> int:
        """The process group that the app leads; of a followed one, the group that it is in, which
        its predecessor may have led. 0 where that is init's own: then the app alone is meant."""
        if not self.follows:
            return app
        try:
            group = posix.getpgid(app)
        except OSError:
            return 0
        return group if group > 1 and group != posix.getpgrp() else 0

    def _send_to_all(self, number: int) -> int:
        return process_tree.send_to_others(number, self._spared(), self.shim)


def _undelivered(number: int, error: int) -> list[ev.Event]:
    if error in (0, _ESRCH):  # it has ended meanwhile, and that is reported separately
        return []
    return [ev.Undelivered(number, posix.strerror(error))]
