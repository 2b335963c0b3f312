"""CPU time of a tree of processes that come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from initd.core.metrics.usage import CpuMeter, ProcessUsage, TreeUsage


def process(
    name: str, user: float = 0, waited: float = 0, descriptors: int | None = 3
) -> ProcessUsage:
    return ProcessUsage(name, (user, 2 * user), (waited, 2 * waited), 4096, 1, descriptors)


def reading(*trees: list[ProcessUsage]) -> tuple[float, float]:
    meter = CpuMeter()
    for tree in trees:
        meter.add(tree)
    return meter.user, meter.system


def test_time_is_that_of_all_processes_and_of_those_they_waited_for() -> None:
    """By mode."""
    assert reading([process("app", 1, 10), process("worker", 2)]) == (13, 26)


def test_a_worker_that_ends_and_is_waited_for_changes_nothing() -> None:
    """Its time is its parent's now."""
    before = [process("app", 1), process("worker", 5)]
    assert reading(before, [process("app", 1, 5)]) == (6, 12)


def test_a_worker_that_came_and_went_between_two_readings_is_counted() -> None:
    """The parent that waited for it tells."""
    assert reading([process("app", 1)], [process("app", 1, 7)]) == (8, 16)


def test_a_worker_that_init_reaped_does_not_take_its_time_away() -> None:
    """And what the others use meanwhile is counted, though the sum has fallen."""
    before = [process("app", 1), process("worker", 100)]
    assert reading(before, [process("app", 4)]) == (104, 208)


def test_an_app_that_was_restarted_counts_on() -> None:
    """Although no process is left of those before."""
    assert reading([process("app", 50)], [], [process("app again", 3, 1)]) == (54, 108)


def test_descriptors_that_nobody_may_count_do_not_show_as_zero() -> None:
    """They are left out, and the processes are counted as unreadable."""
    mixed = TreeUsage((process("a"), process("b", descriptors=None)), refused=2)
    assert (mixed.descriptors, mixed.unreadable) == (3, 3)
    assert TreeUsage((process("b", descriptors=None),)).descriptors is None
    assert TreeUsage((process("zombie", descriptors=0),)).descriptors == 0


class _Machine:
    """A kernel's book-keeping: who uses time, who waits for whom, what is lost."""

    def __init__(self) -> None:
        self.used = 0
        self.own = {0: 0}
        self.waited = {0: 0}
        self.parent = {0: -1}
        self.born = 0

    def use(self, which: int, time: int) -> None:
        self.own[self._pick(which)] += time
        self.used += time

    def fork(self, which: int) -> None:
        self.born += 1
        self.parent[self.born] = self._pick(which)
        self.own[self.born] = self.waited[self.born] = 0

    def end(self, which: int, is_waited_for: bool) -> None:
        pid = self._pick(which)
        if pid == 0:
            return
        for child in [child for child, parent in self.parent.items() if parent == pid]:
            self.leave(child)
        if is_waited_for:
            self.waited[self.parent[pid]] += self.own[pid] + self.waited[pid]
        self._forget(pid)

    def leave(self, pid: int) -> None:
        """Adopted by init, with all below."""
        for child in [child for child, parent in self.parent.items() if parent == pid]:
            self.leave(child)
        self._forget(pid)

    def tree(self) -> list[ProcessUsage]:
        return [process(str(pid), self.own[pid], self.waited[pid]) for pid in self.own]

    def _pick(self, which: int) -> int:
        return list(self.own)[which % len(self.own)]

    def _forget(self, pid: int) -> None:
        del self.own[pid], self.waited[pid], self.parent[pid]


_which = st.integers(0, 5)
_step = st.one_of(
    st.tuples(st.just("use"), _which, st.integers(1, 100)),
    st.tuples(st.just("fork"), _which),
    st.tuples(st.just("end"), _which, st.booleans()),
    st.tuples(st.just("read")),
)


@given(st.lists(_step, max_size=60))
def test_time_never_falls_and_is_never_more_than_was_used(steps: list[tuple[object, ...]]) -> None:
    """In any history of a tree; and it is exact while nothing is lost to init."""
    machine, meter, lost = _Machine(), CpuMeter(), False
    for name, *arguments in [*steps, ("read",)]:
        if name == "read":
            before = meter.user
            meter.add(machine.tree())
            assert before <= meter.user <= machine.used
            continue
        ended = name == "end" and len(machine.own)
        getattr(machine, str(name))(*arguments)
        if ended and (ended - len(machine.own) > 1 or arguments[1] is False):
            lost = True
    assert lost or meter.user == machine.used
