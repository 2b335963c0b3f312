"""Health on a simulated clock: what is asked when, and what turns.

The table follows Kubernetes' documentation, below kubernetes.io/docs/:
[tasks] tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
[lifecycle] concepts/workloads/pods/pod-lifecycle/
[concepts] concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from initd.core.health.check import Check, ProbeResult
from initd.core.health.notified_state import RELOADING, STOPPING, NotifyState
from initd.core.health.roles import LIVENESS, PRESTART, READINESS, STARTUP
from initd.core.health.schedule import Change, Health
from initd.core.health.verdict import (
    HEALTHY,
    LIVE,
    READY,
    STARTED,
    AppStatus,
    CheckState,
    Report,
    judge,
)

APP = 3
#: When the app of these tests started.
START = 100.0


def check(name: str, *roles: str, **more: object) -> Check:
    """A check with Kubernetes' defaults."""
    return Check(name, "tcp", roles or (READINESS,), "127.0.0.1:80", **more)  # type: ignore[arg-type]


class World:
    """An app whose checks answer as scripted: `o` passes, `x` fails, the last one for ever."""

    def __init__(
        self, checks: Sequence[Check], answers: dict[str, str], takes: float = 0.0
    ) -> None:
        self.health = Health(checks)
        self.answers = {name: list(script) for name, script in answers.items()}
        self.takes = takes
        #: Seconds since the start at which each check was asked.
        self.asked: dict[str, list[float]] = {each.name: [] for each in checks}
        self.turned: list[str] = []
        self.health.begin(APP, START)

    def run(self, until: float) -> None:
        """Everything that happens up to `until` seconds after the start."""
        pending: list[tuple[float, str]] = []
        while True:
            deadline = self.health.deadline
            moments = [at for at, _ in pending] + ([deadline] if deadline is not None else [])
            now = min(moments, default=START + until + 1)
            if now > START + until:
                return
            for each in self.health.due(now):
                self.asked[each.name].append(round(now - START, 3))
                pending.append((now + self.takes, each.name))
            for at, name in [each for each in pending if each[0] <= now]:
                pending.remove((at, name))
                self._answer(name, now)

    def _answer(self, name: str, now: float) -> None:
        script = self.answers[name]
        ok = (script.pop(0) if len(script) > 1 else script[0]) == "o"
        answer = ProbeResult(ok, "passed" if ok else "failed")
        for change in self.health.answered(APP, name, answer, now):
            how = "well" if change.ok else "bad"
            self.turned.append(f"{now - START:g} {change.name} {change.role} {how}")

    def says(self, question: str) -> bool:
        """The judgement as pid 1 and HTTP give it."""
        return judge(question, AppStatus("running", APP, None, 1.0), self.health.report()).ok


# ---- Kubernetes' documentation ----------------------------------------------------------------

#: fact, its source, the checks, their answers, seconds; then who is asked when, what turns.
TABLE = [
    (
        "a probe is performed every periodSeconds, 10 by default, the first one at once",
        "[tasks] Configure Probes, periodSeconds and initialDelaySeconds",
        [check("web", READINESS)],
        {"web": "o"},
        35,
        {"web": [0, 10, 20, 30]},
        ["0 web readiness well"],
    ),
    (
        "no probe before initialDelaySeconds have passed since the start",
        "[tasks] Configure Probes, initialDelaySeconds; Define a liveness command",
        [check("web", LIVENESS, delay=5.0, period=5.0)],
        {"web": "o"},
        16,
        {"web": [5, 10, 15]},
        [],
    ),
    (
        "readiness is a failure before the initial delay is over",
        "[lifecycle] Types of probe, readinessProbe",
        [check("web", READINESS, delay=15.0)],
        {"web": "o"},
        14,
        {"web": []},
        [],
    ),
    (
        "a check fails after failureThreshold failures in a row, 3 by default",
        "[tasks] Configure Probes, failureThreshold",
        [check("web", READINESS)],
        {"web": "oxxx"},
        35,
        {"web": [0, 10, 20, 30]},
        ["0 web readiness well", "30 web readiness bad"],
    ),
    (
        "one success in between starts the count of failures anew",
        "[tasks] Configure Probes, failureThreshold: in a row",
        [check("web", READINESS)],
        {"web": "oxxoxxo"},
        65,
        {"web": [0, 10, 20, 30, 40, 50, 60]},
        ["0 web readiness well"],
    ),
    (
        "after a failure successThreshold successes in a row are needed",
        "[tasks] Configure Probes, successThreshold",
        [check("web", READINESS, success=3, failure=1)],
        {"web": "oooxooxooo"},
        95,
        {"web": [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]},
        ["20 web readiness well", "30 web readiness bad", "90 web readiness well"],
    ),
    (
        "a failed readiness probe goes on being run, and may pass again",
        "[tasks] Configure Probes, failureThreshold; Define readiness probes, note",
        [check("web", READINESS, failure=1)],
        {"web": "oxo"},
        25,
        {"web": [0, 10, 20]},
        ["0 web readiness well", "10 web readiness bad", "20 web readiness well"],
    ),
    (
        "a container is live until its liveness probe has failed failureThreshold times",
        "[tasks] Define a liveness command; Configure Probes, failureThreshold",
        [check("web", LIVENESS, period=5.0)],
        {"web": "ooxxx"},
        22,
        {"web": [0, 5, 10, 15, 20]},
        ["20 web liveness bad"],
    ),
    (
        "liveness and readiness probes do not wait until startup has succeeded once",
        "[tasks] overview; Protect slow starting containers with startup probes",
        [check("boot", STARTUP, failure=30), check("l", LIVENESS), check("r", READINESS)],
        {"boot": "xxo", "l": "o", "r": "o"},
        35,
        {"boot": [0, 10, 20], "l": [20, 30], "r": [20, 30]},
        ["20 boot startup well", "20 r readiness well"],
    ),
    (
        "a startup probe is not run any more once it has succeeded",
        "[concepts] Startup probe: only executed at startup",
        [check("boot", STARTUP)],
        {"boot": "ox"},
        100,
        {"boot": [0]},
        ["0 boot startup well"],
    ),
    (
        "delays of liveness and readiness begin when the startup probe has succeeded",
        "[tasks] Configure Probes, initialDelaySeconds",
        [check("boot", STARTUP), check("web", READINESS, delay=7.0)],
        {"boot": "xo", "web": "o"},
        30,
        {"boot": [0, 10], "web": [17, 27]},
        ["10 boot startup well", "17 web readiness well"],
    ),
    (
        "startup may take failureThreshold * periodSeconds and no longer: then it is dead",
        "[tasks] Protect slow starting containers with startup probes",
        [check("boot", STARTUP, failure=3, period=10.0), check("web", READINESS)],
        {"boot": "xxxx", "web": "o"},
        35,
        {"boot": [0, 10, 20, 30], "web": []},
        ["30 boot liveness bad"],
    ),
    (
        "readiness and liveness do not depend on each other",
        "[tasks] Define readiness probes, caution",
        [check("l", LIVENESS, failure=1), check("r", READINESS, failure=1)],
        {"l": "x", "r": "o"},
        5,
        {"l": [0], "r": [0]},
        ["0 l liveness bad", "0 r readiness well"],
    ),
    (
        "the same probe with a higher threshold for liveness: not ready first, dead later",
        "[tasks] overview, a common pattern",
        [check("l", LIVENESS, failure=3), check("r", READINESS, failure=1)],
        {"l": "oxxx", "r": "oxxx"},
        35,
        {"l": [0, 10, 20, 30], "r": [0, 10, 20, 30]},
        ["0 r readiness well", "10 r readiness bad", "30 l liveness bad"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "checks", "answers", "until", "asked", "turned"),
    [row[1:] for row in TABLE],
    ids=[str(row[0]) for row in TABLE],
)
def test_probes_mean_what_kubernetes_documents(
    source: str,
    checks: list[Check],
    answers: dict[str, str],
    until: float,
    asked: dict[str, list[float]],
    turned: list[str],
) -> None:
    """Each row is a fact of its documentation, with the section that states it."""
    world = World(checks, answers)
    world.run(until)
    assert world.asked == asked, source
    assert world.turned == turned, source


@pytest.mark.parametrize("role", [STARTUP, LIVENESS, READINESS])
def test_without_a_check_the_role_is_a_success(role: str) -> None:
    """[lifecycle] Types of probe: the default state is Success."""
    others = [check(each, each) for each in (STARTUP, LIVENESS, READINESS) if each != role]
    world = World(others, {each.name: "o" for each in others})
    world.run(1)
    assert all(world.says(question) for question in (LIVE, STARTED, READY, HEALTHY))


def test_before_the_first_answer_the_app_lives_and_is_neither_started_nor_ready() -> None:
    """[lifecycle] Types of probe; initialValue in pkg/kubelet/prober/worker.go."""
    world = World([check("a", STARTUP, LIVENESS), check("b", READINESS)], {"a": "o", "b": "o"})
    assert [world.says(each) for each in (LIVE, STARTED, READY)] == [True, False, False]
    assert {row.why for row in world.health.report().checks} == {"not probed yet"}


# ---- several checks, several roles ------------------------------------------------------------


def test_the_gate_opens_when_every_startup_check_has_passed_once() -> None:
    """Each latches: the first one is not asked again while the second one is awaited."""
    checks = [check("a", STARTUP), check("b", STARTUP), check("web", READINESS)]
    world = World(checks, {"a": "ox", "b": "xxo", "web": "o"})
    world.run(25)
    assert world.asked == {"a": [0], "b": [0, 10, 20], "web": [20]}
    assert world.says(READY)


def test_a_check_of_two_roles_is_one_probe_that_feeds_both() -> None:
    """It turns each by the same answers."""
    world = World([check("web", LIVENESS, READINESS, failure=2)], {"web": "oxxo"})
    world.run(35)
    assert world.asked == {"web": [0, 10, 20, 30]}
    assert world.turned == [
        "0 web readiness well",
        "20 web liveness bad",
        "20 web readiness bad",
        "30 web liveness well",
        "30 web readiness well",
    ]


def test_readiness_that_has_never_been_is_told_of_once() -> None:
    """At the threshold, since an app that never gets ready would be silent otherwise; then when it
    passes, and when it fails again."""
    world = World([check("web", READINESS)], {"web": "xxxxxoxxx"})
    world.run(85)
    assert world.turned == ["20 web readiness bad", "50 web readiness well", "80 web readiness bad"]


def test_readiness_that_comes_in_time_is_not_told_of_before() -> None:
    """Most apps take a moment."""
    world = World([check("web", READINESS, success=2)], {"web": "xoxoo"})
    world.run(45)
    assert world.turned == ["40 web readiness well"]


def test_a_check_of_startup_and_readiness_is_asked_again_when_it_has_passed() -> None:
    """They are two probes: the answer that opened the gate is not one of readiness."""
    world = World([check("web", STARTUP, READINESS)], {"web": "xo"})
    world.run(25)
    assert world.asked == {"web": [0, 10, 10, 20]}
    assert world.turned == ["10 web startup well", "10 web readiness well"]


def test_a_startup_check_that_failed_is_a_failure_of_life_until_it_passes() -> None:
    """Where nobody restarts the app it is asked on, and may recover."""
    world = World([check("boot", STARTUP)], {"boot": "xxxxo"})
    world.run(35)
    assert CheckState("boot", LIVENESS, False, "failed") in world.health.report().checks
    assert not world.says(LIVE)
    world.run(40)
    assert world.says(LIVE)
    assert world.says(STARTED)
    assert world.turned == ["30 boot liveness bad", "40 boot startup well", "40 boot liveness well"]
    assert [row.role for row in world.health.report().checks] == [STARTUP]


def test_a_startup_and_liveness_check_has_one_liveness() -> None:
    """Failures to start and of life are counted by the same threshold, not twice."""
    world = World([check("app", STARTUP, LIVENESS)], {"app": "xxxx"})
    world.run(30)
    assert world.turned == ["30 app liveness bad"]
    assert [row.role for row in world.health.report().checks] == [STARTUP, LIVENESS]


def test_the_reason_is_that_of_the_last_answer() -> None:
    """Also below the threshold: a person sees what is coming, and that it still passes."""
    world = World([check("web", READINESS, success=2)], {"web": "ooxxxox"})
    said = []
    for seconds in (5, 15, 25, 35, 45, 55):
        world.run(seconds)
        said += [(each.ok, each.why) for each in world.health.report().checks]
    assert said == [
        (False, "passed (success 1 of 2)"),
        (True, "passed"),
        (True, "failed (failure 1 of 3)"),
        (True, "failed (failure 2 of 3)"),
        (False, "failed"),
        (False, "passed (success 1 of 2)"),
    ]


def test_a_long_reason_leaves_room_for_the_count() -> None:
    """A report of many checks is still one message."""
    health = Health([check("web")])
    health.begin(APP, START)
    for at, why in enumerate(["up", "x" * 160]):
        health.due(START + 10 * at)
        health.answered(APP, "web", ProbeResult(not at, why), START + 10 * at)
    (row,) = health.report().checks
    assert len(row.why) == 160
    assert row.why.endswith("xx (failure 1 of 3)")


def test_a_check_that_fails_in_two_roles_is_told_by_its_roles() -> None:
    """In the one line; one that fails in a single role needs no more than its name."""
    report = Report(
        APP,
        (
            CheckState("web", STARTUP, False, "a; b: c"),
            CheckState("web", READINESS, False, "refused"),
            CheckState("db", READINESS, False, "refused"),
        ),
    )
    found = judge(HEALTHY, AppStatus("running", APP, None, 1.0), report)
    assert found.why == "web (startup): a; b: c; web (readiness): refused; db: refused"


# ---- schedules --------------------------------------------------------------------------------


def test_the_period_counts_from_start_to_start() -> None:
    """However long the answer takes."""
    world = World([check("web", period=10.0)], {"web": "o"}, takes=4)
    world.run(35)
    assert world.asked == {"web": [0, 10, 20, 30]}


def test_a_probe_that_takes_longer_than_its_period_follows_itself_and_never_overlaps() -> None:
    """The next one begins when the answer is there."""
    world = World([check("web", period=1.0)], {"web": "o"}, takes=2.5)
    world.run(8)
    assert world.asked == {"web": [0, 2.5, 5, 7.5]}


def test_a_pause_is_followed_by_one_probe_and_not_by_all_that_were_missed() -> None:
    """A container that was frozen for a minute."""
    health = Health([check("web")])
    health.begin(APP, START)
    for now in (START, START + 60):
        assert len(health.due(now)) == 1
        health.answered(APP, "web", ProbeResult(True, ""), now)
        assert health.due(now) == []
    assert health.deadline == START + 70


def test_checks_that_are_due_almost_together_are_one_wake_up() -> None:
    """From then on they stay together."""
    checks = [check("a"), check("b", delay=0.04), check("c", delay=0.2)]
    world = World(checks, {"a": "o", "b": "o", "c": "o"})
    world.run(25)
    assert world.asked == {"a": [0, 10, 20], "b": [0.04, 10, 20], "c": [0.2, 10.2, 20.2]}


def test_a_short_period_is_not_made_shorter_by_company() -> None:
    """A twentieth of it at the most."""
    health = Health([check("slow", period=10.0), check("quick", period=0.1, delay=9.93)])
    health.begin(APP, START)
    health.due(START)
    health.answered(APP, "slow", ProbeResult(True, ""), START)
    health.due(START + 9.93)
    health.answered(APP, "quick", ProbeResult(True, ""), START + 9.93)
    assert [each.name for each in health.due(START + 10)] == ["slow"]


def test_hurry_makes_a_check_due_at_once() -> None:
    """Its period then counts from there."""
    world = World([check("app")], {"app": "o"})
    world.run(3)
    world.health.hurry("app", START + 4)
    world.run(15)
    assert world.asked == {"app": [0, 4, 14]}


def test_hurry_during_a_probe_asks_again_when_it_is_answered() -> None:
    """The probe in flight may have looked before the news came."""
    health = Health([check("app")])
    health.begin(APP, START)
    health.due(START)
    health.hurry("app", START + 1)
    assert health.deadline is None
    health.answered(APP, "app", ProbeResult(False, ""), START + 2)
    assert health.deadline == START + 2


def test_hurry_does_not_beat_the_gate_nor_the_initial_delay() -> None:
    """A check that must not be asked yet is not, whatever the news."""
    health = Health([check("boot", STARTUP, delay=5.0), check("web", READINESS)])
    health.begin(APP, START)
    health.hurry("boot", START + 1)
    health.hurry("web", START + 1)
    assert health.deadline == START + 5


@pytest.mark.parametrize(("failure", "ends"), [(1, 10), (3, 30), (12, 120)])
def test_an_app_has_failure_times_period_to_come_up(failure: int, ends: int) -> None:
    """To the last moment, from the end of the delay on; news from the app takes nothing of it."""
    boot = check("boot", STARTUP, failure=failure, delay=5.0)
    world = World([boot], {"boot": "x"})
    for at in range(1, 9):
        world.run(5 + at)
        world.health.hurry("boot", START + 5 + at)
    world.run(ends + 15)
    assert len(world.turned) == 1
    assert ends + 5 <= float(world.turned[0].split()[0]) < ends + 15
    late = World([boot], {"boot": "x" * failure + "o"})
    late.run(ends + 15)
    assert late.turned == [f"{ends + 5} boot startup well"]


def test_an_extended_startup_is_excused_from_its_failures() -> None:
    """EXTEND_TIMEOUT_USEC of sd_notify(3): so long nothing counts towards the threshold."""
    world = World([check("boot", STARTUP, failure=2)], {"boot": "x"})
    world.health.extend_startup(START + 35)
    world.run(55)
    assert world.turned == ["50 boot liveness bad"]


# ---- an app that comes, goes, and comes again -------------------------------------------------


def test_nothing_is_due_before_the_app_starts_and_after_it_has_ended() -> None:
    """And no timer stands."""
    health = Health([check("web")])
    assert health.deadline is None
    health.begin(APP, START)
    health.end()
    assert health.deadline is None
    assert health.due(START + 100) == []


def test_with_a_new_app_everything_is_forgotten() -> None:
    """States, counters, and what the app has said; delays count anew."""
    health = Health([check("boot", STARTUP, delay=5.0)])
    health.begin(APP, START)
    health.due(START + 5)
    health.answered(APP, "boot", ProbeResult(True, "up"), START + 5)
    health.notify_state = NotifyState(True, RELOADING, "busy")
    health.begin(7, START + 50)
    assert health.report() == Report(7, (CheckState("boot", STARTUP, False, "not probed yet"),))
    assert health.deadline == START + 55


def test_an_answer_about_an_earlier_app_is_ignored() -> None:
    """A slow probe of the app before must not make this one ready."""
    health = Health([check("web")])
    health.begin(APP, START)
    health.due(START)
    health.begin(7, START + 1)
    health.due(START + 1)
    assert health.answered(APP, "web", ProbeResult(True, ""), START + 2) == []
    changes = health.answered(7, "web", ProbeResult(True, "up"), START + 2)
    assert changes == [Change("web", READINESS, True, "up")]


def test_another_main_process_of_the_same_app_is_followed() -> None:
    """MAINPID of sd_notify(3): states stay; what looked at the one before is asked again."""
    world = World([check("boot", STARTUP), check("web", READINESS)], {"boot": "o", "web": "o"})
    world.run(5)
    health = world.health
    assert [each.name for each in health.due(START + 10)] == ["web"]
    health.follow(7, START + 11)
    assert health.answered(APP, "web", ProbeResult(False, "gone"), START + 11) == []
    assert health.deadline == START + 11
    assert [each.name for each in health.due(START + 11)] == ["web"]
    assert health.report().app == 7
    assert all(row.ok for row in health.report().checks)


def test_an_answer_that_nobody_asked_for_is_ignored() -> None:
    """And so is one about a check that is none."""
    health = Health([check("web")])
    health.begin(APP, START)
    assert health.answered(APP, "web", ProbeResult(True, ""), START) == []
    assert health.answered(APP, "other", ProbeResult(True, ""), START) == []


def test_while_the_app_drains_nothing_is_asked_and_it_counts_as_alive() -> None:
    """pkg/kubelet/prober/worker.go: a pod that is being deleted gets liveness Success."""
    world = World(
        [check("l", LIVENESS, failure=1), check("boot", STARTUP)], {"l": "x", "boot": "o"}
    )
    world.run(5)
    assert not world.says(LIVE)
    world.health.drain()
    assert world.says(LIVE)
    assert world.health.deadline is None


# ---- a monitor that died ----------------------------------------------------------------------


def _resumed(report: Report, *checks: Check, app: int = APP) -> Health:
    health = Health(checks, report)
    health.begin(app, START)
    return health


def test_a_successor_goes_on_from_the_last_report() -> None:
    """No role turns because the monitor died; startup stays passed, words stay said."""
    checks = (check("boot", STARTUP), check("l", LIVENESS), check("r", READINESS))
    rows = (
        CheckState("boot", STARTUP, True, "up"),
        CheckState("l", LIVENESS, False, "dead"),
        CheckState("r", READINESS, True, "ready"),
    )
    last = Report(APP, rows, NotifyState(True, RELOADING, "busy"))
    health = _resumed(last, *checks)
    assert health.report() == last
    assert [each.name for each in health.due(START)] == ["l", "r"]


def test_a_successor_counts_from_nothing() -> None:
    """It takes a whole threshold of failures to turn what was well."""
    health = _resumed(Report(APP, (CheckState("r", READINESS, True, ""),)), check("r", READINESS))
    turned = []
    for at in range(0, 30, 10):
        health.due(START + at)
        turned.append(health.answered(APP, "r", ProbeResult(False, "no"), START + at))
    assert turned == [[], [], [Change("r", READINESS, False, "no")]]


def test_a_successor_knows_that_startup_had_failed() -> None:
    """The liveness failure behind it is part of the report."""
    rows = (CheckState("boot", STARTUP, False, "no"), CheckState("boot", LIVENESS, False, "no"))
    assert _resumed(Report(APP, rows), check("boot", STARTUP)).report() == Report(APP, rows)


def test_a_successor_that_finds_another_app_begins_anew() -> None:
    """The app and the monitor may have died together."""
    last = Report(APP, (CheckState("r", READINESS, True, "ready"),), NotifyState(True, STOPPING))
    health = _resumed(last, check("r", READINESS), app=7)
    assert health.report() == Report(7, (CheckState("r", READINESS, False, "not probed yet"),))


def test_only_the_first_app_is_resumed() -> None:
    """A pid that comes round again is another app."""
    last = Report(APP, (CheckState("r", READINESS, True, "ready"),))
    health = _resumed(last, check("r", READINESS))
    health.end()
    health.begin(APP, START + 9)
    assert not health.report().checks[0].ok


# ---- a start that checks hold -------------------------------------------------------------------


def test_checks_that_hold_a_start_are_probed_until_they_pass_and_no_others_are() -> None:
    """The app does not run yet. The others begin with it."""
    health = Health([check("db", PRESTART), check("web"), check("both", PRESTART, READINESS)])
    health.begin(-1, START)
    assert [each.name for each in health.due(START)] == ["db", "both"]
    assert health.answered(-1, "db", ProbeResult(True, "connected"), START) == [
        Change("db", PRESTART, True, "connected")
    ]
    health.answered(-1, "both", ProbeResult(False, "refused"), START)
    assert health.report() == Report(
        -1,
        (
            CheckState("db", PRESTART, True, "connected"),
            CheckState("both", PRESTART, False, "refused"),
        ),
    )
    assert [each.name for each in health.due(START + 10)] == ["both"]
    health.begin(APP, START + 20)
    assert [each.name for each in health.due(START + 20)] == ["web", "both"]
    assert {state.role for state in health.report().checks} == {READINESS}


def test_the_next_start_is_held_anew() -> None:
    """What has passed before may have gone since."""
    health = Health([check("db", PRESTART)])
    for number in (1, 2):
        health.begin(-number, START * number)
        assert not health.report().checks[0].ok
        assert [each.name for each in health.due(START * number)] == ["db"]
        health.answered(-number, "db", ProbeResult(True, "connected"), START * number)
        assert health.report().checks[0].ok


def test_a_monitor_that_is_replaced_goes_on_with_the_same_start() -> None:
    """What has passed has passed."""
    last = Report(-4, (CheckState("db", PRESTART, True, "connected"),))
    health = Health([check("db", PRESTART)], last)
    health.begin(-4, START)
    assert health.report() == last
    assert health.due(START) == []


def test_a_check_of_a_start_says_nothing_of_the_app() -> None:
    """Neither of its readiness."""
    health = Health([check("db", PRESTART)])
    health.begin(APP, START)
    assert health.due(START + 100) == []
    assert health.report() == Report(APP, ())
    status = AppStatus(state="running", app=APP, stopped_by=None, up=1.0)
    assert judge(READY, status, health.report()).ok
