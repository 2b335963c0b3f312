"""Behind wrappers and interpreters: the words of the program that a command line comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.core.signals.profile import recognise
from initd.core.signals.profile_table import TABLE
from initd.core.signals.unwrap import unwrap

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
    found = recognise(TABLE, argv, {})
    assert found is None or found.name


@given(st.text("ab '\"\\;&|\n$(exec", max_size=30))
def test_no_shell_command_is_too_strange_to_be_looked_at(text: str) -> None:
    """Quotes that never close, operators in odd places."""
    assert unwrap(("sh", "-c", text))
