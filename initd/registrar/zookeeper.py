"""ZooKeeper 3.5 and later, by kazoo: a lease is a session, and an entry an ephemeral node of it.

kazoo has threads of its own, and calls back in them. What they say is passed on to the loop.
"""

from __future__ import annotations

import posix
from _thread import start_new_thread
from time import monotonic

from initd.core.registry.peers import PEERS_AT_MOST
from initd.core.registry.place import TTL, named
from initd.monitor.tasks import Future, sleep, wait
from initd.registrar.failure import LeaseLost, RegistryError, in_a_line
from initd.registrar.mail import Mail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from initd.core.registry.place import Place

#: How long an answer may take, and a connection, in seconds.
_PATIENCE = 2.0
#: Changes within so many seconds are one.
_TOGETHER = 0.05
#: kazoo's pauses between attempts to connect, in seconds.
_RETRY = {"max_tries": -1, "delay": 0.2, "max_delay": 3.0}
_EXIT_NO_MEMORY = 71  # EX_OSERR, sysexits.h
_NO_NODE, _NODE_EXISTS = "NoNodeError", "NodeExistsError"
_CLOSED, _SUSPENDED = "CLOSED", "SUSPENDED"


class _Refused(RegistryError):
    """`kind` is the name of kazoo's exception."""

    def __init__(self, error: BaseException) -> None:
        self.kind = type(error).__name__
        super().__init__(f"{self.kind}: {error}" if str(error) else self.kind)


class ZooKeeper:
    """One client at a time, which connects again by itself; another one where it does not.
    Invariant: `_leased` says that its session is or was a lease: such a client is not used for the
    next one. `_until` is when a client is given up that has not been connected until then."""

    def __init__(self, place: Place) -> None:
        self._hosts = ",".join(named(host) for host in place.hosts)
        self._mail: Mail | None = None
        self._client: Any = None
        self._leased = False
        self._until = 0.0
        self._path = ""
        #: Whether the node is of this session, and a watch tells when that changes.
        self._is_watched = False
        self._reasons = _Reasons()
        self._news: Future[None] = Future()

    # ---- the entry ------------------------------------------------------------

    async def grant(self, ttl: float) -> str:
        """See Registry."""
        client = await self._connected(ttl)
        self._leased = True
        return _session(client)

    async def put(self, path: str, value: bytes, lease: str) -> None:
        """See Registry."""
        client = await self._of(lease)
        self._path = path
        found = await self._answer(client.exists_async(path))
        if found is None:
            await self._create(client, path, value)
        elif _number(found.ephemeralOwner) == lease:
            await self._answer(client.set_async(path, value))
        else:
            await self._replace(client, path, value)

    async def _create(self, client: Any, path: str, value: bytes) -> None:
        """The node, and directories that are missing: asked for in one go."""
        names = path.strip("/").split("/")[:-1]
        above = ["/" + "/".join(names[: depth + 1]) for depth in range(len(names))]
        asked = [client.create_async(each, b"") for each in above]
        made = client.create_async(path, value, ephemeral=True)
        for each in asked:
            try:
                await self._answer(each)
            except _Refused as refused:
                if refused.kind != _NODE_EXISTS:
                    raise
        await self._answer(made)

    async def _replace(self, client: Any, path: str, value: bytes) -> None:
        """The node is of another session: of the registrar before this one, or of a container
        with the same name. At no moment is there none."""
        both = client.transaction()
        both.delete(path)
        both.create(path, value, ephemeral=True)
        for each in await self._answer(both.commit_async()):
            if isinstance(each, Exception):
                raise _Refused(each)

    async def keep(self, lease: str) -> bool:
        """See Registry. kazoo keeps the session, and a watch tells of what becomes of the node or
        the connection: nothing is asked again until it has."""
        try:
            client = await self._of(lease)
        except LeaseLost:
            return False
        if self._is_watched:
            return True
        self._is_watched = True  # before the question: the watch may tell before the answer
        found = None
        try:
            found = await self._answer(client.exists_async(self._path, self._unwatch))
        finally:
            if found is None or _number(found.ephemeralOwner) != lease:
                self._is_watched = False
        return found is not None

    def _unwatch(self, _: object) -> None:
        """Called in one of kazoo's threads: the node has changed, or the connection is lost."""
        self._is_watched = False

    async def revoke(self, lease: str) -> None:
        """See Registry."""
        try:
            client = await self._of(lease)
            if self._path and (self._is_watched or await self._is_of(client, lease)):
                await self._answer(client.delete_async(self._path))
        except LeaseLost:
            pass
        except _Refused as refused:
            if refused.kind != _NO_NODE:
                raise

    async def _is_of(self, client: Any, lease: str) -> bool:
        found = await self._answer(client.exists_async(self._path))
        return found is not None and _number(found.ephemeralOwner) == lease

    def forget(self) -> None:
        """See Registry. kazoo would keep the session."""
        if self._leased:
            self._drop()

    # ---- the others -----------------------------------------------------------

    async def snapshots(self, prefix: str) -> AsyncIterator[list[bytes]]:
        """See Registry."""
        client = await self._connected(TTL)
        while True:
            self._news = Future()
            yield await self._values(client, prefix[:-1])
            await self._news
            await sleep(_TOGETHER)
            if not client.connected:
                raise RegistryError(self._reasons.last)

    async def _values(self, client: Any, top: str) -> list[bytes]:
        try:
            names = await self._answer(client.get_children_async(top, self._stir))
        except _Refused as refused:
            if refused.kind != _NO_NODE:
                raise
            if await self._answer(client.exists_async(top, self._stir)) is not None:
                self._stir()  # it has been made meanwhile
            return []
        paths = [f"{top}/{name}" for name in sorted(names)[:PEERS_AT_MOST]]
        asked = [client.get_async(path, self._stir) for path in paths]
        values = []
        for each in asked:
            try:
                values.append((await self._answer(each))[0] or b"")
            except _Refused as refused:
                if refused.kind != _NO_NODE:
                    raise
        return values

    # ---- the connection -------------------------------------------------------

    async def _of(self, lease: str) -> Any:
        """The client whose session is this lease. Raises LeaseLost."""
        client = await self._connected(TTL)
        if _session(client) != lease:
            raise LeaseLost("the session has expired")
        return client

    async def _connected(self, ttl: float) -> Any:
        """A client that has a session. Raises RegistryError; it goes on connecting then."""
        if self._client is None:
            self._client, self._leased = self._started(ttl), False
            self._until = monotonic() + ttl
        client = self._client
        if not client.connected:
            self._news = Future()
            await wait(self._news, _PATIENCE)
        if not client.connected:
            if client.client_state == _CLOSED or monotonic() > self._until:
                self._drop()
            raise RegistryError(self._reasons.last)
        self._until = monotonic() + ttl
        return client

    def _started(self, ttl: float) -> Any:
        try:
            import threading

            from initd.registrar.kazoo_alone import kazoo_client

            made = kazoo_client()
        except ImportError as error:
            why = "kazoo is missing: pip install 'initd-runtime[zookeeper]'"
            raise RegistryError(f"{why} ({error})") from None
        threading.excepthook = self._reasons.thread_ended
        if self._mail is None:
            self._mail = Mail()
        client = made(self._hosts, timeout=ttl, connection_retry=_RETRY, logger=self._reasons)
        client.add_listener(lambda state: self._turned(client, state))
        client.start_async()  # a RuntimeError where no thread is to be had: the next one may
        return client

    def _drop(self) -> None:
        """Closing may take a while, which nobody waits for."""
        client, self._client, self._leased = self._client, None, False
        self._is_watched = False
        try:
            start_new_thread(_end, (client,))
        except RuntimeError:
            _end(client)

    # ---- from kazoo's threads to the loop -----------------------------------------

    def _turned(self, client: Any, state: str) -> None:
        if state == _SUSPENDED:
            # Else a server without the data that this client has seen refuses the connection.
            client.last_zxid = 0
        self._stir()

    def _stir(self, _: object = None) -> None:
        """Called in one of kazoo's threads: something has changed."""
        assert self._mail is not None
        self._mail.post(self._stirred)

    def _stirred(self) -> None:
        if not self._news.done():
            self._news.set_result(None)

    async def _answer(self, asked: Any) -> Any:
        """What kazoo has been asked for. Raises RegistryError."""
        mail, come = self._mail, Future[None]()
        assert mail is not None
        # Called in kazoo's thread, once.
        asked.rawlink(lambda _: mail.post(lambda: come.set_result(None)))
        if not await wait(come, _PATIENCE):
            raise RegistryError(f"no answer within {_PATIENCE:g} s")
        try:
            return asked.get_nowait()
        except MemoryError:
            raise
        except Exception as error:
            raise _Refused(error) from None


class _Reasons:
    """In the place of kazoo's logger: remembers what has gone wrong last."""

    def __init__(self) -> None:
        self.last = f"no connection within {_PATIENCE:g} s"

    def warning(self, text: str, *values: object) -> None:
        """What has no values is about kazoo's own states."""
        if values:
            self.last = in_a_line((text % values).removeprefix("Connection dropped: "))

    warn = error = exception = warning

    def thread_ended(self, by: Any) -> None:
        """By an exception (threading.ExceptHookArgs)."""
        if issubclass(by.exc_type, MemoryError):
            posix._exit(_EXIT_NO_MEMORY)  # a fresh process is better than one that limps
        self.warning("%r", by.exc_value)

    def info(self, *_: object) -> None:
        """Is not looked at."""

    debug = log = info


def _end(client: Any) -> None:
    try:
        client.stop()
        client.close()
    except Exception:  # of a connection that is not to be had: it ends with its thread
        pass


def _session(client: Any) -> str:
    known = client.client_id
    if known is None:
        raise RegistryError("the connection has been lost")
    return _number(known[0])


def _number(session: int) -> str:
    return f"{session & (1 << 64) - 1:x}"
