"""Programs that replace themselves while they serve, and programs that put themselves in the
background: real ones."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .drain import script
from .namespace import Container, start, wait_until

#: Answers at once, and /slow after two seconds; both with the pid of who answers.
RACK = """
run lambda { |env|
  sleep 2 if env["PATH_INFO"] == "/slow"
  [200, {"Content-Type" => "text/plain"}, [Process.pid.to_s]]
}
"""
WSGI = """
import os, time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""
NGINX = """
pid {run}/nginx.pid; error_log stderr; {more}
events {{}}
http {{
  access_log off; client_body_temp_path {run}/b; proxy_temp_path {run}/p;
  fastcgi_temp_path {run}/f; uwsgi_temp_path {run}/u; scgi_temp_path {run}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 served; }} }}
}}
"""
MOJO = """
use Mojolicious::Lite -signatures;
app->config(hypnotoad => {{listen => ['http://127.0.0.1:{port}'], workers => 2,
  pid_file => '{run}/hypnotoad.pid'}});
get '/' => sub ($c) {{ $c->render(text => $$) }};
get '/slow' => sub ($c) {{ sleep 2; $c->render(text => $$) }};
app->start;
"""

#: The pid of the worker that answers; /slow takes two seconds.
HAPROXY = """
global
    lua-load {run}/slow.lua
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout http-keep-alive 1s
frontend web
    bind 127.0.0.1:{port}
    http-request use-service lua.slow if {{ path /slow }}
    http-request return status 200 content-type text/plain lf-string %pid
"""
LUA = """
core.register_service("slow", "http", function(applet)
    core.msleep(2000)
    applet:set_status(200)
    applet:add_header("content-length", 4)
    applet:start_response()
    applet:send("slow")
end)
"""


@pytest.fixture
def port() -> int:
    """One that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Path:
    """nginx's configuration without `daemon off`."""
    conf = tmp_path / "nginx.conf"
    conf.write_text(NGINX.format(run=tmp_path, port=port, more=""))
    return conf


#: What wrk would do; but wrk counts each of Mojolicious' answers on a connection that is then
#: closed as an error of its own. And where a connection ends before a byte of the answer has come,
#: it asks once more, as browsers and proxies do: a worker of hypnotoad's that is replaced may
#: reset one that it has just accepted (1 run of 60 without any init).
CLIENT = """
import signal, sys, threading, urllib.request
done, wrong = [], []
def answer():
    with urllib.request.urlopen(sys.argv[1], timeout=60) as answer:
        assert answer.read()
def ask():
    while True:
        try:
            try:
                answer()
            except ConnectionResetError:
                answer()
            done.append(1)
        except Exception as error:
            wrong.append(repr(error))
for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
signal.sigwait([signal.SIGINT])
print(len(done), "requests in all")
print(*(f"errors: {each}" for each in wrong), sep=chr(10))
"""


class Load:
    """Thousands of requests, each on a connection of its own, until it is stopped."""

    WRK = ("wrk", "-t1", "-c2", "-d120s", "-H", "Connection: close")
    PYTHON = (sys.executable, "-c", CLIENT)

    def __init__(self, port: int, words: Sequence[str] = WRK) -> None:
        self.process = subprocess.Popen(
            [*words, f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE, text=True
        )

    def stop(self) -> tuple[int, str]:
        """How many were answered, and what has gone wrong."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=60)
        wrong = [line for line in said.splitlines() if "errors" in line or "Non-2xx" in line]
        found = re.search(r"(\d+) requests in", said)
        assert found, said
        return int(found[1]), "; ".join(wrong)

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def served(
    *words: str, folder: Path, port: int, options: Sequence[str] = ()
) -> Iterator[Container]:
    """A container whose program serves. Its log is a file: servers log each request."""
    with (
        open(folder / "log", "wb") as log,
        start(*words, options=options, stdout=log, stderr=log) as container,
    ):
        wait_until(lambda: answers(port), "it serves")
        yield container


def logged(folder: Path, event: str) -> list[dict[str, Any]]:
    """All of these that init has logged so far."""
    lines = (folder / "log").read_text(errors="replace").splitlines()
    found = [json.loads(line) for line in lines if line.startswith('{"timestamp"')]
    return [each for each in found if each["event"] == event]


def answer(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as response:
        return str(response.read().decode())


def answers(port: int) -> bool:
    try:
        return bool(answer(port))
    except OSError:
        return False


def slow_answer(port: int) -> subprocess.Popen[str]:
    """A request that is in flight for two seconds."""
    words = ["curl", "-sS", "-w", " %{http_code}", f"http://127.0.0.1:{port}/slow"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def app_of(container: Container) -> int:
    pid: int = container.status()["app"]["pid"]
    return pid


def children_of(container: Container, pid: int) -> set[int]:
    """Of this process, as the container sees them."""
    outside = container.host_pid(pid)
    found = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()
    tree = container.tree()
    return {tree[int(each)] for each in found if int(each) in tree}


def new_master(container: Container, old: int) -> int | None:
    """A child of the old one that has workers by now."""
    for child in children_of(container, old):
        try:
            if children_of(container, child):
                return child
        except (KeyError, OSError):
            pass  # it has just gone
    return None


def upgrade(container: Container, port: int, graceful: signal.Signals = signal.SIGQUIT) -> int:
    """USR2 by initd, then the graceful signal for the old master, as the program's own
    documentation has it. Returns the pid of the new one."""
    old = app_of(container)

    def renews() -> int | None:
        # Again, since gunicorn needs a second to see that its parent has gone; with a new master
        # under way, it is ignored.
        assert container.verb("signal", "USR2").returncode == 0
        select.select([], [], [], 0.5)
        return new_master(container, old)

    new: int = wait_until(renews, "a new master has workers")
    wait_until(lambda: answers(port), "it serves")
    os.kill(container.host_pid(old), graceful)
    wait_until(lambda: app_of(container) == new, "init follows the new master")
    return new


def unicorn(folder: Path, port: int) -> list[str]:
    (folder / "config.ru").write_text(RACK)
    (folder / "unicorn.rb").write_text(
        f'listen "127.0.0.1:{port}"\nworker_processes 2\npid "{folder}/unicorn.pid"\n'
    )
    return ["unicorn", "-c", str(folder / "unicorn.rb"), str(folder / "config.ru")]


def gunicorn(folder: Path, port: int) -> list[str]:
    (folder / "wsgi_app.py").write_text(WSGI)
    where = ["--chdir", str(folder), "-b", f"127.0.0.1:{port}", "-p", f"{folder}/gunicorn.pid"]
    return ["/usr/bin/gunicorn", "-w", "2", *where, "wsgi_app:app"]


PROGRAMS = {"unicorn": unicorn, "gunicorn": gunicorn}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("how", ["unasked", "by its pid file"])
def test_two_upgrades_in_a_row_lose_no_request(
    name: str, how: str, tmp_path: Path, port: int
) -> None:
    """Under load; and then a stop of the last master, with a request in flight. Nothing is
    restarted meanwhile, and init's counts say so."""
    options = ["--pid-file", str(tmp_path / f"{name}.pid")] if how != "unasked" else []
    if how != "unasked":
        options += ["--profile", "none", "--stop-plan", "QUIT:20" if name == "unicorn" else "TERM"]
    words = PROGRAMS[name](tmp_path, port)
    with served(*words, folder=tmp_path, port=port, options=options) as container:
        graceful = signal.SIGQUIT if name == "unicorn" else signal.SIGTERM
        with Load(port) as load:
            masters = [app_of(container)]
            masters += [upgrade(container, port, graceful) for _ in range(2)]
            requests, wrong = load.stop()
        assert len(set(masters)) == 3
        assert (wrong, requests > 500) == ("", True), requests
        in_flight = slow_answer(port)
        wait_until(lambda: busy(port), "the request is being worked on")
        container.kill(signal.SIGTERM)
        assert in_flight.communicate(timeout=60)[0].endswith(" 200")
        assert container.wait() == 0
        why = "the same program goes on" if how == "unasked" else "pid file"
        assert [each["why"] for each in logged(tmp_path, "app.replaced")] == [why] * 2


def busy(port: int) -> bool:
    """Whether there is an established connection at this port."""
    here = f"0100007F:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == here and line.split()[3] == "01" for line in lines)


def test_a_stop_in_the_middle_of_an_upgrade_is_graceful_for_both(tmp_path: Path, port: int) -> None:
    """The old master and the new one both serve: each gets QUIT, none is swept."""
    with served(*unicorn(tmp_path, port), folder=tmp_path, port=port) as container:
        old = app_of(container)
        assert container.verb("signal", "USR2").returncode == 0
        wait_until(lambda: new_master(container, old), "a new master has workers")
        in_flight = [slow_answer(port) for _ in range(3)]
        wait_until(lambda: busy(port), "they are being worked on")
        container.kill(signal.SIGTERM)
        assert [each.communicate(timeout=60)[0][-3:] for each in in_flight] == ["200"] * 3
        assert container.wait() == 0
        assert [each["signal"] for each in logged(tmp_path, "stop.step")] == ["QUIT", "QUIT"]


def test_nginx_upgrades_its_binary(daemon: Path, tmp_path: Path, port: int) -> None:
    """USR2 and QUIT, as nginx.org has it. In the background: with `daemon off` nginx 1.22 takes
    its unchanged parent for a former master, and ignores USR2."""
    words = ["/usr/sbin/nginx", "-c", str(daemon)]
    with served(*words, folder=tmp_path, port=port) as container:
        with Load(port) as load:
            upgrade(container, port)
            upgrade(container, port)
            requests, wrong = load.stop()
        assert (wrong, requests > 500) == ("", True), requests
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def test_hypnotoad_replaces_itself_by_a_hot_deployment(tmp_path: Path, port: int) -> None:
    """USR2: it starts a new one, and ends by itself when that is ready. Unasked and by a pid
    file, since its first process is perl."""
    script = tmp_path / "app.pl"
    script.write_text(MOJO.format(port=port, run=tmp_path))
    options = ["--pid-file", f"{tmp_path}/hypnotoad.pid", "--stop-plan", "QUIT"]
    words = ["hypnotoad", "-f", str(script)]
    with served(*words, folder=tmp_path, port=port, options=options) as container:
        with Load(port, Load.PYTHON) as load:
            masters = [app_of(container)]
            for _ in range(2):
                assert container.verb("signal", "USR2").returncode == 0
                wait_until(lambda: app_of(container) not in masters, "the new one is followed")
                masters.append(app_of(container))
                wait_until(lambda: answers(port), "it serves")
            requests, wrong = load.stop()
        assert (wrong, requests > 100) == ("", True), requests
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


def haproxy(folder: Path, port: int, *flags: str) -> list[str]:
    """Master-worker mode, in front, with the master's own socket."""
    (folder / "slow.lua").write_text(LUA)
    (folder / "haproxy.cfg").write_text(HAPROXY.format(run=folder, port=port))
    conf = str(folder / "haproxy.cfg")
    return ["/usr/sbin/haproxy", *flags, "-db", "-S", f"{folder}/master.sock", "-f", conf]


def reload(container: Container, port: int, master: int) -> str:
    """USR2 by initd; returns the pid of a new worker that answers. The master starts itself
    anew, under its pid."""
    before = answer(port)

    def renews() -> str | None:
        # Again, since haproxy forgets an USR2 that comes before its last reload is done.
        assert container.verb("signal", "USR2").returncode == 0
        select.select([], [], [], 0.5)
        now = answer(port)
        return now if now != before else None

    worker: str = wait_until(renews, "a new worker answers")
    assert app_of(container) == master
    return worker


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1"])
@pytest.mark.parametrize("flag", ["-W", "-Ws"])
def test_haproxy_reloads_in_place_and_is_then_stopped(
    flag: str, name: str, tmp_path: Path, port: int
) -> None:
    """The master keeps its pid, so there is nobody to follow; requests that an old worker is
    still answering outlive the reload and the stop: by the plan of its profile, and by USR1, the
    STOPSIGNAL of its image."""
    options = ["--notify"] if flag == "-Ws" else []
    words = haproxy(tmp_path, port, flag)
    with served(*words, folder=tmp_path, port=port, options=options) as container:
        master, workers = app_of(container), {answer(port)}
        with Load(port) as load:
            for _ in range(2):
                workers.add(reload(container, port, master))
            requests, wrong = load.stop()
        assert len(workers) == 3
        assert (wrong, requests > 500) == ("", True), requests
        in_flight = slow_answer(port)
        wait_until(lambda: busy(port), "the request is being worked on")
        workers.add(reload(container, port, master))
        container.kill(signal.Signals[name])
        assert in_flight.communicate(timeout=60)[0] == "slow 200"
        assert container.wait() == 0
        assert len(workers) == 4
        assert logged(tmp_path, "app.replaced") == []
        assert [each["signal"] for each in logged(tmp_path, "stop.step")] == ["USR1"]
        (end,) = logged(tmp_path, "app.exited")
        assert (end["pid"], end["asked"]) == (master, True)


# ---- into the background ----------------------------------------------------------------------


@pytest.mark.parametrize("in_front", [False, True], ids=["as it stands", "behind bash"])
def test_a_program_in_the_background_goes_on_and_is_told_of(
    in_front: bool, daemon: Path, port: int
) -> None:
    """nginx without `daemon off`: under any other init, the container ends at once with 0. A shell
    in front of it ends with it."""
    command = f"/usr/sbin/nginx -c {daemon}"
    words = ["bash", "-c", f"{command}; exit $?"] if in_front else command.split()
    with start(*words) as container:
        event = container.event("app.daemonized")
        assert event["mend"] == "keep it in front: nginx -g 'daemon off;'"
        wait_until(lambda: answers(port), "it serves")
        status = container.status()
        assert (status["state"], status["app"]["pid"]) == ("running", event["app"])
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


@pytest.fixture
def starter(tmp_path: Path, daemon: Path) -> str:
    """As `service` and apache2ctl do: starts a server, and is done."""
    return script(tmp_path, f"/usr/sbin/nginx -c {daemon}")


def test_what_starts_a_program_and_leaves_is_told_of(starter: str) -> None:
    """A script that is none of the program: its end is the container's, and says why."""
    with start(starter) as container:
        assert container.wait() == 0
        (event,) = [each for each in container.events() if each["event"] == "app.daemonized"]
        assert "nginx" in event["left"]
        assert event["mend"] == "keep it in front: nginx -g 'daemon off;'"


def test_with_its_pid_file_it_is_followed(starter: str, tmp_path: Path, port: int) -> None:
    """The same script: nginx writes the file after its parent has gone."""
    options = ["--pid-file", str(tmp_path / "nginx.pid"), "--stop-plan", "QUIT"]
    with start(starter, options=options) as container:
        container.event("app.daemonized")
        wait_until(lambda: answers(port), "it serves")
        assert app_of(container) == int((tmp_path / "nginx.pid").read_text())
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


@pytest.mark.parametrize("target", ["process", "group", "all"])
def test_signals_reach_what_is_followed_whatever_the_target(
    target: str, tmp_path: Path, victim: Path
) -> None:
    """It is in the group of the process that started it, which has gone."""
    file = tmp_path / "app.pid"
    script = f"{victim} 15=0 & echo $! >{file}; exit 0"
    options = ["--pid-file", str(file), "--target", target]
    with start("bash", "-c", script, options=options) as container:
        container.stdout.until("ready")
        container.event("app.daemonized")
        container.kill(signal.SIGHUP)
        assert container.stdout.until("got") == "got 1"
        container.kill(signal.SIGTERM)
        assert container.wait() == 0


@pytest.mark.parametrize(
    "content", ["1\n", "2\n", "0\n", "-1\n", "99999999999999999999\n", "nginx\n", "", "9" * 5000]
)
def test_a_pid_file_that_names_nobody_of_the_apps_is_not_believed(
    content: str, tmp_path: Path
) -> None:
    """Init, the shim, and what is not a pid at all: what the app has left is swept."""
    file = tmp_path / "app.pid"
    file.write_text(content)
    words = ["bash", "-c", "sleep 600 & disown; exit 0"]
    with start(*words, options=["--pid-file", str(file)]) as container:
        assert container.wait() == 0
        (event,) = [each for each in container.events() if each["event"] == "app.daemonized"]
        assert event["pid_file"] == f"{file} names none of them"


@pytest.mark.parametrize("kind", ["pipe", "device", "directory", "link"])
def test_a_pid_file_that_is_something_else_holds_nobody_up(kind: str, tmp_path: Path) -> None:
    """A pipe that nobody writes to, an endless device, a link into nowhere."""
    file = tmp_path / "app.pid"
    makes: dict[str, Any] = {
        "pipe": os.mkfifo,
        "device": lambda at: at.symlink_to("/dev/zero"),
        "directory": os.mkdir,
        "link": lambda at: at.symlink_to("/no/such"),
    }
    makes[kind](file)
    words = ["bash", "-c", "sleep 600 & disown; exit 0"]
    with start(*words, options=["--pid-file", str(file)]) as container:
        assert container.wait() == 0


# ---- an app that names another process --------------------------------------------------------

#: Starts a child, which ends when its stdin has a line; names it by MAINPID, and lives on when it
#: has ended.
NAMES_ITS_CHILD = """
import os, signal, socket, subprocess, sys, time
child = subprocess.Popen(["sh", "-c", "read line; exit 7"])
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.sendto(f"MAINPID={child.pid}".encode(), os.environ["NOTIFY_SOCKET"])
signal.pause()
"""


def test_the_end_of_the_named_process_is_the_end() -> None:
    """The first one lives on, and is ended like anything that outlives the app. Nobody but it can
    know how its child ended."""
    words = [sys.executable, "-S", "-c", NAMES_ITS_CHILD]
    with start(*words, options=["--notify"], stdin=subprocess.PIPE) as container:
        _end_named(container)
        assert "not known" in container.event("app.exited")["why"]
        assert container.wait() == 0


def test_an_end_that_nobody_knows_is_not_a_success() -> None:
    """Of a named process that was not init's child: on-failure starts the app again."""
    words = [sys.executable, "-S", "-c", NAMES_ITS_CHILD]
    options = ["--notify", "--restart", "on-failure:1"]
    with start(*words, options=options, stdin=subprocess.PIPE) as container:
        _end_named(container)
        assert container.event("app.restarting")["why"] == "exit code unknown"
        _end_named(container)
        container.event("restart.gave-up")
        assert container.wait() == 0


def _end_named(container: Container) -> None:
    """Once init follows it."""
    container.event("app.followed")
    assert container.process.stdin is not None
    container.process.stdin.write(b"end\n")
    container.process.stdin.flush()
