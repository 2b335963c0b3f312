"""A start is bounded: whatever configuration there is, a mistake is told, and soon.

The app waits for it, and a stop too. The bound is in seconds of processor time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from initd.config import believed
from initd.config.command_line import read
from initd.config.mistake import AT_MOST, Mistake, Mistakes
from initd.config.resolve import resolve
from initd.config.toml.files import read_files
from initd.config.toml.reader import read_toml
from initd.config.values.env_file import read_env_file
from initd.config.values.limit import read_limit
from initd.config.values.role import _read_roles
from initd.config.values.user import look_up

#: Idle, each takes a tenth of this at most.
SOON = 3.0
MANY = 100_000


def _soon(what: Callable[[], object]) -> list[str]:
    """The mistakes that come of it."""
    begun = process_time()
    try:
        found = what()
    except Mistakes as mistakes:
        found = mistakes.found
    except (ValueError, OSError) as error:
        found = (Mistake("here", str(error)),)
    assert process_time() - begun < SOON
    assert isinstance(found, tuple)
    return [str(each) for each in found]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a" + ".a" * MANY + " = 1", "more than 100 parts"),
        ("[" + "a." * MANY + "a]", "more than 100 parts"),
        ("a = { b" + " . 'b'" * MANY + " = 1 }", "more than 100 parts"),
        ("a = " + "[" * MANY, "nests lists or tables too deeply"),
        ("a = " + "{a=" * MANY, "nests lists or tables too deeply"),
        ("a = [" + "[], " * MANY + "]", "unknown key"),
        ("".join(f"[check.c{i}]\n" for i in range(20_000)), "too many checks: 20000"),
        ("".join(f"k{i} = 1\n" for i in range(MANY)), "50 mistakes came before"),
        ("[app.env]\n" + "".join(f"K{i} = []\n" for i in range(MANY)), "50 mistakes came before"),
        ("a = " + "1" * MANY, "more than 64 bits"),
    ],
    ids=lambda text: text[:20] if len(text) > 60 else "",
)
def test_a_configuration_without_end_is_a_mistake_soon(text: str, says: str) -> None:
    """As long as a file may be."""
    said = _soon(lambda: read_toml("initd.toml", text.encode()[: 128 << 10]).mistakes)
    cut = "the file ends here" if len(text) > 128 << 10 else says
    assert says in said[-1] or cut in said[-1]
    assert len(said) <= AT_MOST + 1


@pytest.mark.parametrize(
    "words",
    [
        [word for i in range(20_000) for word in ("--check", f"c{i} tcp 127.0.0.1:80")],
        [word for i in range(20_000) for word in ("--check", f"c{i} tpc here")],
        [f"--unknown-{i}" for i in range(20_000)],
        ["-" + "z" * MANY],
        [word for i in range(20_000) for word in ("--limit", f"nofle{i}=1")],
        [word for i in range(20_000) for word in ("--cap-drop", f"SYS_{i}")],
        ["--hostname", "a." * MANY],
        ["--stop-plan", "TERM:1;" * MANY],
        ["--user", "1" * MANY],
    ],
    ids=lambda words: " ".join(words[:2])[:30],
)
def test_words_without_end_are_a_mistake_soon(words: list[str]) -> None:
    """Of fifty mistakes each is told, and of a long word both ends."""
    said = _soon(lambda: resolve(read([*words, "--", "app"], {}), {}, "host", ""))
    assert 0 < len(said) <= AT_MOST + 1
    assert max(map(len, said)) < 1300


@pytest.mark.parametrize("read_number", [look_up, lambda text: read_limit(f"nofile={text}")])
def test_a_number_without_end_is_told_in_our_words(
    read_number: Callable[[str], object],
) -> None:
    """Python has words of its own about its limits."""
    with pytest.raises(ValueError, match=r"the highest is|expected a number"):
        read_number("1" * MANY)


# ---- files that are not ones ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "5 MB"])
def test_what_never_ends_or_never_begins_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    """As --config, --env-file and the file of roles."""
    path = Path(kind) if kind.startswith("/") else tmp_path / "file"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "5 MB":
        path.write_bytes(b"#" * 5_000_000)
    line = read(["--config", str(path)], {})
    (of_config,) = _soon(lambda: read_files(line).mistakes)
    (of_env,) = _soon(lambda: read_env_file(str(path), lambda name: None))
    (of_roles,) = _soon(lambda: _read_roles(str(path)))
    said = "is longer than" if kind == "5 MB" else "is not a regular file"
    assert said in of_config
    assert said in of_env
    assert said in of_roles


@pytest.mark.parametrize("text", ["[" * MANY, '{"a":' * MANY, '{"web": ' + "1" * MANY + "}"])
def test_roles_without_end_are_a_mistake(text: str, tmp_path: Path) -> None:
    """One sentence, with the file's name."""
    path = tmp_path / "roles.json"
    path.write_text(text)
    (said,) = _soon(lambda: _read_roles(str(path)))
    assert str(path) in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_is_heard_while_a_pipe_is_waited_for(number: signal.Signals) -> None:
    """Whoever was to write into /dev/stdin may never do so, and init has blocked its signals."""
    reading, writing = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        signal.pthread_kill(threading.get_ident(), number)
        with pytest.raises(ValueError, match="a stop came before its end"):
            believed.read(f"/dev/fd/{reading}")
        assert signal.sigtimedwait({number}, 5) is not None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(reading)
        os.close(writing)
