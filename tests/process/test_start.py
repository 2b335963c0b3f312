"""What the app is started with, and what happens when it can't be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .namespace import BOUND, INITD, ONE_FILE, bound, start, wait_until
from .shell import Shell

AS_SOMEBODY = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
SHOW_SELF = "grep -E '^(Sig(Blk|Ign|Pnd)|Uid|Gid|Groups|Umask)' /proc/self/status"


def output_of(*command: str, code: int = 0, **how: object) -> list[str]:
    """The lines that the app writes."""
    with start(*command, **how) as container:  # type: ignore[arg-type]
        lines = container.stdout.rest()
        assert container.wait() == code, container.events()
    return lines


def complaint_of(*command: str, code: int, **how: object) -> str:
    """The one line for people, where nothing was started."""
    with start(*command, **how) as container:  # type: ignore[arg-type]
        assert container.wait() == code
        assert container.stdout.rest() == []
        assert container.log_pipe is not None
        said = [line for line in container.log_pipe.rest() if not line.startswith("{")]
    assert len(said) == 1, said
    return said[0]


def test_init_shim_and_app_are_pids_1_2_and_3() -> None:
    """By their natural order: nothing has taken a pid before."""
    assert output_of("sh", "-c", "echo $$ $PPID", private_run=False) == ["3 2"]


def test_pids_are_asked_for_where_the_next_ones_would_be_others() -> None:
    """The wrapper has used pid 2 and more by then; with CAP_SYS_ADMIN they are had again."""
    assert output_of("sh", "-c", "echo $$ $PPID") == ["3 2"]


def test_without_the_capability_the_pids_are_what_comes_and_ppid_is_not_1() -> None:
    """As under an engine that drops CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE."""
    dropped = "-sys_admin,-checkpoint_restore"
    command = f'true; exec setpriv --bounding-set {dropped} {INITD} -- sh -c "echo \\$\\$ \\$PPID"'
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--", "bash", "-c"]
    said = subprocess.run([*words, "/bin/true; " + command], capture_output=True, text=True)
    pid, ppid = map(int, said.stdout.split())
    assert (pid, ppid) == (4, 3), "pid 2 was /bin/true"


def test_the_app_starts_with_an_empty_mask_and_default_dispositions() -> None:
    """CPython ignores SIGPIPE and SIGXFSZ and init blocks everything: none of it is passed on."""
    lines = output_of("sh", "-c", SHOW_SELF)
    facts = dict(line.split(":", 1) for line in lines)
    assert {int(facts[name], 16) for name in ("SigBlk", "SigIgn", "SigPnd")} == {0}


def test_the_app_gets_the_environment_of_the_container_and_nothing_else() -> None:
    """In the C locale CPython adds LC_CTYPE to its own environment: the app must not see it."""
    given = {"PATH": os.environ["PATH"], "LANG": "C", "A": "1 = 2", "EMPTY": ""}
    lines = output_of("/usr/bin/env", env=given, private_run=False)
    assert sorted(lines) == sorted(f"{name}={value}" for name, value in given.items())


def test_the_app_inherits_no_descriptor_of_inits() -> None:
    """0, 1, 2, and what init itself was given (test_descriptors.py): none of init's own."""
    reading, writing = os.pipe()
    for given in ([], [writing]):
        lines = output_of("sh", "-c", "ls /proc/$$/fd", pass_fds=given)
        assert set(lines) == {"0", "1", "2", *map(str, given)}
    os.close(reading)
    os.close(writing)


def test_the_shim_keeps_no_descriptor_that_the_app_could_close(victim: Path) -> None:
    """Init keeps them for its log; the shim keeps its report pipe alone."""
    with start(victim, "15=0") as container:
        container.stdout.until("ready")
        held = f"/proc/{container.host_pid(2)}/fd"
        wait_until(lambda: os.listdir(held) == ["3"], "the shim has closed the others")
        container.kill(15)
        assert container.wait() == 0


def test_closed_standard_descriptors_become_dev_null() -> None:
    """Or init's first socket would be the app's stderr."""
    words = ["sh", "-c", 'exec "$@" 0<&- 2>&-', "sh"]
    lines = output_of("sh", "-c", "readlink /proc/$$/fd/0 /proc/$$/fd/2", before=words)
    assert lines == ["/dev/null", "/dev/null"]


def test_a_stopped_up_path_finds_the_right_file(tmp_path: Path) -> None:
    """A file without the execute bit is passed over for one further along PATH."""
    for folder, mode in (("first", 0o644), ("second", 0o755)):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "the-app"
        program.write_text(f"#!/bin/sh\necho {folder}\n")
        program.chmod(mode)
    path = f"{tmp_path}/first:{tmp_path}/second:{os.environ['PATH']}"
    assert output_of("the-app", env={"PATH": path}) == ["second"]


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [
        (["no-such-command"], 127, "No such file or directory"),
        (["/no/such/file"], 127, "No such file or directory"),
        ([""], 127, "No such file or directory"),
        (["/etc/passwd"], 126, "Permission denied"),
        (["/etc"], 126, "Permission denied"),
    ],
)
def test_a_command_that_can_not_be_run(command: list[str], code: int, reason: str) -> None:
    """One line that names it; the codes are a shell's."""
    said = complaint_of(*command, code=code)
    assert f"{command[0]!r}: {reason}" in said


def test_a_script_whose_interpreter_is_missing_says_so(tmp_path: Path) -> None:
    """The kernel's word for it is that of a script that is not there."""
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    said = complaint_of(str(script), code=127)
    assert said.endswith("(the file itself, or the interpreter that it names)")


def test_a_file_of_no_known_format_is_126(tmp_path: Path) -> None:
    """A script without #! is not run through a shell that nobody asked for."""
    script = tmp_path / "script"
    script.write_text("echo hello\n")
    script.chmod(0o755)
    assert "Exec format error" in complaint_of(str(script), code=126)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (["--stop-plan", "QIUT:20 KILL"], "did you mean QUIT?"),
        (["--rewrite", "TERM"], "use IN:OUT"),
        (["--target", "everyone"], "use process, group or all"),
        (["--user", "nobody-of-that-name"], "/etc/passwd"),
        (["--umask", "9"], "octal"),
        (["--stpo-plan", "TERM"], "did you mean --stop-plan?"),
        (["--profile", "unicron"], "unicorn"),
        (["--hostname", "-bad-"], "hyphens"),
        (["--env-file", "/no/such/file"], "/no/such/file"),
        (["--role", "web"], "/container/roles.json"),
        (["--limit", "nofiles=1"], "nofile"),
    ],
)
def test_a_mistake_is_one_line_and_125_and_starts_nothing(options: list[str], where: str) -> None:
    """It says what is wrong, where, and what would be right."""
    said = complaint_of("sh", "-c", "echo started", code=125, options=options)
    assert options[0] in said
    assert where in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--chdir", "/no/such/directory"], "--chdir"),
        (["--limit", "nofile=999999999999"], "--limit"),
    ],
)
def test_what_only_the_kernel_can_refuse_is_125_too(options: list[str], said: str) -> None:
    """The shim's child gets so far and no further: nothing runs."""
    assert said in complaint_of("sh", "-c", "echo started", code=125, options=options)


def test_user_group_directory_umask_and_limits_are_the_apps() -> None:
    """And only the app's: init keeps its own."""
    options = ["--user", "daemon", "--chdir", "/tmp", "--umask", "027", "--limit", "nofile=99:200"]
    script = f"pwd; ulimit -Sn; ulimit -Hn; echo $HOME $USER $LOGNAME; {SHOW_SELF}"
    lines = output_of("sh", "-c", script, options=options)
    assert lines[:4] == ["/tmp", "99", "200", "/usr/sbin daemon daemon"]
    facts = dict(line.split(":", 1) for line in lines[4:])
    assert facts["Uid"].split() == facts["Gid"].split() == ["1"] * 4
    assert facts["Groups"].split() == ["1"]
    assert facts["Umask"].strip() == "0027"


def test_a_number_without_an_entry_is_a_user_with_a_group_of_its_own() -> None:
    """Never root's group, which a forgotten file may be open to."""
    facts = dict(
        line.split(":", 1) for line in output_of("sh", "-c", SHOW_SELF, options=["--user", "54321"])
    )
    assert facts["Uid"].split() == facts["Gid"].split() == ["54321"] * 4
    assert facts["Groups"].split() == ["54321"]


def test_an_env_file_adds_to_the_environment_and_wins(tmp_path: Path) -> None:
    """As systemd's EnvironmentFile does."""
    file = tmp_path / "env"
    file.write_text("# secrets\nA=from the file\n\nB=x=y\n")
    env = {"PATH": os.environ["PATH"], "A": "from the container"}
    lines = output_of("sh", "-c", "echo $A; echo $B", options=["--env-file", str(file)], env=env)
    assert lines == ["from the file", "x=y"]


def test_arguments_are_bytes_and_arrive_as_they_were() -> None:
    """Not every command line is UTF-8, nor every locale."""
    for locale in ("C", "C.UTF-8", "en_US.ISO-8859-1"):
        env = {"PATH": os.environ["PATH"], "LC_ALL": locale}
        script = 'printf %s "$1" | od -An -tx1'
        for private in (True, False):
            words = ["sh", "-c", script, "sh", os.fsdecode(b"\xff\xc3\xa9 x")]
            assert output_of(*words, env=env, private_run=private) == [" ff c3 a9 20 78"]


def test_a_fork_that_is_refused_is_tried_again() -> None:
    """Out of pids is not the end: with the limit raised the app starts after all."""
    before = [*bound(), *AS_SOMEBODY, "prlimit", "--nproc=1:100"]
    with start("sh", "-c", "echo started", before=before, launcher=BOUND) as container:
        assert container.event("app.start-delayed")["seconds"] == 0.1
        more = ["prlimit", f"--pid={container.init_pid}", "--nproc=100:100"]
        subprocess.run([*AS_SOMEBODY, *more], check=True)
        assert container.stdout.next() == "started"
        assert container.wait() == 0


def test_a_stop_ends_the_tries() -> None:
    """There is no app to pass it on to, and nobody waits for one."""
    before = [*bound(), *AS_SOMEBODY, "prlimit", "--nproc=1:1"]
    with start("sh", "-c", "echo started", before=before, launcher=BOUND) as container:
        container.event("app.start-delayed")
        container.kill(15)
        assert container.wait() == 128 + 15
        assert container.stdout.rest() == []


def test_it_works_without_proc() -> None:
    """Some sandboxes mount none: the launcher finds itself by its auxiliary vector."""
    words = ["unshare", "--pid", "--fork", "--mount", "--kill-child", "--", "sh", "-c"]
    script = f'mount -t tmpfs tmpfs /proc && exec {INITD} -- sh -c "echo \\$PPID; exit 5"'
    said = subprocess.run([*words, script], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (5, "2\n"), said.stderr


def test_it_works_without_dev_and_without_descriptors() -> None:
    """What stands in for /dev/null reads as empty and refuses what is written."""
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-c"]
    app = "cat && ! echo lost && exit 5"
    script = f"mount -t tmpfs tmpfs /dev && exec {INITD} -- sh -c '{app}' 0<&- 1>&- 2>&-"
    said = subprocess.run([*words, script], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (5, ""), said.stderr


def test_target_all_reaches_everybody_without_proc() -> None:
    """With a monitor, which nobody can tell from the others then."""
    app = """trap 'echo app; exit 0' TERM
    sh -c 'trap "echo child; exit 0" TERM; echo ready; while :; do sleep 0.02; done' &
    while :; do sleep 0.02; done"""
    inside = ["sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$@"', "sh", INITD]
    options = ["--target", "all", "--check", "there file /etc/passwd"]
    with start("sh", "-c", app, options=options, init=inside) as box:
        box.stdout.until("ready")
        box.event("check.passes")
        box.kill(15)
        assert sorted(box.stdout.rest()) == ["app", "child"]
        box.wait()


def test_without_proc_and_pid_1_target_all_reaches_the_apps_group(victim: Path) -> None:
    """The kernel has no other way to it there, and a warning says so. What has left the group ends
    with its own, or not at all; a stop and its exit code are as ever."""
    script = f"trap 'exit 5' TERM; {victim} 10=0 15=0 & while :; do sleep 0.02; done"
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$@"', "sh"]
    options = ["--target", "all"]
    with start("sh", "-c", script, options=options, pid_1=False, before=hidden) as box:
        box.stdout.until("ready")
        assert "group" in box.event("init.no-proc")["why"]
        os.kill(box.process.pid, signal.SIGWINCH)
        assert box.stdout.next() == "got 28"
        os.kill(box.process.pid, signal.SIGTERM)
        assert box.wait() == 5
        assert "got 15" in box.stdout.rest()


def test_a_check_runs_its_command_without_dev() -> None:
    """It finds nothing to read on its stdin all the same."""
    inside = ["sh", "-c", 'mount -t tmpfs tmpfs /dev && exec "$@"', "sh", INITD]
    options = ["--check", "empty exec -- sh -c 'exit $(wc -c)'"]
    with start("sleep", "100", options=options, init=inside) as box:
        assert box.event("check.passes")["check"] == "empty"
        box.kill(15)
        box.wait()
        assert not [each for each in box.events() if each["event"] == "monitor.bug"]


def test_the_package_may_be_in_lib64(tmp_path: Path) -> None:
    """Where Fedora and its kin install what has compiled parts."""
    version = f"python3.{sys.version_info.minor}"
    site_packages = Path(INITD).parents[1] / "lib" / version / "site-packages"
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib64" / version).mkdir(parents=True)
    (tmp_path / "lib64" / version / "site-packages").symlink_to(site_packages)
    (tmp_path / "bin" / version).symlink_to(os.path.realpath(sys.executable))
    launcher = shutil.copy(INITD, tmp_path / "bin" / "initd")
    said = subprocess.run([launcher, "--version"], capture_output=True, text=True)
    assert (said.returncode, said.stdout[:6]) == (0, "initd "), said.stderr


def test_options_are_variables_too() -> None:
    """A flag wins over its variable."""
    env = {"PATH": os.environ["PATH"], "INITD_UMASK": "077", "INITD_CHDIR": "/tmp"}
    lines = output_of("sh", "-c", "pwd; umask", options=["--umask", "027"], env=env)
    assert lines == ["/tmp", "0027"]


def test_the_app_has_a_process_group_or_a_session_of_its_own(victim: Path) -> None:
    """A group by default, so that job control works; a session where asked."""
    for options, session in (([], 1), (["--session"], 3)):
        with start(victim, "15=0", options=options, private_run=False) as container:
            _, pid, _, group, its_session = container.stdout.until("ready").split()
            inside = (int(pid), int(group), int(its_session))
            container.kill(15)
            container.wait()
        assert inside[:2] == (3, 3)
        assert (inside[2] == 3) == (session == 3)


def test_help_and_version_are_answered_on_stdout() -> None:
    """And end with 0, started by anybody."""
    for flag, start_of_answer in (("--help", "Usage: initd"), ("--version", "initd ")):
        said = subprocess.run([INITD, flag], capture_output=True, text=True)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.startswith(start_of_answer)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "app"]], ids=" ".join)
def test_what_is_asked_for_and_can_not_be_written_is_a_failure(words: list[str]) -> None:
    """A full disk: exit code 1, and no traceback."""
    with open("/dev/full", "wb") as full:
        said = subprocess.run([INITD, *words], stdout=full, stderr=subprocess.PIPE)
    assert (said.returncode, said.stderr) == (1, b"")


def test_an_answer_longer_than_the_buffer_fails_in_the_same_way() -> None:
    """The verb itself gets the error, and says which one."""
    with open("/dev/full", "wb") as full:
        said = subprocess.run([INITD, "completion", "bash"], stdout=full, stderr=subprocess.PIPE)
    assert (said.returncode, said.stderr) == (1, b"initd completion: No space left on device\n")


def test_as_without_a_name_is_a_mistake() -> None:
    """One line, and no traceback."""
    said = subprocess.run([INITD, "--as"], capture_output=True, text=True)
    assert said.returncode == 125
    assert said.stderr.startswith("initd: --as: unknown init '': use tini, ")


def test_a_misspelt_verb_is_told_of_the_right_one() -> None:
    """It would be a program that can't be found, as any other name that is none is."""
    for word, code, said in (
        ("helth", 125, "initd: helth: unknown verb, and no program in PATH has that name: did you"),
        ("reloda", 125, "did you mean reload?"),
        ("webserver", 127, "initd: cannot run 'webserver'"),
    ):
        done = subprocess.run([INITD, word], capture_output=True, text=True)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    done = subprocess.run([INITD, "--", "helth"], capture_output=True, text=True)
    assert done.returncode == 127, "said to be a program"


@pytest.mark.parametrize("launcher", ["initd", "tini"])
def test_a_misspelt_variable_keeps_the_app_from_starting(launcher: str, tmp_path: Path) -> None:
    """Under another init's name too."""
    (tmp_path / "tini").symlink_to(INITD)
    program = INITD if launcher == "initd" else tmp_path / "tini"
    env = {**os.environ, "INITD_STOPPLAN": "QUIT"}
    done = subprocess.run([program, "echo", "ran"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (125, "")
    assert "INITD_STOPPLAN: unknown variable, which sets nothing: did you" in done.stderr


def test_a_variable_that_sets_nothing_is_in_the_log_and_what_engines_inject_is_not() -> None:
    """The app gets all of them."""
    injected = {"INITD_SERVICE_HOST": "10.0.0.1", "INITD_PORT": "tcp://10.0.0.1:80"}
    env = {**os.environ, **injected, "INITD_DEBUG": "1"}
    with start("sh", "-c", "echo $INITD_DEBUG $INITD_PORT", env=env) as container:
        assert container.wait() == 0
        assert container.stdout.rest() == ["1 tcp://10.0.0.1:80"]
        warned = [each for each in container.events() if each["event"] == "config.warning"]
    assert [(each["where"], each["level"]) for each in warned] == [("INITD_DEBUG", "warning")]


ROLES = '{"web": "echo web $0 $COLOUR", "shell.shell": "echo $0 \\"$1\\" | tr a-z A-Z"}'


@pytest.fixture
def container_folder() -> Iterator[None]:
    """/container, where a machine has none: a container mounts its own over it."""
    there = Path("/container")
    made = not there.exists()
    there.mkdir(exist_ok=True)
    yield
    if made:
        there.rmdir()


def with_roles(text: str) -> list[str]:
    """A container whose image has these roles."""
    script = 'mount -t tmpfs tmpfs /container && printf %s "$0" >/container/roles.json && exec "$@"'
    return ["sh", "-c", script, text]


@pytest.mark.usefixtures("container_folder")
def test_a_role_is_what_the_image_says_it_is() -> None:
    """Split into words, or a shell's; what stands behind the options is added."""
    env = {"PATH": os.environ["PATH"], "COLOUR": "blue"}
    shown = ["--role", "shell"]
    with start("here", "x", options=shown, before=with_roles(ROLES), env=env) as box:
        assert box.stdout.rest() == ["SHELL HERE"]
    with start(
        options=["--role", "web"], before=with_roles('{"web": "echo $COLOUR"}'), env=env
    ) as box:
        assert box.stdout.rest() == ["blue"]


@pytest.mark.usefixtures("container_folder")
def test_a_console_role_does_not_speak_json_to_a_person() -> None:
    """`docker exec -it CONTAINER initd --role console`, in an image that asks for JSON."""
    console = with_roles('{"console.shell": "echo at the console; exit 3"}')
    inside = ["unshare", "--mount", *console, INITD, "--role", "console"]
    with Shell(inside, {"INITD_LOG_FORMAT": "json"}) as terminal:
        assert '{"' not in terminal.expect("init.exit")
        assert "at the console\r\n" in terminal.text


@pytest.mark.usefixtures("container_folder")
def test_roles_are_listed_and_an_unknown_one_is_told_the_nearest() -> None:
    """Exit code 0; 125 with the roles that there are."""
    with start(options=["--list-roles"], before=with_roles(ROLES)) as box:
        assert [line.split()[0] for line in box.stdout.rest()] == ["shell", "web"]
        assert box.wait() == 0
    with start(options=["--role", "wbe"], before=with_roles(ROLES)) as box:
        assert box.wait() == 125
        assert box.log_pipe is not None
        (line,) = box.log_pipe.rest()
    assert line.endswith("unknown role 'wbe' in /container/roles.json: did you mean web?")


def test_an_end_is_heard_of_where_sigchld_came_ignored(victim: Path) -> None:
    """exec keeps that, and then the kernel itself reaps: nobody would tell of the end of an
    app whose shim is gone."""
    with start(victim, "15=4", init=["env", "--ignore-signal=CHLD", INITD]) as container:
        container.event("app.started")
        os.kill(container.host_pid(2), signal.SIGKILL)
        container.event("shim.lost")
        container.kill(signal.SIGTERM)
        assert container.wait() == 4


# ---- limits that leave little ---------------------------------------------------------------


@pytest.mark.parametrize("count", [900, 5000, 9000])
def test_words_that_fill_the_stack_do_not_crash_init(count: int) -> None:
    """The one file takes a new stack; an interpreter of the image's can't, and it says so."""
    words = ["prlimit", "--stack=131072", INITD, "--", "/bin/sh", "-c", "exit 7", *["abc"] * count]
    ended = subprocess.run(words, env={}, capture_output=True, text=True)
    if ONE_FILE or count < 9000:
        assert ended.returncode == 7
    else:
        assert ended.returncode == 125
        assert "leave too little of the stack (ulimit -s)" in ended.stderr


@pytest.mark.parametrize("mebibytes", [13, 17, 20])
def test_a_limit_of_memory_ends_in_a_sentence_or_in_a_start(mebibytes: int, tmp_path: Path) -> None:
    """Never in a traceback: below 16 MiB no interpreter could say anything."""
    file = tmp_path / "initd.toml"
    file.write_text("[app.env]\nA = '7'\n")
    limited = ["prlimit", f"--as={mebibytes << 20}", INITD, "--config", str(file)]
    ended = subprocess.run([*limited, "--", "sh", "-c", "exit 7"], capture_output=True, text=True)
    lines = [line for line in ended.stderr.split("\n") if line and not line.startswith("{")]
    if ended.returncode == 7:
        assert (mebibytes > 16, lines) == (True, [])
    else:
        assert ended.returncode == 125
        assert [line.startswith("initd: cannot start: ") for line in lines] == [True]
