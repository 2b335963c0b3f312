"""Behind wrappers and interpreters: the words of the program that a command line comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals import wrapped
from initd.core.signals.known import BEHIND, BY_EXEC, DIRECTLY, PERHAPS_BEHIND, is_unknown
from initd.core.signals.profile import is_program, known_row, recognise
from initd.core.signals.profile_table import TABLE
from initd.core.signals.unwrap import in_front, layers, unwrap

#: What may stand before any command without changing how it stops.
WRAPPERS = [
    ("env", "RAILS_ENV=production", "-u", "HOME"),
    ("/usr/bin/env", "-i"),
    ("exec",),
    ("exec", "-a", "other"),
    ("nice", "-n", "10"),
    ("ionice", "-c", "2", "-n", "7"),
    ("nohup",),
    ("stdbuf", "-oL", "-e", "0"),
    ("tini", "-g", "--"),
    ("tini", "-e", "143", "--"),
    ("/sbin/tini", "-p", "SIGTERM", "-v", "--"),
    ("dumb-init",),
    ("dumb-init", "-r", "15:3", "--"),
    ("catatonit", "--"),
    ("gosu", "app"),
    ("su-exec", "app:app"),
    ("s6-setuidgid", "app"),
    ("chpst", "-u", "app"),
    ("chpst", "-u", "app", "-o", "1024"),
    ("setpriv", "--reuid=1000", "--regid", "1000", "--clear-groups"),
    ("bundle", "exec"),
    ("bundle", "exec", "--keep-file-descriptors"),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("rbenv", "exec"),
    ("taskset", "-c", "0-3"),
    ("chrt", "-f", "10"),
    ("numactl", "-N", "0", "--interleave=all"),
    ("prlimit", "--nofile=1024"),
    ("chroot", "--userspec=app", "/srv"),
    ("s6-envdir", "/env"),
    ("/usr/bin/with-contenv",),
    ("/sbin/docker-init", "--"),
    ("/usr/local/bin/docker-php-entrypoint",),
    ("sh", "/docker-entrypoint.sh"),
    ("/app/bin/docker-entrypoint",),
    ("./docker_entrypoint.sh",),
]
SPECIAL_WORDS = (
    "env -S sh -c -o exec -- A=1 python -m ruby -e bundle tini nice -n gosu busybox entrypoint.sh"
).split()


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=" ".join)
def test_a_wrapper_is_taken_off(wrapper: tuple[str, ...]) -> None:
    """It becomes the program that it starts."""
    assert unwrap((*wrapper, "/usr/sbin/nginx", "-g", "daemon off;")) == (
        "nginx",
        "-g",
        "daemon off;",
    )


@given(st.lists(st.sampled_from(WRAPPERS[:8]), max_size=4))
def test_wrappers_within_wrappers_are_taken_off(wrappers: list[tuple[str, ...]]) -> None:
    """`env A=1 nice -n 10 bundle exec ...` is what stands at its end."""
    around = tuple(word for wrapper in wrappers for word in wrapper)
    assert unwrap((*around, "puma", "-C", "x")) == ("puma", "-C", "x")


@pytest.mark.parametrize(
    ("argv", "inner"),
    [
        (
            ("python3.11", "-W", "ignore", "-X", "dev", "-m", "celery", "worker"),
            ("celery", "worker"),
        ),
        (("python3", "-mgunicorn", "app:app"), ("gunicorn", "app:app")),
        (("python3", "/opt/bin/serve.py", "x"), ("serve.py", "x")),
        (("ruby", "-Ilib", "-r", "bundler", "bin/rake", "resque:work"), ("rake", "resque:work")),
        (("ruby3.1", "-C", "/app", "bin/puma"), ("puma",)),
        (("sh", "-c", "RAILS_ENV=production exec bundle exec puma -C x"), ("puma", "-C", "x")),
        (("bash", "-lc", "exec nginx"), ("nginx",)),
        (("busybox", "sh", "-c", "exec nginx"), ("nginx",)),
        (("sh", "-c", "nginx -g 'daemon off;'"), ("nginx", "-g", "daemon off;")),
        (("docker-entrypoint.sh", "nginx"), ("nginx",)),
        (("env", "-S", "A=b gunicorn -w 4", "app"), ("gunicorn", "-w", "4", "app")),
        (("env", "-i", "-Spython3 -u", "/bin/x.py"), ("x.py",)),
        (("env", "--split-string=nice -n 5", "nginx"), ("nginx",)),
        (("bash", "-euo", "pipefail", "-c", "exec nginx"), ("nginx",)),
        (("bash", "--login", "-o", "errexit", "-c", "exec nginx"), ("nginx",)),
        (("sh", "-c", "cd /app && exec bundle exec puma -C x"), ("puma", "-C", "x")),
        (("sh", "-c", "set -e; migrate\nexec unicorn\n"), ("unicorn",)),
        (("sh", "-c", "echo 'a && b'; exec nginx"), ("nginx",)),
        (("sh", "-c", 'exec gunicorn -b ":$PORT" "a;b"'), ("gunicorn", "-b", ":", "a;b")),
        (("sh", "-c", "nginx", "ignored"), ("nginx",)),
        (("ruby", "-e", "exit", "nginx"), ("ruby", "-e", "exit", "nginx")),
        (("python3", "-c", "nginx"), ("python3", "-c", "nginx")),
        (("unicorn master -c x",), ("unicorn", "master", "-c", "x")),
    ],
    ids=lambda words: " ".join(words),
)
def test_interpreters_and_shells_are_looked_through(
    argv: tuple[str, ...], inner: tuple[str, ...]
) -> None:
    """The program is the script, the module, or the one simple command of a shell."""
    assert unwrap(argv) == inner


@given(st.lists(st.sampled_from([*SPECIAL_WORDS, "x", "", "/", "-", "sh -c sh"])))
def test_any_words_can_be_unwrapped(words: list[str]) -> None:
    """It always ends, and leaves something of what was something."""
    assert bool(unwrap(tuple(words))) == bool(words)


@given(st.lists(st.text(max_size=20), max_size=6))
def test_no_command_line_is_too_strange_to_be_looked_at(argv: list[str]) -> None:
    """Any text in any place: there is a profile or there is none, and no traceback."""
    found = recognise((), argv, {})
    assert found is None or found.name


@given(st.text("ab '\"\\;&|\n$(exec", max_size=30))
def test_no_shell_command_is_too_strange_to_be_looked_at(text: str) -> None:
    """Quotes that never close, operators in odd places."""
    assert unwrap(("sh", "-c", text))


# ---- how the program is reached ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "inner", "reached", "wrapper"),
    [
        (("nginx", "-g", "x"), "nginx -g x", DIRECTLY, ""),
        (("python3", "-m", "waitress", "app:app"), "waitress app:app", DIRECTLY, ""),
        (("coverage", "run", "-m", "waitress", "app"), "waitress app", DIRECTLY, ""),
        (
            ("python", "-m", "debugpy", "--listen", "1", "-m", "uvicorn", "a"),
            "uvicorn a",
            DIRECTLY,
            "",
        ),
        (("ts-node", "app.ts"), "node app.ts", DIRECTLY, ""),
        (("env", "A=1", "nginx"), "nginx", BY_EXEC, ""),
        (("ddtrace-run", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (
            ("opentelemetry-instrument", "--traces_exporter", "console", "gunicorn", "app"),
            "gunicorn app",
            BY_EXEC,
            "",
        ),
        (("newrelic-admin", "run-program", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (("newrelic-admin", "run-python", "-m", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (("dotenv", "run", "--", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (("dotenv", "-f", ".env", "run", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (("poetry", "run", "gunicorn", "app"), "gunicorn app", BY_EXEC, ""),
        (("chamber", "exec", "shop", "--", "gunicorn"), "gunicorn", BY_EXEC, ""),
        (("sh", "-c", "A=1 exec nginx"), "nginx", BY_EXEC, ""),
        (("sh", "-c", "cd x && B=c/d exec nginx >>log 2>&1"), "nginx", BY_EXEC, ""),
        (("bash", "-o", "pipefail", "-c", "exec nginx"), "nginx", BY_EXEC, ""),
        (("sh", "-c", 'exec "$@"', "sh", "nginx", "-g", "x y"), "nginx -g x y", BY_EXEC, ""),
        (("sh", "-c", 'exec gunicorn -w "$(nproc)" app'), "gunicorn -w  app", BY_EXEC, ""),
        (("sh", "-c", "if test -e x; then migrate; fi; exec nginx"), "nginx", BY_EXEC, ""),
        (("sh", "-c", "nginx"), "nginx", PERHAPS_BEHIND, "sh"),
        (("sh", "-c", "migrate && unicorn"), "unicorn", PERHAPS_BEHIND, "sh"),
        (("docker-entrypoint.sh", "nginx"), "nginx", PERHAPS_BEHIND, "docker-entrypoint.sh"),
        (("sh", "-c", "exec nginx | tee log"), "nginx", BEHIND, "sh"),
        (("sh", "-c", "nginx 2>&1 | tee log"), "nginx", BEHIND, "sh"),
        (("sh", "-c", "nginx || exit 1"), "nginx", BEHIND, "sh"),
        (("sh", "-c", "nginx -g x & wait"), "nginx -g x", BEHIND, "sh"),
        (("sh", "-c", "migrate && nginx; exit $?"), "nginx", BEHIND, "sh"),
        (("time", "nginx"), "nginx", BEHIND, "time"),
        (("timeout", "-k", "5", "60", "nginx"), "nginx", BEHIND, "timeout"),
        (("sudo", "-u", "app", "nginx"), "nginx", BEHIND, "sudo"),
        (("runuser", "-u", "app", "--", "nginx"), "nginx", BEHIND, "runuser"),
        (("su", "app", "-c", "exec nginx"), "nginx", BEHIND, "su"),
        (("tini", "--", "nginx"), "nginx", BEHIND, "tini"),
        (("uv", "run", "--no-project", "gunicorn", "app"), "gunicorn app", BEHIND, "uv"),
        (("uv", "run", "--with", "x", "python", "-m", "gunicorn"), "gunicorn", BEHIND, "uv"),
        (("pdm", "run", "gunicorn", "app"), "gunicorn app", BEHIND, "pdm"),
        (("npx", "--yes", "next", "start"), "next start", BEHIND, "npx"),
        (("npm", "exec", "--", "next", "start"), "next start", BEHIND, "npm"),
        (("cross-env", "A=1", "node", "x.js"), "node x.js", BEHIND, "cross-env"),
        (("time", "env", "A=1", "uv", "run", "nginx"), "nginx", BEHIND, "time"),
        (("env", "A=1", "sh", "-c", "exec nginx"), "nginx", BY_EXEC, ""),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else None,
)
def test_how_a_program_is_reached_is_told(
    argv: tuple[str, ...], inner: str, reached: str, wrapper: str
) -> None:
    """At once, by exec, or behind something that stays, or may."""
    layer = layers(argv)[-1]
    assert (" ".join(layer.words), layer.reached, layer.wrapper) == (inner, reached, wrapper)


@pytest.mark.parametrize(
    "text", ["trap 'kill -QUIT $pid' TERM; nginx & pid=$!; wait $pid", "wait", "", "A=1"]
)
def test_a_shell_that_looks_after_signals_itself_is_left_alone(text: str) -> None:
    """It has a trap, or nothing to wait for."""
    assert layers(("sh", "-c", text))[-1].words[0] == "sh"


def test_the_program_is_known_before_what_stands_around_it() -> None:
    """And how it is reached stands with the reason."""
    profile = recognise((), ("time", "nginx"), {})
    assert profile is not None
    assert (profile.name, profile.reached, profile.wrapper) == ("nginx", BEHIND, "time")
    assert profile.because == "'nginx' matches 'nginx', behind time"


def test_a_profile_of_the_user_may_name_what_stands_around() -> None:
    """`python our_app.py`, as docs/profiles.md has it."""
    row = {"name": "ours", "match": ("python *our_app*",), "stop": "INT"}
    profile = recognise((row,), ("env", "A=1", "python3.11", "-u", "our_app.py"), {})
    assert profile is not None
    assert profile.name == "ours"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("nginx", "-g", "x"), True),
        (("nginx: master process /usr/sbin/nginx",), True),
        (("env", "nginx"), True),
        (("nginx: worker process",), False),
        (("sh", "-c", "nginx"), False),
        (("time", "nginx"), False),
        (("uv", "run", "nginx"), False),
        ((), False),
    ],
)
def test_a_process_is_the_program_or_it_is_not(argv: tuple[str, ...], expected: bool) -> None:
    """What a stop looks for in the tree: neither a wrapper nor a worker."""
    row = known_row("nginx")
    assert row is not None
    assert is_program(row, argv) is expected


@pytest.mark.parametrize(
    "argv",
    [
        ("env", "GRACEFUL_TERM=1", "rake", "resque:work"),
        ("sh", "-c", "GRACEFUL_TERM=1 exec rake resque:work"),
        ("rake", "resque:work", "GRACEFUL_TERM=1"),
    ],
    ids=" ".join,
)
def test_a_variable_of_the_command_line_counts(argv: tuple[str, ...]) -> None:
    """env(1), a shell and rake all set it for the program."""
    profile = recognise((), argv, {})
    assert profile is not None
    assert profile.stop == "TERM"


CONDITION = {
    "name": "x",
    "match": ("x",),
    "when": ({"argument": ("-w *",), "no_argument": ("-w 1",), "env": ("A", "B"), "stop": "INT"},),
    "warn": ({"text": "always"}, {"text": "without C", "no_env": "C"}),
}


@pytest.mark.parametrize(
    ("argv", "environ", "stop"),
    [
        ("x -w 2", "A B", "INT"),
        ("x -v -w 2 y", "A B", "INT"),
        ("x -w 1", "A B", "TERM"),
        ("x", "A B", "TERM"),
        ("x -w 2", "A", "TERM"),
    ],
)
def test_all_that_a_condition_asks_for_has_to_hold(argv: str, environ: str, stop: str) -> None:
    """An option and its value are one argument to a glob."""
    profile = recognise((CONDITION,), argv.split(), dict.fromkeys(environ.split(), "1"))
    assert profile is not None
    assert profile.stop == stop


@pytest.mark.parametrize(
    ("environ", "warnings"), [({}, ("always", "without C")), ({"C": "1"}, ("always",))]
)
def test_a_profile_warns_where_its_condition_holds(
    environ: dict[str, str], warnings: tuple[str, ...]
) -> None:
    """And always, where there is none."""
    profile = recognise((CONDITION,), ("x",), environ)
    assert profile is not None
    assert profile.warnings == warnings


def test_what_stands_around_a_program_warns_too() -> None:
    """`poe serve` is what loses the work, whatever it runs."""
    around = {"name": "around", "match": ("time *",), "warn": ({"text": "time loses it"},)}
    inner = {"name": "inner", "match": ("x",), "stop": "INT"}
    profile = recognise((inner, around), ("time", "x"), {})
    assert profile is not None
    assert (profile.name, profile.stop, profile.warnings) == ("inner", "INT", ("time loses it",))


#: The first words of patterns, as a command line may have them.
ROW_WORDS = sorted({pattern.replace("*", "x") for row in TABLE for pattern in row["match"]})


# ---- what needs no second look ----------------------------------------------------------------


def test_every_word_that_another_program_may_stand_behind_gets_a_second_look() -> None:
    """The list that a start reads says the same as the tables that look through wrappers."""
    tables = (wrapped.EXECS, wrapped.STAYS, wrapped.RUNNERS)
    named = {word for table in tables for word in table}
    named |= {*wrapped.PYTHON_RUNNERS, *wrapped.NODE_RUNNERS}
    named |= {*wrapped.SHELLS, *wrapped.SCRIPT_OPTIONS, *wrapped.ENTRYPOINTS}
    named |= {"busybox", "uv", "su", "runuser", "python3.11", "pypy3", "run.sh", "x.bash"}
    assert not [word for word in named if is_unknown((f"/usr/bin/{word}", "nginx"))]


@given(
    st.lists(
        st.sampled_from([*ROW_WORDS, "myapp", "server", "php8.2", "a b"]), min_size=1, max_size=4
    )
)
def test_what_needs_no_second_look_is_neither_recognised_nor_looked_through(
    words: list[str],
) -> None:
    """Whatever the command line: a quick answer is the same as a thorough one."""
    if is_unknown(words):
        assert recognise((), words, {}) is None
        assert len(layers(tuple(words))) == 1
        assert in_front(tuple(words)) == ""


@pytest.mark.parametrize("name", ["myapp", "/srv/bin/myapp", "./server", "true", "app2"])
def test_somebodys_own_program_needs_no_second_look(name: str) -> None:
    """Nothing of the profiles is imported for it."""
    assert is_unknown((name, "--port", "80"))
