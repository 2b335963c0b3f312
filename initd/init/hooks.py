"""Runs hooks: each by a shim of its own, as the app is started, with its output in the log.

pid 1 imports this where there are hooks.
"""

from __future__ import annotations

import posix
from select import POLLIN
from time import monotonic

from initd.core.life import events as ev
from initd.core.signals.numbers import KILL
from initd.core.start.outcome import explain_failure, status_facts
from initd.core.start.spawn_spec import SpawnSpec, shim_argv
from initd.linux import child_processes, report, signals
from initd.linux.privileges import open_null
from initd.linux.process_tree import kill_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from initd.core.life import actions as do
    from initd.core.life.hook import Hook
    from initd.init.log.log import LogEvent
    from initd.linux.watch import Watch

#: What is kept of a hook's output: so many lines, of so many bytes each. The rest is read, so that
#: the hook can go on, and counted.
LINES_AT_MOST = 100
LINE_AT_MOST = 500
#: Read in one round, so that a hook which prints without end can't keep a signal waiting.
_AT_ONCE = 65536
#: A pipe holds no more, so this is all that an ended hook can have left in it.
_ROUNDS_AT_END = 32


class _Run:
    """A hook that runs. `pid` is its own, 0 until the shim has reported it; descriptors are -1 once
    they are closed."""

    def __init__(self, hook: Hook, shim: int, reports: int, output: int) -> None:
        self.hook = hook
        self.shim = shim
        self.pid = 0
        self.reports = reports
        self.output = output
        self.began = monotonic()
        self.failure = ""
        self.rest = b""
        self.lines = 0
        self.dropped = 0


class HookRunner:
    """`facts` are in every hook's environment, as HOOK_ variables."""

    def __init__(
        self,
        shim_path: str,
        spec: SpawnSpec,
        hooks: Sequence[Hook],
        facts: Mapping[str, str],
        watched: Watch,
        log: LogEvent,
    ) -> None:
        self._shim_path = shim_path
        self._spec = spec
        self._hooks = {hook.moment: hook for hook in hooks}
        self._facts = facts
        self._watched = watched
        self._log = log
        self._runs: dict[str, _Run] = {}
        #: Hooks that have ended and are yet to be reaped: they are not the app's orphans.
        self._corpses: set[int] = set()

    @property
    def pids(self) -> set[int]:
        """The processes whose end it waits for, as far as they are known."""
        return self._corpses.union(*((run.shim, run.pid) for run in self._runs.values())) - {0}

    @property
    def is_idle(self) -> bool:
        """Whether no hook runs, and none is left to be reaped."""
        return not (self._runs or self._corpses)

    # ---- started --------------------------------------------------------------

    def run(self, action: do.RunHook) -> list[ev.Event]:
        """Starts the hook of a moment. What is left of its last run is ended first."""
        hook = self._hooks[action.moment]
        last = self._runs.get(action.moment)
        if last is not None:
            self._kill(last)
            self._close(last)
        facts = {"moment": action.moment, **self._facts, **action.facts}
        try:
            self._runs[action.moment] = self._start(hook, facts)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            return [ev.HookEnded(action.moment, f"cannot be started: {why}")]
        self._log("debug", "hook.started", {"hook": hook.moment, "reason": facts["reason"]})
        return []

    def _start(self, hook: Hook, facts: Mapping[str, str]) -> _Run:
        """Raises OSError, or ValueError for a NUL."""
        spec = _spec_of(hook, self._spec, facts)
        opened: list[int] = []
        try:
            opened += report.report_pipe()
            opened += report.report_pipe()
            opened.append(open_null())
            reports, for_reports, output, for_output, null = opened
            shim = child_processes.spawn(
                self._shim_path,
                shim_argv(spec, posix.getpid()),
                spec.environ,
                [null, 0, for_output, 1, for_output, 2, for_reports, 3],  # they are above 3
            )
        except (OSError, ValueError):
            for fd in opened:
                posix.close(fd)
            raise
        for fd in (for_reports, for_output, null):
            posix.close(fd)
        for fd in (reports, output):
            self._watched.register(fd, POLLIN)
        return _Run(hook, shim, reports, output)

    # ---- followed -------------------------------------------------------------

    def hear(self, ready: set[int]) -> None:
        """What the hooks print, and what their shims report."""
        for run in self._runs.values():
            if run.output in ready:
                self._read_output(run)
            if run.reports in ready:
                self._read_reports(run)

    def _read_reports(self, run: _Run) -> None:
        found = report.read_reports(run.reports) if run.reports >= 0 else []
        if found is None:
            run.reports = self._forget(run.reports)
            return
        for kind, a, b in found:
            if kind == report.STARTED:
                run.pid = a
            elif kind == report.FAILED:
                stage = a % report.STAGE_DETAIL
                _, sentence = explain_failure(stage, b, posix.strerror(b), run.hook.argv[0])
                run.failure = sentence.removeprefix("initd: ")

    def _read_output(self, run: _Run) -> bool:
        """Whether there may be more."""
        try:
            data = posix.read(run.output, _AT_ONCE) if run.output >= 0 else b""
        except BlockingIOError:
            return False
        if not data:
            run.output = self._forget(run.output)
            return False
        *lines, rest = (run.rest + data).split(b"\n")
        for line in lines:
            self._print(run, line)
        if len(rest) > LINE_AT_MOST:  # a line without an end is not kept until it has one
            self._print(run, rest)
            rest = b""
        run.rest = rest
        return True

    def _print(self, run: _Run, line: bytes) -> None:
        if run.lines >= LINES_AT_MOST:
            run.dropped += len(line) + 1
            return
        run.lines += 1
        run.dropped += max(0, len(line) - LINE_AT_MOST)
        text = line[:LINE_AT_MOST].decode(errors="replace").rstrip("\r")
        shown = "".join(each if each.isprintable() else "?" for each in text.expandtabs())
        self._log("info", "hook.output", {"hook": run.hook.moment, "line": shown})

    # ---- ended ----------------------------------------------------------------

    def kill(self, action: do.KillHook) -> None:
        """With all that it has started and that is still in its session."""
        run = self._runs.get(action.moment)
        if run is not None:
            self._kill(run)

    def _kill(self, run: _Run) -> None:
        self._read_reports(run)
        if run.pid:
            kill_session(run.pid)
        else:
            signals.send_to_pid(run.shim, KILL)

    def reaped(
        self, corpses: list[tuple[int, int]]
    ) -> tuple[list[tuple[int, int]], list[ev.Event]]:
        """Of those that init has reaped, as (pid, wait status), the ones that concern no hook;
        and what follows from the others."""
        events: list[ev.Event] = []
        shims = {run.shim: run for run in self._runs.values()}
        for pid, status in corpses:
            if pid in shims:
                events.append(self._ended(shims[pid], status))
                self._corpses.add(pid)
        others = [each for each in corpses if each[0] not in self._corpses]
        self._corpses.difference_update(pid for pid, _ in corpses)
        return others, events

    def _ended(self, run: _Run, status: int) -> ev.Event:
        self._read_reports(run)
        if run.pid:
            kill_session(run.pid)  # what it has left in the background, too
            self._corpses.add(run.pid)
        for _ in range(_ROUNDS_AT_END):
            if not self._read_output(run):
                break
        if run.rest:
            self._print(run, run.rest)
        self._close(run)
        how = status_facts(status)
        facts = {"hook": run.hook.moment, **how, "seconds": round(monotonic() - run.began, 3)}
        if run.dropped:
            facts["output_dropped"] = run.dropped
        self._log("info", "hook.ended", facts)
        if "signal" in how:
            why = f"killed by {how['signal']}"
        else:
            why = f"exit code {how['code']}" if how["code"] else ""
        return ev.HookEnded(run.hook.moment, run.failure or why)

    def _close(self, run: _Run) -> None:
        run.reports, run.output = self._forget(run.reports), self._forget(run.output)
        if self._runs.get(run.hook.moment) is run:
            del self._runs[run.hook.moment]

    def _forget(self, fd: int) -> int:
        if fd >= 0:
            self._watched.unregister(fd)
            posix.close(fd)
        return -1


def _spec_of(hook: Hook, app: SpawnSpec, facts: Mapping[str, str]) -> SpawnSpec:
    """As the app is started; a user of its own has the rights of that user, whatever the app's are
    restricted to."""
    variables = {
        b"HOOK_" + name.upper().encode(): value.encode(errors="surrogateescape")
        for name, value in facts.items()
    }
    own = hook.account is not None
    return SpawnSpec(
        argv=hook.argv,
        environ={**app.environ, **hook.login, **variables},
        user=hook.account or app.user,
        directory=app.directory,
        umask=app.umask,
        limits=() if own else app.limits,
        session=True,
        nice=app.nice,
        oom_score_adj=app.oom_score_adj,
        capabilities_dropped=0 if own else app.capabilities_dropped,
        no_new_privs=app.no_new_privs and not own,
    )
