"""--hook and [hooks.MOMENT]: the same hook, and every mistake in one."""

from __future__ import annotations

import pytest

from initd.config.command_line import above, read
from initd.config.mistake import Mistakes
from initd.config.resolve import resolve
from initd.config.toml import compiled
from initd.config.toml.reader import read_toml
from initd.config.values.hook import read_hook
from initd.core.life.hook import Hook
from initd.core.settings import Settings
from initd.core.signals.stop_plan import text_of
from initd.core.start.spawn_spec import User


def _settings(*argv: str, toml: str = "") -> Settings:
    file = read_toml("/etc/initd.toml", toml.encode())
    return resolve(above(read(list(argv), {}), file.options), {}, "abc", "", file)


@pytest.mark.parametrize(
    ("text", "hook"),
    [
        ("stop -- /app/leave", Hook(moment="stop", argv=("/app/leave",))),
        ("start -- migrate", Hook(moment="start", argv=("migrate",), on_failure="stop")),
        (
            "ready patience=2.5 on_failure=restart -- sh -c 'a b' --",
            Hook(
                moment="ready",
                argv=("sh", "-c", "a b", "--"),
                patience=2.5,
                on_failure="restart",
            ),
        ),
        ("end user=root -- tell", Hook(moment="end", argv=("tell",), user="root")),
        ("change -- x", Hook(moment="change", argv=("x",))),
    ],
)
def test_a_hook_is_a_line(text: str, hook: Hook) -> None:
    """As in a shell."""
    assert read_hook(text) == hook


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("stop", "invalid hook 'stop': use MOMENT"),
        ("stop /app/leave", "such as stop -- /app/leave"),
        ("-- x", "invalid hook"),
        ("stopp -- x", "unknown moment 'stopp': did you mean stop?"),
        ("stop --", "stop: needs a command"),
        ("stop ''=3 -- x", "stop: unknown key ''"),
        ("stop now -- x", "stop: expected key=value, got 'now'"),
        ("stop patient=3 -- x", "did you mean patience?"),
        ("stop patience=0 -- x", "stop: invalid time '0'"),
        ("stop patience=1 patience=1 -- x", "stop: patience= is given twice"),
        ("stop on_failure=restart -- x", "on_failure=restart: a hook for stop takes nothing"),
        ("ready on_failure=explode -- x", "a hook for ready takes nothing, restart or stop"),
    ],
)
def test_a_mistake_says_what_would_be_right(text: str, mistake: str) -> None:
    """In one sentence."""
    with pytest.raises(ValueError) as found:  # noqa: PT011 (compared below)
        read_hook(text)
    assert mistake in str(found.value)


def test_two_for_one_moment_are_one_too_many() -> None:
    """Their order, and what the failure of one means for the other, is a script's business."""
    with pytest.raises(Mistakes, match="two hooks for stop: write a script that runs both"):
        _settings("--hook", "stop -- a", "--hook", "stop -- b", "app")


def test_a_table_is_the_same_hook() -> None:
    """And --hook wins over all tables."""
    toml = """
    [hooks.stop]
    command = ["/app/leave", "now"]
    patience = 5
    [hooks.ready]
    command = ["x"]
    on_failure = "stop"
    """
    stop = Hook(moment="stop", argv=("/app/leave", "now"), patience=5.0)
    ready = Hook(moment="ready", argv=("x",), on_failure="stop")
    found = _settings("app", toml=toml)
    assert found.hooks == (stop, ready)
    assert found.origins["hook"] == "/etc/initd.toml:2, hooks"
    given = _settings("--hook", "end -- y", "app", toml=toml)
    assert given.hooks == (Hook(moment="end", argv=("y",)),)
    assert given.origins["hook"] == "--hook"


@pytest.mark.parametrize(
    ("toml", "mistake"),
    [
        ("[hooks.stopp]\ncommand = ['x']", "hooks.stopp: unknown moment 'stopp'"),
        ("[hooks.stop]\npatience = 3", "hooks.stop: the key command is missing"),
        ("[hooks.stop]\ncommand = []", "hooks.stop.command: needs a command"),
        ("[hooks.stop]\ncommand = ['x']\npatience = -1", "hooks.stop.patience: invalid time"),
        (
            "[hooks.end]\ncommand = ['x']\non_failure = 'stop'",
            "hooks.end.on_failure: on_failure=stop: a hook for end takes nothing",
        ),
        ("[hooks.stop]\ncommand = ['x']\nwhen = 3", "hooks.stop.when: unknown key"),
        ("[hooks]\nstop = 'x'", "hooks.stop: needs a table: [hooks.stop]"),
    ],
)
def test_a_mistake_in_a_table_has_its_place(toml: str, mistake: str) -> None:
    """File, line and key."""
    with pytest.raises(Mistakes) as found:
        _settings("app", toml=toml)
    assert mistake in str(found.value)


def test_hooks_are_compiled_with_the_file(tmp_path: object) -> None:
    """`initd check` keeps what it has read."""
    path, text = f"{tmp_path}/initd.toml", b"[hooks.stop]\ncommand = ['x']\nuser = 'root'"
    compiled.store(path, text, read_toml(path, text))
    kept = compiled.load(path, text)
    assert kept is not None
    assert kept.hooks == (Hook(moment="stop", argv=("x",), user="root"),)
    assert kept.hooks_from == f"{path}:1, hooks"


def test_a_user_is_looked_up_when_the_container_starts() -> None:
    """By its /etc/passwd."""
    (hook,) = _settings("--hook", "end user=root -- x", "app").hooks
    assert hook.account is not None
    assert (hook.account.uid, hook.login[b"USER"]) == (0, b"root")
    (numbered,) = _settings("--hook", "end user=54321:54322 -- x", "app").hooks
    assert numbered.account == User(54321, 54322, (54322,))
    with pytest.raises(Mistakes, match="--hook: end: unknown user 'nobody-here'"):
        _settings("--hook", "end user=nobody-here -- x", "app")


@pytest.mark.parametrize(
    ("options", "patience", "drain", "plan"),
    [
        ((), 10.0, 0.0, "TERM"),
        (("--grace", "60"), 10.0, 0.0, "TERM:49 KILL"),
        (("--grace", "60", "--drain", "5"), 10.0, 5.0, "TERM:44 KILL"),
        (("--grace", "10", "--drain", "5"), 3.0, 1.5, "TERM:4.5 KILL"),
    ],
)
def test_what_comes_before_a_stop_is_part_of_the_grace_period(
    options: tuple[str, ...], patience: float, drain: float, plan: str
) -> None:
    """Of which it has at most half, each by the same part."""
    found = _settings(*options, "--hook", "stop -- x", "app")
    (hook,) = found.hooks
    assert (hook.patience, found.drain, text_of(found.stop_plan)) == (patience, drain, plan)
