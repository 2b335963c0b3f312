"""Holds the app's entry in its registry: carries out what the lease says is next."""

from __future__ import annotations

import posix
from time import monotonic

from initd.core.registry import lease as leases
from initd.core.registry.lease import Lease
from initd.core.registry.place import FLAG
from initd.json_codec import encode
from initd.monitor.tasks import Future, timeout, wait
from initd.registrar.failure import LeaseLost, RegistryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from initd.core.registry.place import Register
    from initd.monitor.log import MonitorLog
    from initd.registrar.registry import Registry

#: Seconds for one request, all hosts together.
_PATIENCE = 5.0


class Holder:
    """`entry_of` makes the entry of whether the app is ready. `on_turn` is called with whether the
    registry may have the entry, whenever that has changed, and at first."""

    def __init__(
        self,
        register: Register,
        registry: Registry,
        path: str,
        entry_of: Callable[[bool], dict[str, Any]],
        on_turn: Callable[[bool], None],
        log: MonitorLog,
    ) -> None:
        self._register = register
        self._registry = registry
        self._path = path
        self._entry_of = entry_of
        self._on_turn = on_turn
        self._log = log
        self._lease = Lease(register.ttl, int.from_bytes(posix.urandom(8), "little"))
        self._news: Future[None] = Future()
        self._was_ready = False
        self._told: bool | None = None
        self._has_heard = False
        #: Whether a warning has said that the registry can't be reached.
        self._is_missed = False

    def tell(self, ready: bool, gone: bool, known: bool) -> None:
        """The app is ready or not, or is `gone`: it is being stopped, or has ended. `known` says
        whether pid 1 knows that the registry may have the entry."""
        if not self._has_heard:  # what pid 1 knows now, it knows of a registrar that has died
            self._has_heard = True
            self._lease.is_inherited, self._told = known, known or None
        self._lease.is_known = known
        self._was_ready = (self._was_ready or ready) and not gone
        shown = ready or (self._was_ready and self._register.unready == FLAG)
        self._lease.want(encode(self._entry_of(ready)) if shown and not gone else None)
        if not self._news.done():
            self._news.set_result(None)

    async def hold(self) -> None:
        """For ever."""
        while True:
            self._tell()
            step, until = self._lease.next(monotonic())
            if not self._lease.lease:
                self._registry.forget()
            if step == leases.WAIT:
                await self._wait(until)
            else:
                await self._carry_out(step)
                self._log_turn()

    async def _wait(self, until: float | None) -> None:
        self._news = Future()
        await wait(self._news, None if until is None else max(0.0, until - monotonic()))

    async def _carry_out(self, step: str) -> None:
        lease, asked = self._lease, monotonic()
        try:
            with timeout(_PATIENCE):
                await self._ask(step, asked)
        except TimeoutError:
            lease.failed(f"no answer within {_PATIENCE:g} s", monotonic())
        except LeaseLost:
            lease.lost()
        except (OSError, RegistryError) as error:
            lease.failed(str(error), monotonic())

    async def _ask(self, step: str, asked: float) -> None:
        lease, registry = self._lease, self._registry
        if step == leases.GRANT:
            lease.granted(await registry.grant(self._register.ttl), asked)
            self._tell()  # before the entry can be there
        elif step == leases.PUT:
            entry = lease.wanted or encode(self._entry_of(False))
            await registry.put(self._path, entry.encode(), lease.lease)
            lease.put(entry, asked)
        elif step == leases.KEEP:
            if await registry.keep(lease.lease):
                lease.kept(asked)
            else:
                lease.lost()
        elif step == leases.REVOKE:
            await registry.revoke(lease.lease)
            lease.revoked()

    def _tell(self) -> None:
        is_in = self._lease.may_be_in
        if self._has_heard and is_in != self._told:
            self._told = is_in
            self._lease.is_known = False  # pid 1 is told now, and answers
            self._on_turn(is_in)

    def _log_turn(self) -> None:
        turn = self._lease.turn()
        if turn is None:
            return
        if turn.is_in:
            log = self._log.recovery if self._is_missed else self._log.info
            log("registry.entered", entry=self._path)
            self._is_missed = False
        elif turn.why:
            self._log.warning("registry.unreachable", entry=self._path, why=turn.why)
            self._is_missed = True
        else:
            self._log.info("registry.left", entry=self._path)
