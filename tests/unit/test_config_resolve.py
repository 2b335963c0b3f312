"""RawValue text to settings: what wins over what, where it came from, and every mistake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initd import paths
from initd.config.command_line import CommandLine, read
from initd.config.explain_hostname import hostname_candidates
from initd.config.hostname import decide
from initd.config.mistake import Mistake, Mistakes
from initd.config.options import OPTIONS
from initd.config.resolve import resolve
from initd.config.toml.file_config import FileConfig
from initd.config.toml.files import read_files
from initd.core.emulation import Emulation
from initd.core.hostname.candidates import PASSED_OVER
from initd.core.life.restart import RestartPolicy
from initd.core.settings import Settings
from initd.core.signals.numbers import DROP, HUP, INT, TERM, Rule
from initd.core.signals.stop_plan import text_of
from initd.core.start.spawn_spec import Limit, User

from .hostname_places import ENGINES

KERNEL_NAME = "abc"
LIBRARY = "/opt/initd/hostname.so"


def _settings(*argv: str, **environ: str) -> Settings:
    """As the container would start: the variables are its environment too."""
    given = {name.encode(): value.encode() for name, value in environ.items()}
    return resolve(read(argv, environ), given, KERNEL_NAME, LIBRARY)


def _mistakes(*argv: str, **environ: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        _settings(*argv, **environ)
    return [str(mistake) for mistake in caught.value.found]


def _plan(*argv: str, **environ: str) -> tuple[str, str]:
    found = _settings(*argv, **environ)
    return text_of(found.stop_plan), found.origins["stop_plan"]


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What /etc/hosts and /etc/resolv.conf have: nothing, whatever this machine's do."""
    texts: dict[str, str] = {}
    monkeypatch.setattr(decide, "_read", lambda path: texts.get(path, ""))
    return texts


# ---- nothing is said ------------------------------------------------------------------------


def test_a_bare_command_gets_the_defaults() -> None:
    """TERM is TERM, to the process, as whoever init is."""
    found = _settings("app", "-x", A="1")
    origins = dict(found.origins)
    assert origins.pop("command") == "command line"
    assert set(origins.values()) == {"default"}
    assert found == Settings(
        command=("app", "-x"),
        environ={b"A": b"1"},
        profile=None,
        signal_map={},
        stop_signal=TERM,
        stop_plan=found.stop_plan,
        unfitted_plan=found.stop_plan,
        grace=None,
        drain=0.0,
        hooks=(),
        register=None,
        leave=0.0,
        watches=(),
        target="process",
        clean_codes=(),
        user=None,
        directory=None,
        umask=None,
        limits=(),
        env_files=(),
        session=False,
        pid_file=None,
        hostname=None,
        socket=None,
        role=None,
        verbosity=0,
        log_level="warning",
        log_format="auto",
        log_to="stderr",
        parent_death=0,
        death_signal=9,
        nice=None,
        oom_score_adj=None,
        capabilities_dropped=0,
        capabilities_text="",
        no_new_privs=False,
        restart=RestartPolicy(),
        on_unhealthy="nothing",
        checks=(),
        notify=False,
        notify_access="tree",
        http_commands=False,
        redact=(),
        http=(),
        statsd=None,
        warn_reaped=False,
        sleep=3.0,
        termination_log="/dev/termination-log",
        origins=found.origins,
        adapts=True,
    )
    assert text_of(found.stop_plan) == "TERM"


def test_a_warning_is_kept_and_with_strict_it_is_a_mistake() -> None:
    """The flag, its variable; whatever the warning is about."""
    what = "unknown variable, which sets nothing: did you mean INITD_GRACE?"
    assert _settings("app").warnings == ()
    assert _settings("app", INITD_GRACES_OFF="5").warnings == (("INITD_GRACES_OFF", what),)
    for argv, environ in ((("--strict", "app"), {}), (("app",), {"INITD_STRICT": "yes"})):
        assert _mistakes(*argv, INITD_GRACES_OFF="5", **environ) == [
            f"initd: INITD_GRACES_OFF: {what}"
        ]


@pytest.mark.parametrize(
    "check", ["web tcp 127.0.0.1:80", "web http http://127.0.0.1/ role=readiness", ""]
)
def test_an_action_that_no_check_calls_for_is_a_warning(check: str) -> None:
    """It would do nothing: readiness ends no app."""
    checks = ["--check", check] if check else []
    ((where, what),) = _settings(*checks, "--on-unhealthy", "restart", "app").warnings
    assert (where, what[:13]) == ("--on-unhealthy", "does nothing:")
    for role in ("liveness", "startup"):
        alive = ["--check", f"web tcp 127.0.0.1:80 role={role}"]
        assert _settings(*alive, "--on-unhealthy", "restart", "app").warnings == ()


@pytest.mark.parametrize(
    ("options", "where", "seen"),
    [
        ({"INITD_HOSTNAME": "my_app_1"}, "INITD_HOSTNAME", None),
        ({"INITD_HOSTNAME": "my_app_1.example.com"}, "INITD_HOSTNAME", None),
        ({"INITD_HOSTNAME": "{env:NAME}.x.org", "NAME": "a_b"}, "INITD_HOSTNAME", None),
        ({"INITD_HOSTNAME": "a_b", "INITD_DOMAIN": "x.org"}, "INITD_HOSTNAME", "abc.x.org"),
        ({"INITD_DOMAIN": "my_net.example.com"}, "INITD_DOMAIN", None),
    ],
)
def test_a_host_name_with_an_underscore_is_passed_over_with_a_warning(
    options: dict[str, str], where: str, seen: str | None
) -> None:
    """Compose's names have them: the app starts, with the name that it would have without; only
    --strict stops it. A name that is wrong in another way is a mistake."""
    found = _settings("app", **options)
    ((source, what),) = found.warnings
    assert (source, found.hostname) == (where, seen)
    assert "a host name has no underscores: use " in what
    assert what.endswith(f"; until then programs see {seen or KERNEL_NAME}")
    name = found.environ.get(b"INITD_HOSTNAME", KERNEL_NAME.encode())
    assert name == (seen or KERNEL_NAME).encode(), "the library takes it literally"
    assert _mistakes("--strict", "app", **options) == [f"initd: {where}: {what}"]


def test_without_a_command_there_is_nothing_to_run() -> None:
    """One line with the usage."""
    assert _mistakes() == ["initd: COMMAND: nothing to run: initd [options] -- COMMAND [ARG...]"]


# ---- each option, and where it came from ----------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        ("--target group", "target", "group"),
        ("--stop-signal RTMIN+3", "stop_signal", 37),
        ("--grace 30", "grace", 30.0),
        ("--termination-log none", "termination_log", None),
        ("--termination-log /x", "termination_log", "/x"),
        ("--grace 0.5s", "grace", 0.5),
        ("--drain 7", "drain", 7.0),
        ("--drain 20 --grace 30", "drain", 14.5),
        ("--user 54321:54322", "user", User(54321, 54322, (54322,))),
        ("--chdir /srv", "directory", "/srv"),
        ("--umask 0027", "umask", 0o27),
        ("--nice -5", "nice", -5),
        ("--oom-score-adj +300", "oom_score_adj", 300),
        ("--cap-drop net_raw --cap-drop CAP_CHOWN", "capabilities_dropped", 1 << 13 | 1),
        ("--cap-drop ALL --cap-keep KILL", "capabilities_dropped", (2**64 - 1) ^ 1 << 5),
        ("--no-new-privs", "no_new_privs", True),
        (
            "--limit nofile=1:2 --limit core=0",
            "limits",
            (Limit(7, 1, 2, "nofile=1:2"), Limit(4, 0, 0, "core=0")),
        ),
        ("--session", "session", True),
        ("--pid-file /run/app.pid", "pid_file", "/run/app.pid"),
        ("--socket /x.sock", "socket", "/x.sock"),
        ("-vv", "verbosity", 2),
        ("--log-format console", "log_format", "console"),
        ("--log-level debug", "log_depth", 1),
        ("--log-level info -v", "log_depth", 1),
        ("--log-level off -v", "log_depth", -3),
        ("--quiet", "log_depth", -2),
        ("-v", "log_depth", 0),
        ("--log-to fd:3", "log_to", "fd:3"),
        ("--log-to /var/log/initd.log", "log_to", "/var/log/initd.log"),
        ("-p TERM", "parent_death", TERM),
        ("--death-signal TERM", "death_signal", TERM),
        ("--death-signal 0", "death_signal", 0),
        ("--hostname web.example.org", "hostname", "web.example.org"),
        ("--domain example.org", "hostname", "abc.example.org"),
        ("-r HUP:0 -r USR1:INT", "signal_map", {HUP: Rule(DROP, "-r"), 10: Rule(INT, "-r")}),
    ],
)
def test_an_option_sets_its_field(argv: str, field: str, value: object) -> None:
    """As a person would read it."""
    assert getattr(_settings(*argv.split(), "app"), field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("target", "all"),
        ("stop_signal", "QUIT"),
        ("stop_plan", "INT:5 KILL"),
        ("grace", "30"),
        ("drain", "5"),
        ("termination_log", "/dev/shm/x"),
        ("user", "0"),
        ("chdir", "/"),
        ("umask", "077"),
        ("socket", "/x.sock"),
        ("log_format", "console"),
        ("parent_death", "HUP"),
        ("death_signal", "TERM"),
        ("hostname", "web"),
        ("profile", "nginx"),
    ],
)
def test_a_value_remembers_whether_a_flag_a_variable_or_nobody_gave_it(
    name: str, text: str
) -> None:
    """The flag wins over the variable."""
    flag, variable = "--" + name.replace("_", "-"), "INITD_" + name.upper()
    assert _settings("app").origins[name] == "default"
    assert _settings("app", **{variable: text}).origins[name] == variable
    assert _settings(flag, text, "app", **{variable: "nonsense"}).origins[name] == flag


def test_the_last_mention_of_a_value_counts() -> None:
    """As with any program."""
    assert _settings("--umask", "022", "--umask=077", "app").umask == 0o77


def test_limits_of_one_resource_are_one_limit() -> None:
    """The last one; the shim has room for each resource once (LIMITS_AT_MOST)."""
    flags = [f"--limit=nofile={amount}" for amount in range(1, 20)]
    found = _settings(*flags, "--limit=core=0", "app").limits
    assert [(limit.resource, limit.soft) for limit in found] == [(7, 19), (4, 0)]


# ---- profiles, plans, rewrites --------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "plan", "source"),
    [
        ("--grace 30 nginx", "QUIT:27 TERM:2 KILL", "profile nginx, fitted into --grace"),
        ("--grace 30 app", "TERM:29 KILL", "default, fitted into --grace"),
        ("--grace 30 --drain 9 app", "TERM:20 KILL", "default, fitted into --grace"),
        (
            "--grace 11 --stop-plan=QUIT:20,TERM:5 nginx",
            "QUIT:8 TERM:2 KILL",
            "--stop-plan, fitted into --grace",
        ),
        ("--grace 30 -r TERM:HUP nginx", "HUP:29 KILL", "-r, fitted into --grace"),
    ],
)
def test_a_plan_is_fitted_into_a_known_grace_period(argv: str, plan: str, source: str) -> None:
    """What is urgent to a program is sent only where its profile's own plan runs."""
    found = _settings(*argv.split())
    assert (text_of(found.stop_plan), found.origins["stop_plan"]) == (plan, source)


def test_a_drain_that_takes_too_much_of_the_grace_period_is_told_with_its_limit() -> None:
    """`initd check` shows it."""
    origins = _settings("--grace", "30", "--drain", "20", "app").origins
    assert origins["drain"] == "--drain, 20 s fitted into --grace"
    assert _settings("--grace", "30", "--drain", "5", "app").origins["drain"] == "--drain"


def test_what_is_urgent_depends_on_the_environment_too() -> None:
    """Resque ends its child on TERM, and on INT where GRACEFUL_TERM makes TERM graceful."""
    command = ["--grace", "30", "rake", "resque:work"]
    assert text_of(_settings(*command).stop_plan) == "QUIT:24 TERM:5 KILL"
    assert text_of(_settings(*command, GRACEFUL_TERM="1").stop_plan) == "TERM:24 INT:5 KILL"


@pytest.mark.parametrize("text", ["0", "-1", "soon", "", "nan", "inf", "1e9"])
def test_a_grace_period_is_a_number_of_seconds(text: str) -> None:
    """More than none, up to a year."""
    assert "--grace: invalid time" in str(_mistakes("--grace", text, "app"))


def test_a_recognised_program_stops_in_its_own_way() -> None:
    """Why it was recognised is told."""
    found = _settings("bundle", "exec", "sidekiq", "-c", "5")
    assert found.profile is not None
    assert (found.profile.name, text_of(found.stop_plan)) == ("sidekiq", "TERM")
    assert found.origins["stop_plan"] == "profile sidekiq"
    assert found.origins["profile"] == "'sidekiq -c 5' matches 'sidekiq'"
    assert found.origins["target"] == "profile sidekiq"


def test_a_profile_may_be_named() -> None:
    """For what nobody could recognise, with its clean codes."""
    found = _settings("--profile", "java", "/app/start")
    assert (found.clean_codes, found.origins["profile"]) == ((143,), "--profile")
    assert _settings("/app/start").clean_codes == ()


def test_the_profile_none_is_none() -> None:
    """For who wants TERM to be TERM."""
    found = _settings("--profile", "none", "nginx")
    assert (found.profile, text_of(found.stop_plan)) == (None, "TERM")


def test_a_profiles_condition_looks_at_the_apps_environment(tmp_path: Path) -> None:
    """What an --env-file adds counts too."""
    assert _plan("rake", "resque:work") == ("QUIT", "profile resque")
    assert _plan("rake", "resque:work", GRACEFUL_TERM="1")[0] == "TERM"
    file = tmp_path / "env"
    file.write_text("GRACEFUL_TERM=1\n")
    assert _plan("--env-file", str(file), "rake", "resque:work")[0] == "TERM"


@pytest.mark.parametrize(
    ("argv", "environ", "plan", "origin"),
    [
        ("nginx", {}, "QUIT", "profile nginx"),
        ("app", {}, "TERM", "default"),
        ("--stop-signal INT app", {}, "INT", "default"),
        ("--stop-plan INT:3,KILL nginx", {}, "INT:3 KILL", "--stop-plan"),
        ("nginx", {"INITD_STOP_PLAN": "INT:3 KILL"}, "INT:3 KILL", "INITD_STOP_PLAN"),
        ("-r TERM:HUP nginx", {}, "HUP", "-r"),
        ("-r TERM:TERM nginx", {}, "TERM", "-r"),
        ("nginx", {"INITD_REWRITE": "TERM:HUP"}, "HUP", "INITD_REWRITE"),
        ("-r TERM:HUP nginx", {"INITD_STOP_PLAN": "INT"}, "HUP", "-r"),
        ("--stop-plan INT nginx", {"INITD_REWRITE": "TERM:HUP"}, "INT", "--stop-plan"),
        ("-r INT:HUP nginx", {}, "QUIT", "profile nginx"),
        ("--stop-signal INT -r INT:HUP app", {}, "HUP", "-r"),
        ("-r TERM:0 nginx", {}, "QUIT", "profile nginx"),
        ("-r TERM:HUP -r TERM:INT app", {}, "INT", "-r"),
    ],
)
def test_the_strongest_word_on_the_stop_plan_wins(
    argv: str, environ: dict[str, str], plan: str, origin: str
) -> None:
    """Flag over variable over profile over identity; a rewrite of the stop signal is a plan."""
    assert _plan(*argv.split(), **environ) == (plan, origin)


def test_two_flags_that_say_different_things_about_the_stop_are_a_mistake() -> None:
    """Neither is quietly ignored."""
    assert _mistakes("-r", "TERM:QUIT", "--stop-plan", "INT", "app") == [
        "initd: -r: sets what TERM does, and so does --stop-plan: keep one of them"
    ]


def test_a_target_wins_over_the_profiles() -> None:
    """The flag is asked first."""
    found = _settings("--target", "all", "nginx")
    assert (found.target, found.origins["target"]) == ("all", "--target")


# ---- what the app is given ------------------------------------------------------------------


def test_the_app_gets_the_containers_environment_and_what_was_asked_for() -> None:
    """INITD_ variables included: an init within may want them."""
    given = {"A": "1", "INITD_VERBOSE": "1"}
    expected = {b"A": b"1", b"INITD_VERBOSE": b"1"}
    assert _settings("app", **given).environ == expected


def test_an_environment_of_other_bytes_than_text_comes_through() -> None:
    """It is bytes."""
    environ = {b"A": b"\xff", b"\xfe": b"x"}
    line = read(["rake", "resque:work"], {})
    assert resolve(line, environ, KERNEL_NAME, LIBRARY).environ == environ


def test_the_environment_that_was_handed_in_is_not_changed() -> None:
    """Settings have a copy of their own."""
    environ = {b"A": b"1"}
    resolve(read(["--user", "0", "--hostname", "web.x", "app"], {}), environ, "abc", LIBRARY)
    assert environ == {b"A": b"1"}


def test_env_files_win_over_the_environment_and_later_ones_over_earlier(tmp_path: Path) -> None:
    """A name alone takes what is there by then."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("A=one\nB=one\n")
    two.write_text("B=two\nC\n")
    found = _settings("--env-file", str(one), "--env-file", str(two), "app", A="0", C="0")
    assert found.environ == {b"A": b"one", b"B": b"two", b"C": b"0"}


def test_a_user_brings_home_and_name_along() -> None:
    """Programs look for their files there."""
    environ = _settings("--user", "root", "app", HOME="/elsewhere", A="1").environ
    assert {name: environ[name] for name in (b"A", b"USER", b"LOGNAME")} == {
        b"A": b"1",
        b"USER": b"root",
        b"LOGNAME": b"root",
    }
    assert environ[b"HOME"] != b"/elsewhere"


def test_a_host_name_is_preloaded() -> None:
    """In front of what was preloaded before."""
    environ = _settings("--hostname", "web.example.org", "app", LD_PRELOAD="/x.so").environ
    assert environ[b"LD_PRELOAD"] == b"/opt/initd/hostname.so:/x.so"
    assert environ[b"INITD_HOSTNAME"] == b"web.example.org"


def test_the_kernels_own_name_is_not_preloaded() -> None:
    """Nothing to override, nothing changes."""
    found = _settings("--hostname", KERNEL_NAME, "app")
    assert (found.hostname, found.environ) == (None, {})


def test_the_app_gets_the_name_and_not_the_template() -> None:
    """In the variable that the library reads, and in the one that shells show."""
    environ = _settings("app", INITD_HOSTNAME="{hostname}.{env:ZONE}", ZONE="eu.x", HOSTNAME="abc")
    assert environ.hostname == "abc.eu.x"
    assert environ.environ[b"INITD_HOSTNAME"] == environ.environ[b"HOSTNAME"] == b"abc.eu.x"
    switched_off = _settings("app", INITD_HOSTNAME="{hostname}")
    assert (switched_off.hostname, switched_off.environ) == (None, {b"INITD_HOSTNAME": b"abc"})


def test_a_templates_variable_may_be_of_an_env_file(tmp_path: Path) -> None:
    """It is the app's environment that is asked."""
    file = tmp_path / "env"
    file.write_text("ZONE=eu.example.org\n")
    found = _settings("--env-file", str(file), "--domain", "{env:ZONE}", "app", ZONE="x")
    assert (found.hostname, found.origins["hostname"]) == ("abc.eu.example.org", "--domain")


def test_a_full_name_of_etc_hosts_is_preloaded(files: dict[str, str]) -> None:
    """As `docker run --domainname` writes it; the empty variable says nothing."""
    files["/etc/hosts"] = "127.0.0.1 localhost\n172.17.0.2 abc.example.org abc\n"
    files["/proc/self/mountinfo"] = ENGINES
    found = _settings("app", INITD_HOSTNAME="")
    assert (found.hostname, found.origins["hostname"]) == ("abc.example.org", "/etc/hosts")
    assert found.environ[b"INITD_HOSTNAME"] == b"abc.example.org"
    assert _settings("--hostname", "{hostname}", "app").hostname is None


# ---- every candidate for the name -----------------------------------------------------------


def test_what_a_weaker_place_says_of_the_name_is_explained_too(
    files: dict[str, str], tmp_path: Path
) -> None:
    """A flag over a variable over a file, which a start does not look at again."""
    files["/etc/hosts"] = "172.17.0.2 abc.example.org abc\n"
    path = tmp_path / "initd.toml"
    path.write_text("[host]\nname = 'of.the.file'\n[app.env]\nZONE = 'eu.x'\n")
    variables = {"INITD_HOSTNAME": "{hostname}.{env:ZONE}", "INITD_CONFIG": str(path)}
    environ = {name.encode(): value.encode() for name, value in variables.items()}
    line = read(["--hostname", "of.the.flag", "app"], variables)
    found = hostname_candidates(line, environ, KERNEL_NAME, LIBRARY, read_files(line))
    assert [(each.source, each.name) for each in found] == [
        ("--hostname", "of.the.flag"),
        ("INITD_HOSTNAME", "abc.eu.x"),
        (f"{path}:2, host.name", "of.the.file"),
        ("/etc/hosts", "abc.example.org"),
        ("kernel", "abc"),
        ("/etc/resolv.conf", None),
    ]


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        ("app", {}),
        ("--hostname x.y app", {}),
        ("app", {"INITD_HOSTNAME": "{hostname}.z"}),
        ("--domain {env:A} app", {"INITD_HOSTNAME": "w", "A": "a.b"}),
        ("--domain {env:NONE} app", {}),
    ],
)
def test_a_start_and_an_explanation_decide_alike(argv: str, environ: dict[str, str]) -> None:
    """It is the same list, of which a start takes the first that decides."""
    line, given = read(argv.split(), environ), {k.encode(): v.encode() for k, v in environ.items()}
    found = hostname_candidates(line, given, KERNEL_NAME, LIBRARY, FileConfig())
    decided = next(each for each in found if each.verdict != PASSED_OVER)
    if decided.name is None:
        assert _mistakes(*argv.split(), **environ) == [f"initd: {decided.source}: {decided.why}"]
    else:
        assert (_settings(*argv.split(), **environ).hostname or KERNEL_NAME) == decided.name


# ---- roles ----------------------------------------------------------------------------------


@pytest.fixture
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A roles.json with one role."""
    path = tmp_path / "roles.json"
    path.write_text('{"web": "nginx -c $CONFIG"}')
    monkeypatch.setattr(paths, "ROLES", str(path))
    return path


def test_a_role_gives_the_command_and_so_the_profile(roles: Path) -> None:
    """Words on the command line are further arguments."""
    found = _settings("--role", "web", "--", "-q", CONFIG="/x")
    assert found.command == ("nginx", "-c", "/x", "-q")
    assert found.profile is not None
    assert found.profile.name == "nginx"
    assert (found.role, found.origins["role"]) == ("web", "--role")
    assert found.origins["command"] == f"{roles}, web"


def test_a_roles_variables_come_from_env_files_too(roles: Path, tmp_path: Path) -> None:
    """They are read first."""
    file = tmp_path / "env"
    file.write_text("CONFIG=/from/file\n")
    found = _settings("--role=web", f"--env-file={file}", CONFIG="/x")
    assert found.command == ("nginx", "-c", "/from/file")


def test_an_unknown_role_is_named_with_those_that_there_are(roles: Path) -> None:
    """And by where it was asked for."""
    assert _mistakes(INITD_ROLE="wbe") == [
        f"initd: INITD_ROLE: unknown role 'wbe' in {roles}: did you mean web?"
    ]


# ---- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ("--nope app", "initd: --nope: unknown option: "),
        ("-r TREM:INT app", "initd: -r: unknown signal 'TREM': did you mean TERM?"),
        ("--rewrite KILL:INT app", "initd: --rewrite: KILL cannot be rewritten"),
        ("--profile ngnix app", "initd: --profile: unknown profile 'ngnix': use auto, none"),
        ("--stop-plan TERM,KILL app", "initd: --stop-plan: TERM waits for ever"),
        ("--stop-signal KILL app", "initd: --stop-signal: KILL never reaches init"),
        ("--stop-signal STOP app", "initd: --stop-signal: STOP never reaches init"),
        ("--stop-signal SEGV app", "initd: --stop-signal: SEGV never reaches init"),
        ("--stop-signal CHLD app", "initd: --stop-signal: CHLD never reaches init"),
        (
            "--target everybody app",
            "initd: --target: unknown target 'everybody': use process, group or all",
        ),
        ("--user nobody-x app", "initd: --user: unknown user 'nobody-x': not in /etc/passwd"),
        (
            "--pid-file app.pid app",
            "initd: --pid-file: expected an absolute path, such as /run/app.pid, got 'app.pid'",
        ),
        ("--chdir= app", "initd: --chdir: the name is empty: expected a directory"),
        ("--umask 1000 app", "initd: --umask: invalid umask '1000': expected 0 to 777"),
        ("--umask 8 app", "initd: --umask: invalid umask '8': use octal digits, such as 022"),
        (
            "--nice 20 app",
            "initd: --nice: invalid nice value '20': expected a number from -20 to 19",
        ),
        ("--nice x app", "initd: --nice: invalid nice value 'x': expected a number from -20 to 19"),
        (
            "--oom-score-adj 1001 app",
            "initd: --oom-score-adj: invalid OOM score '1001': expected a number from -1000",
        ),
        (
            "--cap-drop NET_ROW app",
            "initd: --cap-drop: unknown capability 'NET_ROW': did you mean N",
        ),
        (
            "--nice=-+5 app",
            "initd: --nice: invalid nice value '-+5': expected a number from -20 to 19",
        ),
        (
            "--cap-drop ALL --cap-keep all app",
            "initd: --cap-keep: 'all' would undo --cap-drop ALL: name each capability to keep",
        ),
        (
            "--cap-drop AL --cap-keep KILL app",
            "initd: --cap-drop: unknown capability 'AL': did you mean ALL?",
        ),
        ("--cap-keep KILL app", "initd: --cap-keep: has no effect without --cap-drop ALL"),
        ("--limit files=1 app", "initd: --limit: unknown limit 'files': did you mean nofile"),
        ("--env-file /nope app", "initd: --env-file: /nope: No such file or directory"),
        ("--env-file / app", "initd: --env-file: /: Is a directory"),
        ("--hostname a+b app", "initd: --hostname: 'a+b': letters, digits"),
        ("--hostname= app", "initd: --hostname: the host name is empty: give a name such as"),
        ("--hostname {host} app", "initd: --hostname: unknown field {host}: use {hostname}"),
        ("--domain {env:ZONE} app", "initd: --domain: {env:ZONE} has no value here: the variable"),
        ("--domain a..b app", "initd: --domain: 'abc.a..b' has a part of 0 characters"),
        (
            "--log-format xml app",
            "initd: --log-format: unknown log format 'xml': use auto, json or console",
        ),
        ("-p TREM app", "initd: -p: unknown signal 'TREM': did you mean TERM?"),
        ("--death-signal 99 app", "initd: --death-signal: invalid signal number '99': use 1 to 64"),
    ],
)
def test_a_mistake_is_one_line_with_the_place_and_what_would_be_right(argv: str, line: str) -> None:
    """And nothing is started."""
    (mistake,) = _mistakes(*argv.split())
    assert mistake.startswith(line)
    assert "\n" not in mistake


def test_a_mistake_in_a_variable_names_the_variable() -> None:
    """A person looks for it in the image."""
    assert _mistakes("app", INITD_TARGET="x") == [
        "initd: INITD_TARGET: unknown target 'x': use process, group or all"
    ]


@pytest.mark.parametrize("text", ["maybe", "100", "-1", "1.5"])
def test_a_flags_variable_says_yes_no_or_how_often(text: str) -> None:
    """Anything else is shown to whoever wrote it."""
    for variable in ("INITD_SESSION", "INITD_VERBOSE"):
        (mistake,) = _mistakes("app", **{variable: text})
        assert mistake.startswith(
            f"initd: {variable}: expected yes, no or a number up to 99, got {text!r}"
        )


def test_all_mistakes_are_told_at_once() -> None:
    """Those of the command line first."""
    found = _mistakes("--nope", "--umask", "9", "-r", "X:Y", "-r", "A:B", "app", INITD_TARGET="x")
    places = [line.split(": ")[1] for line in found]
    assert places == ["--nope", "-r", "-r", "INITD_TARGET", "--umask"]


def test_a_missing_command_is_not_blamed_on_top_of_a_misspelt_option() -> None:
    """`initd --usr me app` leaves words that may or may not be the command."""
    assert len(_mistakes("--usr", "me")) == 1


#: A byte of an argument that is no UTF-8 reaches Python as a lone surrogate.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.just("\udcff")
texts = st.text(characters, max_size=8)
plausible = st.sampled_from(
    "TERM:QUIT HUP:0 nginx none QUIT:5,KILL TERM group all root 0:0 / 022 nofile=1 a.b x=y 9 json"
    " ../x /dev/null /etc/passwd 4294967295 -1 :".split()
)
names = st.sampled_from([option.name for option in OPTIONS if option.name != "verbose"])


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flags=st.lists(st.tuples(names, texts | plausible), max_size=6),
    variables=st.dictionaries(names, texts | plausible, max_size=4),
    command=st.lists(texts | plausible, max_size=3),
    kernel_hostname=texts,
    environ=st.dictionaries(st.binary(min_size=1, max_size=3), st.binary(max_size=5), max_size=3),
)
def test_any_input_is_settings_or_mistakes(
    roles: Path,
    flags: list[tuple[str, str]],
    variables: Mapping[str, str],
    command: list[str],
    kernel_hostname: str,
    environ: dict[bytes, bytes],
) -> None:
    """Nothing else comes out: a traceback of pid 1 would end the container."""
    argv = [f"--{name.replace('_', '-')}={value}" for name, value in flags]
    line = read([*argv, "--", *command], {f"INITD_{k.upper()}": v for k, v in variables.items()})
    found = _resolved(line, environ, kernel_hostname)
    if isinstance(found, Settings):
        _assert_complete(found)
    else:
        assert found
        assert all(mistake.where and mistake.what for mistake in found)


def _resolved(
    line: CommandLine, environ: Mapping[bytes, bytes], kernel_hostname: str
) -> Settings | tuple[Mistake, ...]:
    try:
        return resolve(line, environ, kernel_hostname, LIBRARY)
    except Mistakes as mistakes:
        return mistakes.found


def _assert_complete(found: Settings) -> None:
    assert found.command
    assert found.stop_plan
    assert found.target in ("process", "group", "all")
    assert set(found.origins) >= set("command profile stop_signal stop_plan target user".split())


def test_the_origin_of_every_value_is_a_place(roles: Path) -> None:
    """Whatever was given: a flag, a variable, a file, a profile, a default."""
    found = _settings("--role=web", "--user=0", INITD_TARGET="all", CONFIG="x")
    assert all(found.origins.values())


# ---- who gets signals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "behind", "adapts", "looks"),
    [
        ("nginx", "", False, False),
        ("env A=1 nginx", "", False, False),
        ("nginx --target group", "", False, False),
        ("--target group nginx", "", False, True),
        ("app", "", True, True),
        ("npm start", "npm", True, True),
        ("/app/start.sh", "start.sh", True, True),
        ("/entrypoint.sh nginx", "entrypoint.sh", False, True),
        ("--profile unicorn app", "", False, True),
        ("--profile none app", "", False, True),
        ("--stop-plan INT npm start", "npm", False, True),
        ("-r TERM:QUIT app", "", False, True),
    ],
)
def test_whether_a_stop_looks_whom_it_is_for(
    line: str, behind: str, adapts: bool, looks: bool
) -> None:
    """Not where the profile's program is what init starts; and it finds a profile only where
    nobody has said how to stop."""
    found = _settings(*line.split())
    assert (found.behind, found.adapts, found.looks) == (behind, adapts, looks)


def test_a_shell_stays_in_front_unless_it_execs() -> None:
    """As the text of -c says."""
    assert _settings("sh", "-c", "cd /app && nginx").behind == "sh"
    assert _settings("sh", "-c", "cd /app && exec nginx").behind == ""
    assert _settings("sh", "-c", "a; b").behind == "sh"


def test_another_init_looks_at_nothing() -> None:
    """It passes signals on, and so does initd under its name."""
    tini = Emulation(name="tini", transparent=True)
    line = read(("npm", "start"), {})
    assert not resolve(line, {}, KERNEL_NAME, LIBRARY, emulation=tini).looks


def test_what_outlives_the_app_may_have_a_plan() -> None:
    """As a stop has one; the default depends on how the app ends."""
    assert _settings("app").leftovers is None
    found = _settings("--leftovers", "TERM:10 KILL", "app")
    assert found.leftovers is not None
    assert text_of(found.leftovers) == "TERM:10 KILL"
