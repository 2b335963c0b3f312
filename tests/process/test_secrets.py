"""Secrets: from each kind of source to the app, and nowhere else."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nacl.public import Box, PrivateKey, PublicKey

from .namespace import BOUND, INITD, Container, bound, start, status_of, wait_until
from .sleeping import SLEEPS, asleep, memory_files_of
from .test_control import ask

PRIVATE = "75b80b4a693156eb435f4ed2fe397e583f461f09fd99ec2bd1bdef0a56cf6e64"
PUBLIC = "63ccf05a9492e68e12eeb1c705888aebdcc0080af7e594fc402beb24cce9d14f"
#: "1234password", as the ejson program decrypts it.
MESSAGE = (
    "EJ[1:j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX:"
    "YKTx/9rNTCwhH3latt4im0OJfKS7HH0TJQPxYw==]"
)
PASSWORD = "1234password"
#: Prints what it has got, and again at each HUP.
APP = """
trap 'show' HUP
trap 'exit 0' TERM
show() {
    echo "A=$A DB=$DB C=$C X=$X X_FILE=$X_FILE"
    test -z "$CREDENTIALS_DIRECTORY" || (cd "$CREDENTIALS_DIRECTORY" && head -n 1 -- * </dev/null)
    echo shown
}
show
while :; do sleep 1 & wait $!; done
"""
NOBODY = 65534
PATH = {"PATH": os.environ["PATH"]}


class Place:
    """Sources in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.folder, self.keys, self.files = folder, folder / "keys", folder / "files"
        self.ejson, self.socket = folder / "app.ejson", folder / "control.sock"
        self.keys.mkdir(0o700)
        self.files.mkdir()
        (self.keys / PUBLIC).write_text(PRIVATE)
        self.write({"environment": {"A": MESSAGE}})
        (self.files / "DB").write_text("first\n")

    def open_keys(self) -> None:
        """Everybody may read them, on the way to them as well."""
        self.keys = Path(tempfile.mkdtemp(dir="/dev/shm"))
        self.keys.chmod(0o755)
        (self.keys / PUBLIC).write_text(PRIVATE)
        (self.keys / PUBLIC).chmod(0o644)

    def write(self, document: dict[str, Any]) -> None:
        self.ejson.write_text(json.dumps({"_public_key": PUBLIC, **document}))

    def options(self, *sources: str, more: Sequence[str] = ()) -> list[str]:
        words = [word for source in sources for word in ("--secrets", source)]
        keys = ["--ejson-keydir", str(self.keys), "--socket", str(self.socket)]
        return [*words, *keys, *more]

    def start(self, *sources: str, more: Sequence[str] = (), **rest: Any) -> Container:
        return start("sh", "-c", APP, options=self.options(*sources, more=more), **rest)

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(ask(self.socket, b'{"verb":"status"}\n'))
        return answer

    def until_running(self) -> None:
        """The app prints its first line a moment before init knows that it runs."""
        wait_until(lambda: self.status()["state"] == "running", "init knows that the app runs")

    def reload(self) -> dict[str, Any]:
        """Asks pid 1 as `initd reload` does."""
        answer: dict[str, Any] = json.loads(ask(self.socket, b'{"verb":"reload"}\n'))
        return answer


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def shown(box: Container) -> list[str]:
    """What the app has printed about its secrets."""
    lines = []
    while (line := box.stdout.next()) != "shown":
        assert line is not None, box.events()
        lines.append(line)
    return lines


def stop(box: Container) -> None:
    box.kill(signal.SIGTERM)
    assert box.wait() == 0


# ---- sources, and how they reach the app -------------------------------------------------


def test_each_kind_of_source_gives_variables(place: Place) -> None:
    """EJSON's environment, a directory's files, what a command prints, and X for X_FILE."""
    (place.folder / "x").write_text("of x\n")
    sources = [f"ejson:{place.ejson}", f"dir:{place.files}", "exec:printf 'C=a b=c\\n'", "files"]
    env = {**PATH, "X_FILE": str(place.folder / "x"), "A": "of the container"}
    with place.start(*sources, env=env) as box:
        assert shown(box) == [f"A={PASSWORD} DB=first C=a b=c X=of x X_FILE="]
        stop(box)


def test_as_files_they_are_the_apps_users_alone_and_on_memory(place: Place) -> None:
    """Mode 0400, in the directory that CREDENTIALS_DIRECTORY names."""
    script = (
        'id -u; cd "$CREDENTIALS_DIRECTORY" && stat -c "%n %a %u" * . && cat DB A; stat -fc %T .'
    )
    options = place.options(
        f"ejson:{place.ejson}",
        f"dir:{place.files}",
        more=["--secrets-as", "file", "--user", str(NOBODY)],
    )
    with start("sh", "-c", script, options=options) as box:
        lines = box.stdout.rest()
        assert box.wait() == 0
    owned = [f"A 400 {NOBODY}", f"DB 400 {NOBODY}", ". 750 0"]
    assert lines == [str(NOBODY), *owned, "first", PASSWORD + "tmpfs"]


def test_a_name_of_its_own_goes_another_way(place: Place) -> None:
    """One as a file, one not at all, the rest as variables; X_FILE then says where the file is."""
    (place.folder / "x").write_text("of x\n")
    (place.files / "C").write_text("c")
    ways = ["--secret-as", "X=file", "--secret-as", "C=none"]
    env = {**PATH, "X_FILE": str(place.folder / "x")}
    with place.start(f"dir:{place.files}", "files", more=ways, env=env) as box:
        first, *rest = shown(box)
        assert first == "A= DB=first C= X= X_FILE=/run/initd/credentials/X"
        assert rest == ["of x"]
        stop(box)


def test_a_whole_ejson_file_reaches_the_app_decrypted(place: Place) -> None:
    """As Rails reads it: JSON, everything else as it was."""
    place.write({"database": {"password": MESSAGE, "_host": "db"}})
    options = place.options(f"ejson:{place.ejson}", more=["--secret-as", "app.json=file"])
    with start("sh", "-c", 'cat "$CREDENTIALS_DIRECTORY/app.json"; echo', options=options) as box:
        document = json.loads("\n".join(box.stdout.rest()))
        assert box.wait() == 0
    assert document["database"] == {"password": PASSWORD, "_host": "db"}


def test_initd_secrets_lists_names_sources_and_ways_and_no_value(place: Place) -> None:
    """For people and for programs."""
    sources = [f"ejson:{place.ejson}", f"dir:{place.files}"]
    with place.start(*sources, more=["--secret-as", "DB=file"]) as box:
        shown(box)
        place.until_running()
        listed = box.verb("secrets", "--socket", str(place.socket))
        as_json = box.verb("secrets", "--json", "--socket", str(place.socket))
        stop(box)
    rows = [re.split(r"  +", line) for line in listed.stdout.splitlines()]
    assert rows == [
        ["NAME", "SOURCE", "REACHES THE APP AS"],
        ["A", sources[0], "variable A"],
        ["DB", sources[1], "file /run/initd/credentials/DB"],
    ]
    assert json.loads(as_json.stdout)["secrets"][0] == {
        "name": "A", "source": sources[0], "as": "env", "at": "A",
    }  # fmt: skip


# ---- failures ----------------------------------------------------------------------------

FAILURES = {
    "a missing file": (["ejson:/no/such.ejson"], [], "/no/such.ejson: No such file or directory"),
    "a missing directory": (["dir:/no/such"], [], "dir:/no/such: No such file or directory"),
    "a missing command": (["exec:no-such x"], [], "exec:no-such x: no such command"),
    "a command that fails": (["exec:sh -c 'echo A=x; exit 3'"], [], "has ended with exit code 3"),
    "a command that is killed": (["exec:sh -c 'kill -9 $$'"], [], "has ended with signal 9"),
    "a command that hangs": (
        ["exec:sh -c 'sleep 1000 & sleep 1000'"],
        ["--secrets-patience", "0.3"],
        "has not ended in time (--secrets-patience)",
    ),
    "output that is no list": (["exec:printf 'A=1\\nnonsense'"], [], "line 2 of its output is not"),
    "output that is no flat JSON": (
        ["exec:printf '{\"A\": {\"value\": 1}}'"],
        [],
        "'A' is not a string in its JSON, but of type dict",
    ),
    "an unset variable": (["files:X"], [], "the variable X_FILE is not set"),
    "a name that is no variable": (["exec:printf a.b=c"], [], "use --secret-as a.b=file"),
    "a NUL": (["exec:printf 'A=\\000'"], [], "A: contains a NUL"),
    "too long": (
        ["exec:sh -c 'printf A=; head -c 200000 /dev/zero | tr \"\\\\0\" x'"],
        [],
        "A: is too long for a variable: --secret-as A=file",
    ),
    "a key that the app can read": (
        ["ejson:EJSON"],
        ["--user", str(NOBODY)],
        f"the app's user {NOBODY} can read the key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_where_secrets_cannot_be_read_nothing_is_started(place: Place, name: str) -> None:
    """125, one sentence with the source and the place, no traceback; the app never runs."""
    sources, more, sentence = FAILURES[name]
    if "key" in name:
        place.open_keys()
    sources = [source.replace("EJSON", str(place.ejson)) for source in sources]
    options = place.options(*sources, more=more)
    with start("sh", "-c", "echo the app runs", options=options) as box:
        assert box.wait() == 125
        assert box.stdout.rest() == []
        assert box.log_pipe is not None
        said = [line for line in box.log_pipe.rest() if not line.startswith("{")]
    assert len(said) == 1, said
    assert said[0].startswith("initd: --secrets ")
    assert sentence in said[0]


def test_a_stop_ends_a_start_whose_secrets_do_not_come(place: Place) -> None:
    """At once, with the commands: the app has never run."""
    waiting = f"exec:sh -c 'touch {place.folder}/begun; exec sleep 1000'"
    with place.start(waiting, more=["--secrets-patience", "600"]) as box:
        wait_until((place.folder / "begun").exists, "the command runs")
        box.kill(signal.SIGTERM)
        assert box.wait() == 143
        assert box.stdout.rest() == []


def test_at_a_restart_they_are_read_anew_and_waited_for(place: Place) -> None:
    """What could be read once may be away for a while."""
    with place.start(f"dir:{place.files}") as box:
        assert shown(box)[0].startswith("A= DB=first")
        place.until_running()
        hidden = place.folder / "hidden"
        place.files.rename(hidden)
        (hidden / "DB").write_text("second\n")
        assert box.verb("restart", "--socket", str(place.socket)).returncode == 0
        event = box.event("app.start-delayed")
        assert event["why"] == f"--secrets dir:{place.files}: No such file or directory"
        hidden.rename(place.files)
        assert shown(box)[0].startswith("A= DB=second")
        stop(box)


# ---- reload ------------------------------------------------------------------------------


def test_a_reload_without_secrets_is_refused(victim: Path, tmp_path: Path) -> None:
    """With the reason."""
    socket = str(tmp_path / "socket")
    with start(victim, "15=0", options=["--socket", socket]) as box:
        box.stdout.until("ready")
        done = box.verb("reload", "--socket", socket)
        stop(box)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "initd reload: the app was started without --secrets\n"


@pytest.mark.parametrize(
    ("option", "then"),
    [
        ([], "nothing"),
        (["--on-reload", "HUP"], "signal HUP"),
        (["--on-reload", "restart"], "restart"),
    ],
    ids=lambda each: str(each),
)
def test_a_reload_reads_again_and_then_does_what_is_configured(
    place: Place, option: list[str], then: str
) -> None:
    """Nothing, a signal that the app understands, or a new start."""
    more = ["--secrets-as", "file", *option]
    with place.start(f"dir:{place.files}", more=more) as box:
        assert shown(box)[1:] == ["first"]
        place.until_running()
        app = place.status()["app"]["pid"]
        (place.files / "DB").write_text("second\n")
        done = box.verb("reload", "--socket", str(place.socket))
        assert done.stdout == f"the secrets have been read again; then: {then}\n"
        if then == "nothing":
            box.kill(signal.SIGHUP)
        assert shown(box)[1:] == ["second"]
        after = place.status()["app"]["pid"]
        assert (app == after) == (then != "restart")
        stop(box)


def test_a_pid_1_that_sleeps_knows_the_names_and_reads_again(place: Place) -> None:
    """It falls asleep once the reading is over. What it leaves for its waking has no value."""
    (place.files / "DB").write_text("unlikely\n")
    sources = [f"ejson:{place.ejson}", f"dir:{place.files}"]
    with place.start(*sources, more=("--on-reload", "HUP", *SLEEPS)) as box:
        assert shown(box) == [f"A={PASSWORD} DB=unlikely C= X= X_FILE="]
        asleep(box.init_pid)
        left = b"".join(memory_files_of(box.init_pid))
        assert b"app.ejson" in left
        assert b"unlikely" not in left
        assert PASSWORD.encode() not in left
        listed = json.loads(ask(place.socket, b'{"verb":"secrets"}\n'))
        assert [each["name"] for each in listed["secrets"]] == ["A", "DB"]
        asleep(box.init_pid)
        (place.files / "DB").write_text("second\n")
        assert place.reload() == {"ok": True, "then": "signal HUP"}
        assert shown(box) == [f"A={PASSWORD} DB=unlikely C= X= X_FILE="]  # as it was started
        asleep(box.init_pid)
        assert json.loads(ask(place.socket, b'{"verb":"restart"}\n')) == {"ok": True}
        assert shown(box) == [f"A={PASSWORD} DB=second C= X= X_FILE="]
        place.until_running()
        stop(box)


def test_a_reload_that_fails_leaves_all_as_it_was(place: Place) -> None:
    """Whoever asked is told why; the app and its files stay."""
    sources = [f"dir:{place.files}", f"ejson:{place.ejson}"]
    with place.start(*sources, more=["--secrets-as", "file", "--on-reload", "restart"]) as box:
        shown(box)
        place.until_running()
        (place.files / "DB").write_text("second\n")
        place.write({"environment": {"A": "left plain"}})
        done = box.verb("reload", "--socket", str(place.socket))
        assert done.returncode == 1
        assert "environment.A is not encrypted" in done.stderr
        listed = box.verb("secrets", "--socket", str(place.socket)).stdout
        assert "The last reload has failed: --secrets ejson:" in listed
        box.kill(signal.SIGHUP)
        assert [line for line in shown(box)[1:] if "==" not in line and line] == [PASSWORD, "first"]
        stop(box)


def test_a_secret_that_is_gone_is_gone_from_the_files_too(place: Place) -> None:
    """And a new one is there."""
    with place.start(f"dir:{place.files}", more=["--secrets-as", "file", "--on-reload=HUP"]) as box:
        assert shown(box)[1:] == ["first"]
        place.until_running()
        (place.files / "DB").unlink()
        (place.files / "NEW").write_text("new\n")
        assert place.reload() == {"ok": True, "then": "signal HUP"}
        assert shown(box)[1:] == ["new"]
        (place.files / "NEW").unlink()
        assert place.reload() == {"ok": True, "then": "signal HUP"}
        box.stdout.until("A=")
        assert box.stdout.next() == "shown", "there is no file to show"
        stop(box)


def test_readers_never_see_half_a_file(place: Place) -> None:
    """The app reads as fast as it can while the value changes from one letter to another."""
    size = 300_000
    app = f"""
import os, sys
path = os.environ["CREDENTIALS_DIRECTORY"] + "/DB"
seen = set()
print("ready", flush=True)
while "z" not in seen:
    data = open(path).read()
    assert len(data) == {size} and len(set(data)) == 1, "half a file"
    seen.add(data[0])
print(len(seen))
"""
    (place.files / "DB").write_text("a" * size)
    options = place.options(f"dir:{place.files}", more=["--secrets-as", "file"])
    with start(sys.executable, "-c", app, options=options) as box:
        box.stdout.until("ready")
        place.until_running()
        for letter in "bcdefghijklmnopqrstuvwxyz":
            (place.files / "DB").write_text(letter * size)
            assert place.reload() == {"ok": True, "then": "nothing"}
        assert int(box.stdout.rest()[0]) > 2
        assert box.wait() == 0


def test_a_thousand_reloads_leak_nothing(place: Place) -> None:
    """No descriptor, no zombie, no memory, no file."""
    with place.start(f"dir:{place.files}", more=["--secrets-as", "file"]) as box:
        shown(box)
        place.until_running()
        for _ in range(50):
            place.reload()
        _wait_for_readers(box)
        before = (_descriptors(box), _private(box))
        for _ in range(950):
            assert place.reload()["ok"]
        _wait_for_readers(box)
        after = (_descriptors(box), _private(box))
        left = os.listdir(f"/proc/{box.init_pid}/root/run/initd/credentials")
        stop(box)
    assert after[0] == before[0]
    assert after[1] - before[1] <= 64
    assert left == ["DB"]


def _wait_for_readers(box: Container) -> None:
    """While one lives, pages are shared with it."""

    def names() -> set[str]:
        with contextlib.suppress(OSError):
            return {status_of(pid)["Name"] for pid in box.tree()}
        return {"initd-secrets"}

    wait_until(lambda: "initd-secrets" not in names() and not box.zombies(), "readers are gone")


def _descriptors(box: Container) -> list[str]:
    return sorted(os.listdir(f"/proc/{box.init_pid}/fd"))


def _private(box: Container) -> int:
    """Private memory of pid 1, in kB."""
    text = Path(f"/proc/{box.init_pid}/smaps_rollup").read_text()
    return sum(int(each) for each in re.findall(r"Private_\w+:\s+(\d+)", text))


# ---- nowhere else ------------------------------------------------------------------------

MARKER = "Mm4rk3rV4lu3Nobody3ls3Has"


def sealed(text: str) -> str:
    """As ejson encrypts it."""
    one_time = PrivateKey.generate()
    made = Box(one_time, PublicKey(bytes.fromhex(PUBLIC))).encrypt(text.encode())
    parts = (bytes(one_time.public_key), made.nonce, made.ciphertext)
    return f"EJ[1:{':'.join(base64.b64encode(part).decode() for part in parts)}]"


def _holders(box: Container) -> dict[str, list[int]]:
    """Where the marker is to be found: in which processes' memory, environment, words."""
    needle = MARKER.encode()
    found: dict[str, list[int]] = {"memory": [], "environ": [], "cmdline": []}
    for pid, inside in box.tree().items():
        with contextlib.suppress(OSError):
            for part in ("environ", "cmdline"):
                if needle in Path(f"/proc/{pid}/{part}").read_bytes():
                    found[part].append(inside)
            if needle in _memory(pid):
                found["memory"].append(inside)
    return found


def _memory(pid: int) -> bytes:
    """All that the process can read of itself, but for what the kernel maps."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, mode, *_ = line.split()
            if "r" in mode and "[v" not in line:
                begin, end = (int(each, 16) for each in span.split("-"))
                memory.seek(begin)
                with contextlib.suppress(OSError):
                    parts.append(memory.read(end - begin))
    return b"\n".join(parts)


@pytest.mark.parametrize("way", ["env", "file"])
def test_a_value_is_nowhere_but_in_the_app(place: Place, way: str) -> None:
    """Of each kind of source: no process's memory, environment or words have it, no log, no
    answer, no page, but for those of the app."""
    place.write({"environment": {"A": sealed(f"{MARKER}-A")}})
    (place.files / "DB").write_text(f"{MARKER}-DB\n")
    (place.folder / "x").write_text(f"{MARKER}-X\n")
    (place.folder / "c").write_text(f"C={MARKER}-C\n")
    sources = [
        f"ejson:{place.ejson}", f"dir:{place.files}", f"exec:cat {place.folder}/c", "files",
    ]  # fmt: skip
    more = ["--secrets-as", way, "-vvv", "--check", "up process"]
    more += ["--on-reload", "HUP", "--http", str(place.folder / "http.sock")]
    env = {**PATH, "X_FILE": str(place.folder / "x")}
    app = [
        "sh",
        "-c",
        "trap 'exit 0' TERM; trap 'echo again' HUP; echo begun;"
        " while :; do sleep 1000 & wait $!; done",
    ]
    options = place.options(*sources, more=more)
    with start(*app, options=options, env=env) as box:
        assert box.stdout.next() == "begun"
        place.until_running()
        assert place.reload() == {"ok": True, "then": "signal HUP"}
        assert box.stdout.next() == "again"
        wait_until(lambda: place.status()["monitor"]["pid"], "the monitor runs")
        _wait_for_readers(box)
        inside = place.status()
        app_pids = {inside["app"]["pid"]} | {
            pid for outer, pid in box.tree().items() if status_of(outer)["Name"] == "sleep"
        }
        found = _holders(box)
        said = [
            box.verb(*verb, "--socket", str(place.socket)).stdout
            for verb in (["status"], ["status", "--json"], ["secrets"], ["health", "-v"])
        ]
        for page in ("/", "/metrics", "/health", "/status.json"):
            said.append(_page(place.folder / "http.sock", page))
        init = box.init_pid
        assert "_sodium" not in Path(f"/proc/{init}/maps").read_text()
        box.kill(signal.SIGTERM)
        assert box.wait() == 0
        assert box.log_pipe is not None
        box.log_pipe.rest()
        log = "\n".join(box.log_pipe.seen)
    assert found["cmdline"] == []
    assert set(found["environ"]) == (app_pids if way == "env" else set())
    assert set(found["memory"]) <= app_pids, "pid 1, shim and monitor have none"
    assert set(found["memory"]) == (app_pids if way == "env" else set())
    assert MARKER not in "".join(said) + log
    assert "secrets.read" in log


def _page(socket: Path, path: str) -> str:
    command = ["curl", "-s", "--unix-socket", str(socket), f"http://initd{path}"]
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_whoever_has_values_before_the_app_can_be_looked_into_by_nobody_else() -> None:
    """The process that reads them, and the app's until its exec: neither a debugger of the same
    user nor a core dump gets anything. The kernel gives files of such processes to root."""
    place = Place(Path(tempfile.mkdtemp(dir="/dev/shm")))
    place.files.chmod(0o755)
    begun = place.folder / "begun"
    place.folder.chmod(0o777)
    sources = [f"dir:{place.files}", f"exec:sh -c 'touch {begun}; exec sleep 1000'"]
    before = [*bound(), "setpriv", "--reuid", str(NOBODY), "--regid", "1", "--clear-groups"]
    options = place.options(*sources)
    with start("true", options=options, before=before, launcher=BOUND) as box:
        wait_until(lambda: begun.exists() and "sleep" in _names(box), "the command runs")
        of_root: set[str] = set()
        of_user: set[str] = set()
        for pid in box.tree():
            name = status_of(pid)["Name"]
            mine = os.stat(f"/proc/{pid}/environ").st_uid == NOBODY
            (of_user if mine else of_root).add(name)
        box.kill(signal.SIGTERM)
        assert box.wait() == 143
    shutil.rmtree(place.folder)
    assert of_root == {"initd-secrets", "ppidshim"}, "the latter is the app's, before its exec"
    assert of_user == {"initd", "ppidshim", "sleep"}


def _names(box: Container) -> set[str]:
    """What runs in the container; processes may end meanwhile."""
    found = set()
    for pid in box.tree():
        with contextlib.suppress(OSError):
            found.add(status_of(pid)["Name"])
    return found


# ---- the image ---------------------------------------------------------------------------


def test_check_and_compile_put_no_value_into_the_image(place: Place) -> None:
    """Neither of an env file nor of any source: not in what they print, nor in the layer that
    they leave. What is written there is the upper directory of an overlay over this machine."""
    mounted = place.folder / "mounted"
    mounted.mkdir()
    (mounted / "app.env").write_text(f"TOKEN={MARKER}\n")
    (mounted / "wrong.env").write_text(f"TOKEN=x\n{MARKER} y\n")
    (mounted / "DB").write_text(MARKER)
    place.write({"environment": {"A": sealed(MARKER)}})
    sources = f'["dir:/mnt", "ejson:{place.ejson}"]'
    config = mounted / "initd.toml"
    config.write_text(f'[app]\nenv_files = ["/mnt/app.env"]\n[secrets]\nsources = {sources}\n')
    build = mounted / "build"
    build.write_text(f"""
cp /mnt/initd.toml /etc/initd.toml
{INITD} check true
{INITD} check --json true
{INITD} compile true
{INITD} compile --secrets files true
X_FILE=/mnt/DB {INITD} check --secrets files true
mv /etc/initd.toml.compiled /etc/compiled; rm /etc/initd.toml
{INITD} check --env-file /mnt/app.env true
{INITD} check --env-file /mnt/wrong.env true
{INITD} compile --env-file /mnt/app.env true
{INITD} compile -- true
""")
    over = place.folder / "over"
    script = f"""
mkdir {over}; mount -t tmpfs tmpfs {over}; cd {over}; mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount --rbind /proc root/proc; mount --rbind /dev root/dev
mount --bind {place.folder} root{place.folder}; mount --bind {mounted} root/mnt
chroot root sh /mnt/build
echo ---- the layer
find upper -type f
echo ---- with a value
grep -rl {MARKER} upper || true
"""
    command = ["unshare", "--mount", "sh", "-ec", script]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, _, rest = done.stdout.partition("---- the layer\n")
    layer, _, with_value = rest.partition("---- with a value\n")
    assert MARKER not in said + done.stderr
    assert done.stderr.count("no plan: --secrets: ") == 2
    assert "no plan: --env-file: its values would be in the image" in done.stderr
    assert "/mnt/wrong.env, line 2: expected NAME=VALUE\n" in done.stderr
    assert {"upper/etc/compiled", "upper/etc/initd/start.plan"} <= set(layer.splitlines())
    assert with_value == ""
