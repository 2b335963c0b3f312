"""--check: the line, its defaults, and what is said about mistakes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initd.config.values.check import mistakes_among, read_check
from initd.core.health.check import CHECKS_AT_MOST, Bound, Check
from initd.core.health.kinds import KINDS
from initd.core.health.roles import LIVENESS, READINESS, ROLES, STARTUP


def test_every_key_is_read() -> None:
    """A URL with = and & in it, and a body with blanks."""
    text = (
        "web http http://127.0.0.1:8080/health?a=b&c role=readiness,liveness period=5 timeout=2.5"
        " failure=4 delay=10 status=200-299,404 body='all is well'"
    )
    assert read_check(text) == Check(
        "web",
        "http",
        (LIVENESS, READINESS),
        "http://127.0.0.1:8080/health?a=b&c",
        period=5.0,
        timeout=2.5,
        delay=10.0,
        failure=4,
        statuses=((200, 299), (404, 404)),
        body="all is well",
    )


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("web http http://h/", Check("web", "http", (READINESS,), "http://h/", eager=True)),
        (
            "cache tcp 127.0.0.1:6379",
            Check("cache", "tcp", (READINESS,), "127.0.0.1:6379", eager=True),
        ),
        (
            "sock unix /run/app.sock",
            Check("sock", "unix", (READINESS,), "/run/app.sock", eager=True),
        ),
        ("sock unix @app", Check("sock", "unix", (READINESS,), "@app", eager=True)),
        (
            "beat file /tmp/beat fresher=30",
            Check("beat", "file", (READINESS,), "/tmp/beat", fresher=30.0, eager=True),
        ),
        (
            "db exec -- pg_isready",
            Check("db", "exec", (READINESS,), argv=("pg_isready",), eager=True),
        ),
        ("app process", Check("app", "process", (LIVENESS,))),
        ("app notify", Check("app", "notify", (STARTUP,))),
        (
            "app notify watchdog=30",
            Check("app", "notify", (STARTUP, LIVENESS), watchdog=30.0),
        ),
        (
            "app notify watchdog=30 role=liveness",
            Check("app", "notify", (LIVENESS,), watchdog=30.0),
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_kind_has_defaults(text: str, check: Check) -> None:
    """Those of Kubernetes: every 10 s, 1 s, three failures; the role that fits the kind."""
    assert read_check(text) == check


def test_the_bounds_of_a_process() -> None:
    """One number is the most, two are the least and the most; sizes in 1024s."""
    check = read_check("app process rss=512M descriptors=1000 threads=2K children=1-16")
    assert check.bounds == (
        Bound("rss", 0, 512 << 20),
        Bound("descriptors", 0, 1000),
        Bound("threads", 0, 2048),
        Bound("children", 1, 16),
    )


def test_a_command_is_taken_as_it_stands() -> None:
    """What a shell would read is the command's own: only quotes and backslashes count."""
    check = read_check("db exec period=30 -- sh -c 'a | b' $HOME *.x # & period=2 -- ${X}")
    assert check.argv == (
        *("sh", "-c", "a | b"),
        *("$HOME", "*.x", "#", "&", "period=2", "--", "${X}"),
    )
    assert check.period == 30.0


def test_the_examples_of_the_documentation_are_checks() -> None:
    """As they stand there; they could all be given together."""
    page = Path(__file__).parents[2] / "docs" / "health.md"
    lines = [line.strip() for line in page.read_text().partition("## Examples")[2].splitlines()]
    checks = [read_check(line) for line in lines if line and not line.startswith("#")]
    assert {check.kind for check in checks} >= {"http", "exec", "file", "process", "notify"}
    assert mistakes_among(checks) == []


def test_roles_stand_in_one_order() -> None:
    """However they were given; twice is once."""
    assert read_check("a tcp h:1 role=readiness,startup,readiness").roles == (STARTUP, READINESS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "NAME KIND"),
        ("web", "NAME KIND"),
        ("we/b tcp h:1", "invalid check name 'we/b': use letters"),
        ("-web tcp h:1", "beginning with a letter or digit"),
        (".. tcp h:1", "invalid check name '..'"),
        ("wéb tcp h:1", "invalid check name 'wéb'"),
        (f"{'w' * 64} tcp h:1", "at most 63 characters"),
        ("web zzz", "web: unknown check kind 'zzz': use one of process, exec, http, tcp"),
        ("web htpp http://h/", "web: unknown check kind 'htpp': did you mean http?"),
        ("web tcp h:1 perid=3", "web: unknown key 'perid': did you mean period?"),
        ("web tcp h:1 zzz=3", "; docs/health.md has them all"),
        ("web tcp h:1 status=200", "web: status= is for http checks; this is a tcp check"),
        ("web tcp h:1 often", "expected key=value, got 'often'"),
        ("web tcp h:1 period=3 period=4", "period= is given twice"),
        ("web tcp h:1 role=liveliness", "unknown role 'liveliness': did you mean liveness?"),
        ("web tcp h:1 role=", "unknown role '': use prestart, startup, liveness or readiness"),
        ("web tcp h:1 period=5s", "web: period=5s: expected seconds from 0.1 to 86400"),
        ("web tcp h:1 period=0", "from 0.1"),
        ("web tcp h:1 period=nan", "from 0.1"),
        ("web tcp h:1 period=-5", "from 0.1"),
        ("web tcp h:1 period=1_0", "from 0.1"),
        ("web tcp h:1 period=1e3", "from 0.1"),
        ("web tcp h:1 period=99999", "to 86400"),
        ("web tcp h:1 timeout=0", "from 0.01"),
        ("web tcp h:1 failure=0", "from 1 to 10000"),
        ("web tcp h:1 failure=2.5", "from 1 to 10000"),
        ("web tcp h:1 limit=5", "limit= is for role=prestart only"),
        ("web process role=prestart", "a process check is about the app itself"),
        ("web notify role=prestart", "a notify check is about the app itself"),
        ("web tcp h:1 role=liveness success=2", "success= can be above 1 for role=readiness only"),
        ("web tcp h:1 role=startup,readiness success=2", "for role=readiness only"),
        ("web tcp", "web: tcp needs a target, such as 127.0.0.1:6379"),
        ("web tcp period=5", "tcp needs a target"),
        ("web tcp h", "HOST:PORT"),
        ("web http localhost", "http://HOST"),
        ("web http http://h/ status=20", "such as 200-299,404"),
        ("web http http://h/ status=100", "from 200"),
        ("web http http://h/ status=299-200", "put the lower status first, as 200-299"),
        ("web http http://h/ body=", "body=: expected some text"),
        ("web unix app.sock", "use an absolute path"),
        (f"web unix /{'s' * 107}", "at most 107 bytes"),
        ("web file beat", "invalid path 'beat': use an absolute path"),
        ("web file /beat fresher=0", "from 0.1"),
        ("web exec", "exec needs a command after --"),
        ("web exec true", "exec needs a command after --"),
        ("web exec --", "exec needs a command after --"),
        ("web exec -- ''", "exec needs a command after --"),
        ("web exec true -- true", "expected key=value, got 'true'"),
        ("web tcp h:1 -- true", "a command after -- is for exec checks; this is a tcp check"),
        ("web process /x", "expected key=value, got '/x'"),
        ("web process rss=12X", "rss=12X: expected MOST or LEAST-MOST"),
        ("web process rss=", "expected MOST"),
        ("web process children=5-2", "put the lower bound first, as 2-5"),
        ("web process threads=99999999999999999999G", "expected MOST"),
        ("web http 'http://h/", "an opening ' has no closing '"),
    ],
)  # fmt: skip
def test_a_mistake_says_where_and_what_would_be_right(text: str, says: str) -> None:
    """One sentence, with the name of the check."""
    with pytest.raises(ValueError) as mistake:  # noqa: PT011 (the text is compared below)
        read_check(text)
    assert says in str(mistake.value)


def test_names_are_given_once() -> None:
    """They are how a check is asked for."""
    checks = map(read_check, ["web tcp h:1", "other tcp h:1", "web process"])
    assert mistakes_among(checks) == ["two checks are called 'web': give each its own name"]


def test_there_are_so_many_checks_at_the_most() -> None:
    """Their answers must fit into one message to pid 1."""
    checks = [read_check(f"c{number} process") for number in range(CHECKS_AT_MOST + 1)]
    assert mistakes_among(checks[:-1]) == []
    assert mistakes_among(checks) == [f"too many checks: 33, at most {CHECKS_AT_MOST} are allowed"]


#: Close enough to checks to get far, and to go wrong anywhere.
_WORDS = "web h:1 http://h/ /x -- role= period= = 1 - .5 status=200 rss=1K threads=1-2".split()
_PIECES = st.sampled_from([*KINDS, *ROLES, *_WORDS, *"'\"\\ Ké²\0", " ", " "])


@given(st.lists(_PIECES, max_size=12).map("".join) | st.text())
def test_any_text_is_a_check_or_a_sentence(text: str) -> None:
    """Nothing but ValueError comes out of it."""
    with suppress(ValueError):
        assert read_check(text).kind in KINDS


def test_a_check_that_holds_the_start_is_probed_each_second() -> None:
    """A start is to go on soon after the other service is there; and it has a limit."""
    assert read_check("db tcp db:5432 role=prestart").period == 1.0
    assert read_check("db tcp db:5432 role=prestart period=5").period == 5.0
    assert read_check("db tcp db:5432 role=prestart,readiness").period == 10.0
    assert read_check("db tcp db:5432 role=prestart").limit == 60.0
    assert read_check("db tcp db:5432 role=prestart limit=300").limit == 300.0
