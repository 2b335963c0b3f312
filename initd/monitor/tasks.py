"""Coroutines on the monitor's loop: what they wait for, and how they are ended.

As asyncio has it, with one difference: who is cancelled stops waiting, and what it waited for goes
on. So a look that many wait for needs no shield.
"""

from __future__ import annotations

from initd.monitor.loop import Loop, enter, running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from types import TracebackType
    from typing import Any, Generic, TypeVar

    T = TypeVar("T")

    class _Of(Generic[T]):
        """For a type checker; `typing` would be 700 KB."""

else:
    T = None

    class _Of:
        def __class_getitem__(cls, _):
            return cls


class Cancelled(BaseException):
    """Raised where a coroutine waits, to end it: not an Exception, so that nobody takes it for
    an error."""


class Future(_Of[T]):
    """A result that is yet to come. Callbacks are called by the loop, in its next turn."""

    def __init__(self) -> None:
        self._done = False
        self._result: T | None = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future[T]], object]] = []

    def done(self) -> bool:
        """Whether it has come, or never will."""
        return self._done

    def cancelled(self) -> bool:
        """Whether it never will."""
        return isinstance(self._error, Cancelled)

    def result(self) -> T:
        """To be called when it is done. Raises what ended it."""
        assert self._done
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def set_result(self, result: T) -> None:
        """Once."""
        self._finish(result, None)

    def set_exception(self, error: BaseException) -> None:
        """In place of a result."""
        self._finish(None, error)

    def add_done_callback(self, call: Callable[[Future[T]], object]) -> None:
        """Called with this future; where it is done, in the next turn."""
        if self._done:
            running().call_soon(lambda: call(self))
        else:
            self._callbacks.append(call)

    def remove_done_callback(self, call: Callable[[Future[T]], object]) -> None:
        """It may have been called already."""
        if call in self._callbacks:
            self._callbacks.remove(call)

    def _finish(self, result: T | None, error: BaseException | None) -> None:
        assert not self._done
        self._done, self._result, self._error = True, result, error
        callbacks, self._callbacks = self._callbacks, []
        for call in callbacks:
            running().call_soon(lambda call=call: call(self))  # type: ignore[misc]

    def __await__(self) -> Generator[Future[T], None, T]:
        if not self._done:
            yield self
        return self.result()


class Task(Future[T]):
    """A coroutine that runs by itself; its result is what the coroutine returns.

    Invariant: until it is done it waits for a future, or a step of it is due."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__()
        self._coroutine = coroutine
        self._awaited: Future[Any] | None = None
        self._interruption: Cancelled | None = None
        #: Whether it has been told to end, and may still be cleaning up.
        self.cancelling = False
        _alive.add(self)
        running().call_soon(self._step)

    def cancel(self) -> None:
        """Ends it where it waits, or before it has begun."""
        self.interrupt(Cancelled())

    def interrupt(self, interruption: Cancelled) -> None:
        """The same, by this exception."""
        if self._done or self._interruption is not None:
            return
        self.cancelling, self._interruption = True, interruption
        if self._awaited is not None:
            self._awaited.remove_done_callback(self._wake)
            self._awaited = None
            running().call_soon(self._step)

    def go_on(self, interruption: Cancelled) -> None:
        """That interruption has been dealt with."""
        self.cancelling = False
        if self._interruption is interruption:
            self._interruption = None

    def _wake(self, awaited: Future[Any]) -> None:
        if self._awaited is awaited:
            self._awaited = None
            self._step()

    def _step(self) -> None:
        """Until it waits again."""
        global _current
        interruption, self._interruption = self._interruption, None
        _current = self
        try:
            if interruption is not None:
                awaited = self._coroutine.throw(interruption)
            else:
                awaited = self._coroutine.send(None)
        except StopIteration as end:
            self._end(end.value, None)
        except Cancelled as end:
            self._end(None, end)
        except Exception as error:
            self._fail(error)
        else:
            self._wait(awaited)
        finally:
            _current = None

    def _wait(self, awaited: Future[Any] | None) -> None:
        if awaited is None or self._interruption is not None:
            running().call_soon(self._step)
        else:
            self._awaited = awaited
            awaited.add_done_callback(self._wake)

    def _end(self, result: T | None, error: BaseException | None) -> None:
        _alive.discard(self)
        self._finish(result, error)

    def _fail(self, error: Exception) -> None:
        """Is its waiters' error, or with none of them a bug."""
        nobody_waits = not self._callbacks
        self._end(None, error)
        if nobody_waits:
            running().on_bug("a task", error)


_alive: set[Task[Any]] = set()
_current: Task[Any] | None = None


def all_tasks() -> set[Task[Any]]:
    """Those that are not done."""
    return set(_alive)


def current_task() -> Task[Any]:
    """The one that is running. To be called by a coroutine."""
    assert _current is not None, "outside of a task"
    return _current


def run(main: Coroutine[Any, Any, T], loop: Loop | None = None) -> T:
    """Runs it to its end, on a new loop or on this one. Other tasks may be left; the next run on
    that loop goes on with them."""
    loop = loop or Loop()
    before = enter(loop)
    try:
        task = Task(main)
        task.add_done_callback(lambda _: None)  # it has a waiter, which is the caller
        loop.run_until(task.done)
        return task.result()
    finally:
        enter(before)


# ---- what a coroutine may wait for --------------------------------------------------------------


async def wait(future: Future[Any], seconds: float | None = None) -> bool:
    """Until it is done, however it ends, or so long at most; whether it is done."""
    if future.done():
        return True
    waiter: Future[None] = Future()

    def tell(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    loop = running()
    timer = loop.call_at(loop.time() + seconds, tell) if seconds is not None else None
    future.add_done_callback(tell)
    try:
        await waiter
    finally:
        future.remove_done_callback(tell)
        if timer is not None:
            timer.cancel()
    return future.done()


async def sleep(seconds: float) -> None:
    """0 gives all others a turn."""
    await wait(Future(), seconds)


async def readable(fd: int) -> None:
    """Until it can be read."""
    await _ready(fd, running().add_reader, running().remove_reader)


async def writable(fd: int) -> None:
    """Until it can be written; a connection, until it stands or has failed."""
    await _ready(fd, running().add_writer, running().remove_writer)


async def _ready(
    fd: int, add: Callable[[int, Callable[[], None]], None], remove: Callable[[int], None]
) -> None:
    ready: Future[None] = Future()

    def tell() -> None:
        remove(fd)  # once is enough
        ready.set_result(None)

    add(fd, tell)
    try:
        await ready
    finally:
        remove(fd)


class timeout:
    """A context that ends the task's waiting after so many seconds, by a TimeoutError."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = Cancelled()

    def __enter__(self) -> None:
        loop, self._task = running(), current_task()
        self._timer = loop.call_at(
            loop.time() + self._seconds, lambda: self._task.interrupt(self._end)
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if error is self._end:
            self._task.go_on(self._end)
            raise TimeoutError from None
