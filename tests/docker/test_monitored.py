"""The monitor in real containers: HEALTHCHECK by what a server answers, readiness that ends
when a stop begins, programs that speak sd_notify."""

from __future__ import annotations

import pytest

from .container import Container, Finished
from .engine import Engine
from .in_flight import Request, wait_until_serving
from .test_health import HEALTHCHECK, wait_for_health
from .waiting import eventually

NGINX = ("nginx", "-c", "/apps/nginx.conf")
CHECK = "web http http://127.0.0.1:8080/health role=readiness period=0.2 failure=2"


def get(container: Container, path: str) -> tuple[str, str]:
    """The status and the body of a GET over the container's default socket."""
    words = ("curl", "--silent", "--unix-socket", "/run/initd/http.sock", "-w", "\n%{http_code}")
    said = container.exec(*words, f"http://initd{path}", check=False).out
    body, _, status = said.rpartition("\n")
    return status, body


def wait_for_get(container: Container, path: str, status: str) -> str:
    def found() -> str | None:
        got, body = get(container, path)
        return (body or "-") if got == status else None

    return str(eventually(found, what=f"{path} answers {status}"))


def test_the_engine_sees_a_real_nginx_break_and_mend(engine: Engine, runtime: str) -> None:
    """starting, healthy, unhealthy, healthy: by what the server answers, not by its pid."""
    breaks = ("mv", "/srv/health", "/srv/away")
    mends = ("mv", "/srv/away", "/srv/health")
    with engine.start(
        *NGINX,
        runtime=runtime,
        initd=("--check", CHECK),
        docker=(*HEALTHCHECK, "--health-start-period=1s"),
    ) as container:
        eventually(container.running, what="the container runs")
        assert container.inspect("{{.State.Health.Status}}") == "starting"
        wait_for_health(container, "healthy")
        container.exec(*breaks)
        wait_for_health(container, "unhealthy")
        assert "unhealthy: web: status 404" in container.inspect("{{json .State.Health.Log}}")
        container.exec(*mends)
        wait_for_health(container, "healthy")
        finished, _ = container.stop()
    assert finished.code == 0, finished
    turned = [e["event"] for e in finished.events() if e["event"].startswith("check.")]
    assert turned == ["check.passes", "check.fails", "check.passes"], turned


def test_readiness_ends_at_docker_stop_while_a_slow_request_drains(
    engine: Engine, network: str, runtime: str
) -> None:
    """The load balancer goes elsewhere; liveness stays, and the request gets its answer."""
    initd = ("--check", CHECK, "--http", "0.0.0.0:9180")
    with engine.start(*NGINX, runtime=runtime, initd=initd, network=network) as container:
        address = container.address()
        wait_until_serving(address)
        eventually(lambda: _get(address, "/readyz")[0] == 200, what="ready")
        request = Request(address)
        container.kill("TERM")
        eventually(lambda: _get(address, "/readyz")[0] == 503, what="not ready")
        assert _get(address, "/livez")[0] == 200
        assert "the app is being stopped" in _get(address, "/readyz")[1]
        answer, finished = request.answer(), container.wait()
    assert answer.in_full, (answer, finished)
    assert finished.code == 0, finished


def _get(host: str, path: str) -> tuple[int, str]:
    import http.client

    connection = http.client.HTTPConnection(host, 9180, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


SPEAKERS = {
    "redis": ("redis-server", "--supervised", "systemd", "--save", "", "--dir", "/tmp"),
    "gunicorn": ("gunicorn", "--chdir", "/apps", "wsgi_app:application"),
}


@pytest.mark.parametrize("name", SPEAKERS)
def test_a_program_that_speaks_sd_notify_says_when_it_is_ready(engine: Engine, name: str) -> None:
    """Startup is its READY=1, and its STATUS is shown."""
    with engine.start(*SPEAKERS[name], initd=("--check", "up notify")) as container:
        eventually(container.running, what="the container runs")
        wait_for_get(container, "/startupz", "200")
        # The monitor answers HTTP itself, and tells pid 1 a moment later.
        eventually(lambda: bool(container.status()["notify"]["status"]), what="its STATUS")
        finished, _ = container.stop()
    assert finished.code == 0, finished
    assert [e for e in finished.events() if e["event"] == "notify.ready"]


@pytest.mark.parametrize(
    "docker",
    [
        ("--read-only",),
        ("--cap-drop=ALL", "--security-opt", "no-new-privileges"),
        ("--user", "1000:1000"),
        ("--read-only", "--user", "1000:1000", "--cap-drop=ALL"),
    ],
    ids=" ".join,
)
def test_the_monitor_works_where_little_is_allowed(
    engine: Engine, runtime: str, docker: tuple[str, ...]
) -> None:
    """Another user, no capability, nothing to write to."""
    initd = ("--check", "up process period=0.2 role=readiness")
    command = ("/apps/ends_on_term.sh",)
    with engine.start(*command, runtime=runtime, initd=initd, docker=docker) as container:
        container.wait_for_line("ready")
        eventually(
            lambda: container.exec("initd", "health", "--ready", check=False).code == 0,
            what="ready",
        )
        finished, _ = container.stop()
    assert finished.code == 0, finished


def test_the_container_ends_for_its_health_with_a_failure(engine: Engine) -> None:
    """So that the engine's restart policy sees one."""
    initd = ("--check", "f file /none role=liveness period=0.1 failure=1", "--on-unhealthy", "stop")
    finished: Finished = engine.run("/apps/ends_on_term.sh", initd=initd)
    assert finished.code == 1, finished
