"""The app has ended, and another process goes on in its place; or does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.background import IN_FRONT, what_keeps_in_front
from initd.core.life.policy import AimPolicy, Policy
from initd.core.life.restart import policy_of
from initd.core.life.succession import FOR_ITS_PID_FILE, LOOK_INTERVAL, SOON
from initd.core.life.successor import BY_PID_FILE, SAME_PROGRAM, Left, successor
from initd.core.life.sweep import PATIENCE
from initd.core.signals.aim import Process
from initd.core.signals.fit import fit
from initd.core.signals.numbers import HUP, INT, KILL, QUIT, TERM
from initd.core.signals.route import SignalPolicy
from initd.core.signals.stop_plan import plan_of
from initd.core.states import AGAIN
from initd.core.supervisor import Supervisor

SHIM, APP, NEW, START = 2, 3, 40, 100.0
UNICORN = ("unicorn", "unicorn_rails")
MASTER = Left(pid=NEW, words=("unicorn master -c unicorn.rb",), is_parent=True)
NAMED = Left(pid=NEW, words=("served",), is_named=True)
OTHER = Left(pid=50, words=("sleep", "60"))


def _running(**policy: Any) -> Supervisor:
    given_policy: dict[str, Any] = {
        "command": ("unicorn",),
        "signals": SignalPolicy({}, TERM),
        "stop_plan": plan_of("QUIT:20 KILL"),
        "program": UNICORN,
        **policy,
    }
    supervisor = Supervisor(Policy(**given_policy))
    supervisor.begin()
    supervisor.handle(ev.Spawned(SHIM), START)
    supervisor.handle(ev.Started(APP), START)
    return supervisor


def _logged(actions: list[do.Action], event: str) -> dict[str, Any]:
    (found,) = [each.facts for each in actions if isinstance(each, do.Log) and each.event == event]
    return found


def _names(actions: list[do.Action]) -> list[str]:
    return [each.event for each in actions if isinstance(each, do.Log)]


# ---- which one it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        (("unicorn master -c unicorn.rb",), True),
        (("unicorn worker[0] -c unicorn.rb",), False),
        (("/usr/bin/ruby", "/usr/bin/unicorn", "-c", "unicorn.rb"), True),
        (("puma 5.6 (tcp://0.0.0.0:80) [app]",), False),
        ((), False),
    ],
)
def test_a_program_is_known_by_its_title_too(words: tuple[str, ...], is_one: bool) -> None:
    """What a master writes in the place of its command line; workers say that they are some."""
    left = Left(pid=NEW, words=words)
    found = successor([left], UNICORN, ended_well=True, stops=False)
    assert (found == (NEW, SAME_PROGRAM)) == is_one


def test_nginx_writes_its_name_with_a_colon() -> None:
    """`nginx: master process`."""
    master = Left(pid=9, words=("nginx: master process nginx -c a",), is_parent=True)
    worker = Left(pid=8, words=("nginx: worker process",), is_orphan=False)
    assert successor([worker, master], ("nginx",), ended_well=True, stops=False) == (
        9,
        SAME_PROGRAM,
    )


def test_the_pid_file_is_believed_first() -> None:
    """Whatever it is called, and however the app has ended."""
    for ended_well in (True, False):
        found = successor([MASTER, NAMED], UNICORN, ended_well=ended_well, stops=False)
        assert found == (NEW, BY_PID_FILE)


def test_what_a_crash_leaves_are_workers() -> None:
    """An app that was killed has not replaced itself."""
    assert successor([MASTER], UNICORN, ended_well=False, stops=False) is None


def test_a_master_is_told_from_what_another_has_left() -> None:
    """It has workers of its own. Among several without any, nobody can tell."""
    plain = [Left(pid=pid, words=("unicorn", "-c", "x")) for pid in (60, 61)]
    assert successor([*plain, MASTER], UNICORN, ended_well=True, stops=False) is not None
    assert successor(plain, UNICORN, ended_well=True, stops=False) is None
    assert successor(plain[:1], UNICORN, ended_well=True, stops=False) == (60, SAME_PROGRAM)


def test_during_a_stop_only_a_master_is_followed() -> None:
    """Everything else has been asked to end, or will be."""
    plain = Left(pid=60, words=("unicorn", "-c", "x"))
    assert successor([plain], UNICORN, ended_well=True, stops=True) is None
    assert successor([MASTER], UNICORN, ended_well=False, stops=True) == (NEW, SAME_PROGRAM)


# ---- what follows -------------------------------------------------------------------------


def test_the_new_master_is_the_app_from_then_on() -> None:
    """Nothing ends, nothing is restarted; and so for the next upgrade."""
    supervisor = _running(restart=policy_of("always"))
    later = START + 60
    todo = supervisor.handle(ev.AppExited(0, left=(MASTER,)), later)
    assert do.TakeOver(NEW) in todo
    assert _logged(todo, "app.replaced") == {"app": NEW, "was": APP, "why": SAME_PROGRAM}
    assert (supervisor.life.state, supervisor.life.app) == ("running", NEW)
    supervisor.handle(ev.Reaped(APP, 0), later)
    supervisor.handle(ev.Reaped(SHIM, 0), later)
    assert supervisor.handle(ev.Signal(HUP, 0, 0), later)[0] == do.Deliver(HUP, "process")
    newer = Left(pid=70, words=MASTER.words, is_parent=True)
    assert do.TakeOver(70) in supervisor.handle(ev.Reaped(NEW, 0, left=(newer,)), later)
    assert supervisor.life.restarts == 0


def test_a_stop_goes_on_with_the_new_master_from_its_first_step() -> None:
    """Otherwise it would be swept: for unicorn TERM means to drop everything."""
    supervisor = _running()
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    todo = supervisor.handle(ev.AppExited(0, left=(MASTER,)), START + 5)
    assert [each for each in todo if isinstance(each, do.TakeOver | do.Deliver)] == [
        do.TakeOver(NEW),
        do.Deliver(QUIT, "process"),
    ]
    assert supervisor.life.stop.deadline == START + 5 + 20
    assert supervisor.life.stop.since == START, "the engine's clock does not begin anew"
    supervisor.handle(ev.Reaped(NEW, 0), START + 6)
    supervisor.handle(ev.Reaped(SHIM, 0), START + 6)
    supervisor.handle(ev.ReapedAll(False), START + 6)
    assert supervisor.exit_code == 0


def test_the_new_master_has_the_whole_plan_within_what_is_left_of_the_grace_period() -> None:
    """KILL comes from init before the engine's, as it would have without the upgrade."""
    grace = 20.0
    plan = fit(plan_of("QUIT:12 TERM"), grace, plan_of("INT:2"))
    supervisor = _running(stop_plan=plan, grace=grace)
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    now = START + 10
    supervisor.handle(ev.AppExited(0, left=(MASTER,)), now)
    steps = supervisor.life.stop.steps()
    assert [each.signal for each in steps] == [QUIT, TERM, INT, KILL]
    assert 0.9 * 9 < sum(each.patience or 0 for each in steps) <= 9, "ten seconds, less one"
    while steps[supervisor.life.stop.step].signal != KILL:
        assert supervisor.deadline is not None
        now = supervisor.deadline
        todo = supervisor.handle(ev.Elapsed(), now)
    assert do.Deliver(KILL, "process") in todo
    assert START + 18.5 < now < START + grace


def test_a_signal_that_the_old_master_was_given_does_not_explain_the_end_of_the_new_one() -> None:
    """QUIT is how an upgrade ends, and the new master's crash soon afterwards is a crash."""
    supervisor = _running(restart=policy_of("always"), signals=SignalPolicy({}, TERM))
    supervisor.handle(ev.Signal(QUIT, 0, 0), START + 60)
    todo = supervisor.handle(ev.AppExited(0, left=(MASTER,)), START + 61)
    assert do.TakeOver(NEW) in todo
    todo = supervisor.handle(ev.Reaped(NEW, 1 << 8), START + 62)
    assert _logged(todo, "app.exited")["asked"] is False
    assert supervisor.life.want == AGAIN


def test_who_outlives_the_app_and_has_had_the_stop_s_signal_gets_no_second_one() -> None:
    """The stop was aimed at the program itself, behind the shell that has ended before it."""
    supervisor = _running(command=("sh", "-c", "unicorn; true"), aim=AimPolicy(behind="sh"))
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    shell = Process(APP, 1, APP, 1, ("sh", "-c", "unicorn; true"))
    master = Process(NEW, APP, APP, 2, MASTER.words, catches=1 << QUIT - 1)
    supervisor.handle(ev.Looked(QUIT, "process", True, (shell, master)), START)
    assert supervisor.life.aiming.has_had(NEW)
    todo = supervisor.handle(ev.AppExited(0, left=(MASTER,)), START + 1)
    assert do.TakeOver(NEW) not in todo
    assert not [each for each in todo if isinstance(each, do.Look | do.Deliver | do.DeliverTo)]


def test_one_that_is_gone_before_it_can_be_followed_is_the_end() -> None:
    """Nobody can say how it ended."""
    supervisor = _running(restart=policy_of("on-failure"))
    supervisor.handle(ev.AppExited(0, left=(MASTER,)), START + 60)
    todo = supervisor.handle(ev.AppExited(0, known=False), START + 60)
    assert "not known" in _logged(todo, "app.exited")["why"]
    assert _logged(todo, "app.restarting")["why"] == "exit code unknown"


# ---- into the background -------------------------------------------------------------------


def test_a_program_in_the_background_is_followed_and_told_how_to_stay() -> None:
    """Its first process ends at once, its own child of the same name serves."""
    supervisor = _running()
    todo = supervisor.handle(ev.AppExited(0, left=(MASTER,)), START + 0.3)
    facts = _logged(todo, "app.daemonized")
    assert facts["app"] == NEW
    assert facts["mend"] == "keep it in front: unicorn without -D"
    assert supervisor.life.state == "running"


def test_where_nothing_can_be_followed_the_log_says_why_it_is_over() -> None:
    """`service nginx start`: 0, and a server that has lost its container."""
    supervisor = _running(program=())
    left = (Left(pid=50, words=("nginx: master process /usr/sbin/nginx",)),)
    todo = supervisor.handle(ev.AppExited(0, left=left), START + 0.3)
    facts = _logged(todo, "app.daemonized")
    assert facts["left"] == ["nginx"]
    assert facts["mend"] == "keep it in front: nginx -g 'daemon off;'"
    assert supervisor.life.state == "sweeping"


@pytest.mark.parametrize(
    ("status", "after", "left"), [(1 << 8, 0.3, (OTHER,)), (0, SOON, (OTHER,)), (0, 0.3, ())]
)
def test_an_ordinary_end_is_not_taken_for_that(
    status: int, after: float, left: tuple[Left, ...]
) -> None:
    """It failed, it worked for a while, or it left nothing."""
    todo = _running().handle(ev.AppExited(status, left=left), START + after)
    assert "app.daemonized" not in _names(todo)


def test_its_pid_file_is_waited_for() -> None:
    """The child writes it when the parent has gone already. Signals are kept meanwhile."""
    supervisor = _running(program=(), pid_file="/run/app.pid")
    assert supervisor.handle(ev.AppExited(0, left=(OTHER,)), START) == [do.LookForSuccessor()]
    assert supervisor.life.state == "starting"
    supervisor.handle(ev.SuccessorSought((OTHER,)), START)
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    supervisor.handle(ev.Signal(HUP, 0, 0), START)
    now = START + LOOK_INTERVAL
    assert supervisor.deadline == now
    assert supervisor.handle(ev.Elapsed(), now) == [do.LookForSuccessor()]
    todo = supervisor.handle(ev.SuccessorSought((OTHER, NAMED)), now)
    assert todo[0] == do.TakeOver(NEW)
    assert do.Deliver(HUP, "process") in todo
    assert (supervisor.life.state, supervisor.life.app) == ("running", NEW)


def test_a_pid_file_that_never_names_anybody_is_waited_for_so_long() -> None:
    """Then the app is over, and the log says what was looked for."""
    supervisor = _running(program=(), pid_file="/run/app.pid")
    supervisor.handle(ev.AppExited(0, left=(OTHER,)), START)
    supervisor.handle(ev.SuccessorSought((OTHER,)), START)
    todo = supervisor.handle(ev.SuccessorSought((OTHER,)), START + FOR_ITS_PID_FILE)
    assert _logged(todo, "app.daemonized")["pid_file"] == "/run/app.pid names none of them"
    assert supervisor.life.state == "sweeping"


def test_a_stop_that_was_asked_for_meanwhile_is_not_forgotten() -> None:
    """No restart policy starts it again."""
    supervisor = _running(program=(), pid_file="/run/app.pid", restart=policy_of("always"))
    supervisor.handle(ev.AppExited(0, left=(OTHER,)), START)
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    supervisor.handle(ev.SuccessorSought(()), START)
    supervisor.handle(ev.Reaped(SHIM, 0), START)
    supervisor.handle(ev.ReapedAll(False), START)
    assert supervisor.exit_code == 0


@pytest.mark.parametrize("program", sorted(IN_FRONT))
def test_each_program_that_is_known_has_a_way_to_stay(program: str) -> None:
    """By its file's name, and as its title says it."""
    assert what_keeps_in_front([f"/usr/sbin/{program}"]) == IN_FRONT[program]
    assert what_keeps_in_front([f"{program}:"]) == IN_FRONT[program]
    assert what_keeps_in_front(["sleep"]) == ""


def test_a_version_is_no_part_of_the_name() -> None:
    """Debian's php-fpm8.2."""
    assert what_keeps_in_front(["php-fpm8.2"]) == IN_FRONT["php-fpm"]


# ---- an app that has named another process ---------------------------------------------------


def test_the_first_process_ends_with_the_one_that_it_has_named() -> None:
    """MAINPID: its end is the app's, and what lives on is swept, shim or no shim."""
    supervisor = _running(monitor=True, notify=True)
    supervisor.handle(ev.Followed(NEW), START)
    supervisor.handle(ev.Reaped(NEW, 7 << 8), START + 1)
    assert do.Sweep(TERM) in supervisor.handle(ev.ReapedAll(left=True), START + 1)
    supervisor.handle(ev.Reaped(APP, TERM), START + 2)
    supervisor.handle(ev.Reaped(SHIM, TERM), START + 2)
    supervisor.handle(ev.ReapedAll(left=False), START + 2)
    assert supervisor.exit_code == 7


def test_a_shim_that_stays_cuts_nobodys_patience_short() -> None:
    """It is waited for at first; once what is left has had its TERM, the engine's clock runs."""
    supervisor = _running()
    supervisor.handle(ev.Signal(TERM, 0, 0), START)
    supervisor.handle(ev.AppExited(0), START + 1)
    supervisor.handle(ev.ReapedAll(left=True), START + 1)
    assert supervisor.life.sweep.deadline == START + 1 + PATIENCE
    todo = supervisor.handle(ev.Elapsed(), START + 1 + PATIENCE)
    assert do.Sweep(TERM) in todo
    supervisor.handle(ev.ReapedAll(left=True), START + 5)
    assert supervisor.life.sweep.deadline is None


# ---- no state without a way out ---------------------------------------------------------------

LEFT = st.sampled_from([(), (OTHER,), (MASTER,), (NAMED,), (OTHER, MASTER)])
#: What a container may come to, in whatever order.
TURNS: list[st.SearchStrategy[ev.Event]] = [
    st.builds(lambda left: ev.AppExited(0, left=left), LEFT),
    st.builds(lambda left: ev.AppExited(KILL, left=left), LEFT),
    st.builds(lambda left: ev.Reaped(NEW, 0, left=left), LEFT),
    st.builds(ev.SuccessorSought, LEFT),
    st.sampled_from(
        [
            ev.Followed(NEW),
            ev.Reaped(SHIM, 0),
            ev.Reaped(APP, 0),
            ev.ReapedAll(True),
            ev.ReapedAll(False),
            ev.AppExited(0, known=False),
            ev.Signal(HUP, 0, 0),
            ev.Elapsed(),
            ev.AppStopped(19),
        ]
    ),
]


def _answer(action: do.Action) -> list[ev.Event]:
    """What the kernel does about it: KILL ends what can be ended, and nothing else does."""
    if isinstance(action, do.Spawn):
        return [ev.SpawnRefused(2, "no shim")]
    if isinstance(action, do.LookForSuccessor):
        return [ev.SuccessorSought((OTHER,))]
    if isinstance(action, do.Deliver) and action.number == KILL:
        return [ev.AppExited(KILL)]
    return [ev.ReapedAll(True)] if isinstance(action, do.Reap) else []


@given(
    st.lists(st.one_of(TURNS), max_size=12),
    st.sampled_from(["no", "always", "on-failure"]),
    st.sampled_from([{"grace": 10.0}, {"leftovers": plan_of("TERM:3 KILL")}]),
)
def test_every_history_ends_once_a_stop_is_asked_for(
    history: list[ev.Event], restart: str, patience: dict[str, Any]
) -> None:
    """Whatever dies in whatever order, and whoever is followed: a process that ignores everything
    but KILL, and one that nothing ends, are no reason to stay, where init knows how long it may
    (otherwise the engine does, and its KILL is the end)."""
    supervisor = _running(
        monitor=True, notify=True, pid_file="/run/app.pid", restart=policy_of(restart), **patience
    )
    now = START
    queue = [*history, ev.Signal(TERM, 0, 0)]
    for _ in range(200):
        while queue and supervisor.exit_code is None:
            for action in supervisor.handle(queue.pop(0), now):
                queue += _answer(action)
        if supervisor.exit_code is not None:
            return
        assert supervisor.deadline is not None, f"{supervisor.life.state} for ever"
        now = max(now, supervisor.deadline)
        queue.append(ev.Elapsed())
    raise AssertionError(f"{supervisor.life.state} after {now - START} s")
