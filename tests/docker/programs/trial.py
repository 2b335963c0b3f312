"""One program, work in flight, `docker stop`: what becomes of the work."""

from __future__ import annotations

import http.client
import subprocess
import time
from dataclasses import dataclass

from ..container import KILLED, Container, Finished
from ..engine import Engine
from ..waiting import eventually
from .catalogue import HANGS, LOST, WHOLE, Program

PORT = 8080
#: The engine's patience with a graceful stop, and with one that is known to hang.
GRACE, SHORT = 9, 3


@dataclass(frozen=True)
class Outcome:
    """What became of the work, and how the container ended."""

    work: str
    finished: Finished
    seconds: float


class Trial:
    """Each method begins a kind of work and returns what tells whether it was finished."""

    def __init__(self, engine: Engine, image: str, network: str, program: Program) -> None:
        self.engine = engine
        self.image = image
        self.network = network
        self.program = program

    def run(self, *initd: str, grace: int = GRACE) -> Outcome:
        """From start to stop; `initd` are options, of which a user needs none."""
        program = self.program
        environ = [word for each in program.environ for word in ("--env", each)]
        launch = [
            *("--label", "initd.test", "--network", self.network, *environ),
            *("--entrypoint", "initd", self.image, *initd, "--", *program.command),
        ]
        name = f"initd-{program.command[0].rpartition('/')[2]}-{time.monotonic_ns()}"
        with Container(self.engine.docker, self.engine.environment, name, launch) as container:
            eventually(container.running, within=20, what="the container runs")
            if program.backend:
                self.engine.docker("exec", "--detach", name, *program.backend)
            work = getattr(self, program.work)(container)
            finished, seconds = container.stop(grace)
            return Outcome(self._outcome(work, finished), finished, seconds)

    def _outcome(self, work: object, finished: Finished) -> str:
        if finished.code == KILLED:
            return HANGS
        return WHOLE if callable(work) and work(finished) else LOST

    # ---- kinds of work --------------------------------------------------------------------

    def request(self, container: Container) -> object:
        """A GET whose answer takes two seconds."""
        host = container.address()
        eventually(lambda: _answers(host), within=20, what=f"{container.name} answers")
        connection = http.client.HTTPConnection(host, PORT, timeout=20)
        connection.request("GET", self.program.path)
        response = connection.getresponse()
        promised = int(response.headers["Content-Length"])
        first = len(response.read(100))
        return lambda finished: first + _rest(response) == promised

    def fastcgi(self, container: Container) -> object:
        """The same without HTTP, from within."""
        inside = ["docker", "exec", "-e", "SCRIPT_FILENAME=/apps/slow.php", "-e"]
        client = ["REQUEST_METHOD=GET", container.name, "cgi-fcgi", "-bind", "-connect"]
        ready = ["sh", "-c", "cgi-fcgi -bind -connect 127.0.0.1:9000 </dev/null >/dev/null"]
        eventually(
            lambda: container.exec(*ready, check=False).code == 0, within=20, what="it listens"
        )
        process = subprocess.Popen(
            [*inside, *client, "127.0.0.1:9000"],
            env=self.engine.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.read(100)
        rest = process.stdout
        return lambda finished: "y" * 5000 in rest.read()

    def job(self, container: Container) -> object:
        """A job of two seconds, taken from a queue."""
        container.wait_for_line("job begun", within=30)
        return lambda finished: "job finished" in finished.out

    def session(self, container: Container) -> object:
        """A client that stays, and a statement that runs: by a fast shutdown it is rolled back,
        which is how this program ends in order."""
        psql = ("psql", "-h", "/tmp", "-U", "postgres", "-c")
        eventually(
            lambda: container.exec(*psql, "select 1", check=False).code == 0,
            within=20,
            what="it answers",
        )
        sleeps = (*psql, "select pg_sleep(60)")
        self.engine.docker("exec", "--detach", container.name, *sleeps)
        counts = (*psql, "select count(*) from pg_stat_activity where query like '%sleep(60)'")
        eventually(lambda: "2" in container.exec(*counts).out, within=10, what="the statement runs")
        return lambda finished: "database system is shut down" in finished.err

    def idle(self, container: Container) -> object:
        """Nothing but to be up: its end is to be in order, and soon."""
        eventually(
            lambda: container.exec("initd", "health", check=False).code == 0, what="it is up"
        )
        time.sleep(1)  # past its own start, of which not every one of these tells
        return lambda finished: True


def _rest(response: http.client.HTTPResponse) -> int:
    received = 0
    try:
        while chunk := response.read1(65536):
            received += len(chunk)
    except (OSError, http.client.HTTPException):
        pass  # cut by the server's end: what came before it counts
    return received


def _answers(host: str) -> bool:
    connection = http.client.HTTPConnection(host, PORT, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
