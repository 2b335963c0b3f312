"""`initd reload`, and starts whose secrets can't be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from initd.core.life import actions as do
from initd.core.life import events as ev
from initd.core.life.policy import Policy
from initd.core.secrets import Reload
from initd.core.signals.numbers import HUP, TERM
from initd.core.start.stage import Stage
from initd.core.supervisor import Supervisor

Policies = Callable[..., Policy]
SHIM, APP, START = 2, 3, 100.0
ENODATA = 61
WHY = "--secrets dir:/run/secrets: No such file or directory"
UNREAD = ev.StartFailed(Stage.SECRETS, ENODATA, WHY)


@pytest.fixture
def starting(policy: Policies) -> Callable[..., Supervisor]:
    """A supervisor whose shim runs."""

    def make(reload: Reload | None = None) -> Supervisor:
        supervisor = Supervisor(policy(reload=reload))
        supervisor.begin()
        supervisor.handle(ev.Spawned(SHIM), START)
        return supervisor

    return make


@pytest.fixture
def running(starting: Callable[..., Supervisor]) -> Callable[..., Supervisor]:
    """One whose app runs too."""

    def make(reload: Reload | None = None) -> Supervisor:
        supervisor = starting(reload)
        supervisor.handle(ev.Started(APP), START)
        return supervisor

    return make


Make = Callable[..., Supervisor]


def replies(actions: list[do.Action]) -> list[dict[str, object]]:
    return [each.answer for each in actions if isinstance(each, do.Reply)]


# ---- starts ---------------------------------------------------------------------------


def test_a_first_start_without_its_secrets_is_the_end(starting: Make) -> None:
    """125, with the reason in a sentence of its own, and in the termination log."""
    supervisor = starting(Reload())
    actions = supervisor.handle(UNREAD, START)
    assert do.Complain(f"initd: {WHY}") in actions
    supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert (supervisor.exit_code, supervisor.life.reasons) == (125, [WHY])


def test_at_a_restart_what_was_readable_once_is_waited_for(running: Make) -> None:
    """As the kernel is, for memory."""
    supervisor = running(Reload())
    supervisor.handle(ev.Request(7, "restart"), START)
    supervisor.handle(ev.AppExited(TERM), START)
    supervisor.handle(ev.Reaped(SHIM, TERM), START)
    assert do.Spawn() in supervisor.handle(ev.ReapedAll(left=False), START) or (
        do.Spawn() in supervisor.handle(ev.Elapsed(), START + 1)
    )
    supervisor.handle(ev.Spawned(SHIM), START)
    (told,) = supervisor.handle(UNREAD, START)
    assert isinstance(told, do.Log)
    assert (told.event, told.facts["why"]) == ("app.start-delayed", WHY)
    assert supervisor.life.state == "waiting"
    assert do.Spawn() in supervisor.handle(ev.Elapsed(), START + 10)


def test_a_stop_while_they_are_read_ends_the_reading_and_then_the_container(
    starting: Make,
) -> None:
    """With the code of the stop: no app has run."""
    supervisor = starting(Reload())
    assert supervisor.handle(ev.Signal(HUP, 0, 0), START)[-1:] != [do.AbandonSecrets()]
    assert do.AbandonSecrets() in supervisor.handle(ev.Signal(TERM, 0, 0), START)
    supervisor.handle(UNREAD, START)
    supervisor.handle(ev.Reaped(SHIM, 125 << 8), START)
    supervisor.handle(ev.ReapedAll(left=False), START)
    assert supervisor.exit_code == 128 + TERM


def test_without_secrets_a_stop_ends_no_reading(starting: Make) -> None:
    """There is none."""
    assert do.AbandonSecrets() not in starting().handle(ev.Signal(TERM, 0, 0), START)


# ---- reload ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reload", "then", "action"),
    [
        (Reload(), "nothing", None),
        (Reload(signal=HUP), "signal HUP", do.Deliver(HUP, "process")),
        (Reload(restarts=True), "restart", do.Deliver(TERM, "process")),
    ],
    ids=lambda each: str(each)[:30],
)
def test_what_follows_is_what_is_configured(
    running: Make, reload: Reload, then: str, action: do.Action | None
) -> None:
    """Only once the secrets have been read; and then the client is told."""
    supervisor = running(reload)
    asked = supervisor.handle(ev.Request(7, "reload"), START)
    assert do.ReadSecrets(7) in asked
    assert replies(asked) == []
    done = supervisor.handle(ev.SecretsRead(7, "", 3), START)
    assert replies(done) == [{"ok": True, "then": then}]
    sent = [each for each in done if isinstance(each, do.Deliver)]
    assert sent == ([action] if action is not None else [])


def test_a_reading_that_fails_changes_nothing(running: Make) -> None:
    """The app goes on with what it has; the next reload may succeed."""
    supervisor = running(Reload(restarts=True))
    supervisor.handle(ev.Request(7, "reload"), START)
    failed = supervisor.handle(ev.SecretsRead(7, WHY, 0), START)
    assert replies(failed) == [{"error": WHY}]
    assert supervisor.life.state == "running"
    assert do.ReadSecrets(8) in supervisor.handle(ev.Request(8, "reload"), START)


def test_one_reload_at_a_time(running: Make) -> None:
    """The second one is told so at once."""
    supervisor = running(Reload())
    supervisor.handle(ev.Request(7, "reload"), START)
    second = supervisor.handle(ev.Request(8, "reload"), START)
    assert replies(second) == [{"error": "a reload is under way already"}]


def test_without_an_app_or_secrets_there_is_nothing_to_read_again(
    starting: Make, running: Make
) -> None:
    """And the answer says which of the two it is."""
    early = starting(Reload()).handle(ev.Request(7, "reload"), START)
    assert replies(early) == [{"error": "nothing can be read again now: starting"}]
    for verb in ("reload", "secrets"):
        without = running().handle(ev.Request(7, verb), START)
        assert replies(without) == [{"error": "the app was started without --secrets"}]


def test_an_app_that_has_ended_meanwhile_is_neither_signalled_nor_restarted(running: Make) -> None:
    """The reading was for it."""
    for reload in (Reload(signal=HUP), Reload(restarts=True)):
        supervisor = running(reload)
        supervisor.handle(ev.Request(7, "reload"), START)
        supervisor.handle(ev.AppExited(0), START)
        done = supervisor.handle(ev.SecretsRead(7, "", 3), START)
        assert replies(done) == [{"ok": True, "then": "nothing"}]
        assert not [each for each in done if isinstance(each, do.Deliver | do.Spawn)]
