"""etcd 3.4 and later, by its JSON gateway (etcd.io/docs, "Why gRPC gateway").

Keys and values are base64, numbers of 64 bits are strings. A keepalive of a lease that is gone is
answered without a TTL; a put with one is refused (seen with 3.4.23).
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

import h11

from initd.core.registry.peers import PEERS_AT_MOST
from initd.core.registry.place import named
from initd.json_codec import decode, encode
from initd.monitor.probe.connection import connect, reason
from initd.monitor.tasks import sleep, timeout
from initd.registrar.failure import LeaseLost, RegistryError, in_a_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from ssl import SSLContext
    from typing import Any, TypeVar

    from initd.core.registry.place import Place
    from initd.monitor.probe.connection import Connection
    from initd.monitor.probe.tls import TlsConnection

    T = TypeVar("T")

_HEAD_AT_MOST = 16 * 1024
#: An answer of more bytes is not one that was asked for.
_ANSWER_AT_MOST = 4 << 20
_AT_ONCE = 65536
_TOKEN_AT_MOST = 16 * 1024
#: How long one host may take to answer before the next one is asked, in seconds.
_PATIENCE = 2.0
#: Changes within so many seconds are one.
_TOGETHER = 0.05
_NOT_FOUND = 5  # of gRPC


class _Refused(RegistryError):
    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Etcd:
    """Of several hosts, the one that has answered last is asked first."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._first = 0

    # ---- requests -------------------------------------------------------------

    async def grant(self, ttl: float) -> str:
        """See Registry."""
        answer = await self._ask("/v3/lease/grant", {"TTL": str(round(ttl))})
        lease = answer.get("ID")
        if not isinstance(lease, str) or not lease.isdecimal():
            raise RegistryError("the answer has no lease: is this etcd?")
        return lease

    async def put(self, path: str, value: bytes, lease: str) -> None:
        """See Registry."""
        body = {"key": _base64(path.encode()), "value": _base64(value), "lease": lease}
        try:
            await self._ask("/v3/kv/put", body)
        except _Refused as refused:
            if refused.code == _NOT_FOUND:
                raise LeaseLost(str(refused)) from None
            raise

    async def keep(self, lease: str) -> bool:
        """See Registry."""
        answer = await self._ask("/v3/lease/keepalive", {"ID": lease})
        result = answer.get("result")
        return isinstance(result, dict) and "TTL" in result

    async def revoke(self, lease: str) -> None:
        """See Registry."""
        try:
            await self._ask("/v3/lease/revoke", {"ID": lease})
        except _Refused as refused:
            if refused.code != _NOT_FOUND:
                raise

    def forget(self) -> None:
        """See Registry. A lease that nobody keeps ends by itself."""

    async def snapshots(self, prefix: str) -> AsyncIterator[list[bytes]]:
        """See Registry."""
        key = {"key": _base64(prefix.encode()), "range_end": _base64(_after(prefix.encode()))}
        revision, values = await self._range(key)
        yield values
        watched = {"create_request": {**key, "start_revision": str(revision + 1)}}
        stream = await self._first_that_answers(lambda host: self._open(host, "/v3/watch", watched))
        try:
            while await stream.next() is not None:
                await sleep(_TOGETHER)
                yield (await self._range(key))[1]
        finally:
            stream.close()
        raise RegistryError("the watch has ended")

    async def _range(self, key: dict[str, str]) -> tuple[int, list[bytes]]:
        answer = await self._ask("/v3/kv/range", {**key, "limit": str(PEERS_AT_MOST)})
        try:
            revision = int(answer["header"]["revision"])
            return revision, [a2b_base64(each.get("value", "")) for each in answer.get("kvs", ())]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise RegistryError("the answer has no revision or no keys: is this etcd?") from None

    # ---- how they get there ---------------------------------------------------

    async def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The first message of the answer."""
        return await self._first_that_answers(lambda host: self._ask_one(host, path, body))

    async def _first_that_answers(self, ask: Callable[[tuple[str, int]], Awaitable[T]]) -> T:
        hosts = self._place.hosts
        failure: Exception = RegistryError("no host")
        for turn in range(len(hosts)):
            number = (self._first + turn) % len(hosts)
            host = hosts[number]
            try:
                with timeout(_PATIENCE):
                    answer = await ask(host)
                self._first = number
                return answer
            except _Refused:
                raise
            except TimeoutError:
                failure = RegistryError(f"{named(host)}: no answer within {_PATIENCE:g} s")
            except RegistryError as error:
                failure = RegistryError(f"{named(host)}: {error}")
            except OSError as error:
                failure = RegistryError(f"{named(host)}: {reason(error)}")
        raise failure

    async def _ask_one(
        self, host: tuple[str, int], path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        stream = await self._open(host, path, body)
        try:
            answer = await stream.next()
        finally:
            stream.close()
        if answer is None:
            raise RegistryError("closed without an answer")
        return answer

    async def _open(self, host: tuple[str, int], path: str, body: dict[str, Any]) -> _Stream:
        stream = _Stream(await _connected(host, self._place))
        try:
            await stream.ask(named(host), path, encode(body).encode(), _token(self._place))
        except BaseException:
            stream.close()
            raise
        return stream


class _Stream:
    """One request on one connection; its answer is one message, or one after the other."""

    def __init__(self, connection: Connection | TlsConnection) -> None:
        self._connection = connection
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_AT_MOST)
        self._rest = b""
        self._status = 0

    async def ask(self, host: str, path: str, body: bytes, token: str) -> None:
        headers = [
            ("Host", host),
            ("User-Agent", "initd"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ]
        if token:
            headers.append(("Authorization", token))
        request = h11.Request(method="POST", target=path, headers=headers)
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            await self._connection.write(self._http.send(event) or b"")

    async def next(self) -> dict[str, Any] | None:
        """The next message of the answer; None at its end. Raises RegistryError."""
        while True:
            line, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                return self._message(line)
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise RegistryError(f"not HTTP: {error}") from None
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._connection.read(_AT_ONCE))
            elif isinstance(event, h11.Response):
                self._status = event.status_code
            elif isinstance(event, h11.Data):
                self._rest += event.data
                if len(self._rest) > _ANSWER_AT_MOST:
                    raise RegistryError("the answer is too long")
            elif not isinstance(event, h11.InformationalResponse):
                last, self._rest = self._rest, b""
                return self._message(last) if last.strip() else None

    def _message(self, text: bytes) -> dict[str, Any]:
        try:
            message = decode(text.decode())
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise RegistryError(f"status {self._status}, and no JSON object: is this etcd?")
        error = message.get("error")
        if error is not None or self._status != 200:
            nested = error if isinstance(error, dict) else message
            said = nested.get("message") or error or f"status {self._status}"
            code = nested.get("code") or nested.get("grpc_code")
            raise _Refused(in_a_line(str(said)), code if isinstance(code, int) else 0)
        return message

    def close(self) -> None:
        """Not gracefully: under TLS that would wait for the other side."""
        self._connection.close()


async def _connected(host: tuple[str, int], place: Place) -> Connection | TlsConnection:
    tls = _tls(place) if place.secure else None
    plain = await connect(*host)
    plain.outlive_silence()  # of a watch, while nothing changes
    if tls is None:
        return plain
    from initd.monitor.probe.tls import TlsConnection

    try:
        connection = TlsConnection(plain, tls, host[0])
        await connection.shake_hands()
    except BaseException:
        plain.close()
        raise
    return connection


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _after(prefix: bytes) -> bytes:
    """The first key behind all those that begin with the prefix: it ends in a slash."""
    return prefix[:-1] + bytes((prefix[-1] + 1,))


def _token(place: Place) -> str:
    if not place.token:
        return ""
    try:
        with open(place.token, "rb") as file:
            return file.read(_TOKEN_AT_MOST).decode("ascii").strip()
    except OSError as error:
        raise RegistryError(f"token: {place.token}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RegistryError(f"token: {place.token}: is not ASCII") from None


def _tls(place: Place) -> SSLContext:
    """Read anew for each connection, because certificates are renewed."""
    import ssl

    try:
        context = ssl.create_default_context(cafile=place.ca or None)
        if place.cert:
            context.load_cert_chain(place.cert, place.key)
    except OSError as error:
        raise RegistryError(f"TLS: {reason(error)}") from None
    return context
