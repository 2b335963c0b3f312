"""Realistic mistakes of configuration, each in a Compose file, a Kubernetes manifest and a
Dockerfile: `initd check --strict` says what is wrong, where, and what would be right, and says
nothing else."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from initd import paths
from initd.cli import check
from initd.cli.verbs import Call
from initd.config.mistake import Mistakes
from initd.config.options import BY_NAME


class Container(NamedTuple):
    """What an engine starts init with."""

    words: list[str]
    environ: dict[str, str]
    configuration: str


class Wrong(NamedTuple):
    """A configuration with one mistake: of the app's `command`, of options by their names, of
    `variables` as they are, of a `file`'s text. `where` is an option, `says` and `right` are parts
    of the sentence."""

    where: str
    says: str
    right: str
    options: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    flags: tuple[str, ...] = ()
    command: tuple[str, ...] = ("web", "-p", "8080")
    file: str = ""


# ---- three ways to say it --------------------------------------------------------------------


def _variables(wrong: Wrong) -> dict[str, str]:
    return {
        **{BY_NAME[name].variable: text for name, text in wrong.options.items()},
        **wrong.variables,
    }


def compose(wrong: Wrong) -> str:
    """Options are variables there, and the configuration file is a config."""
    service: dict[str, Any] = {
        "image": "web",
        "entrypoint": ["initd", *wrong.flags, "--"],
        "command": list(wrong.command),
        "environment": _variables(wrong),
    }
    document: dict[str, Any] = {"services": {"web": service}}
    if wrong.file:
        service["configs"] = [{"source": "initd", "target": "/etc/initd.toml"}]
        document["configs"] = {"initd": {"content": wrong.file}}
    return yaml.safe_dump(document, sort_keys=False)


def of_compose(text: str) -> Container:
    document = yaml.safe_load(text)
    service = document["services"]["web"]
    words = [*service["entrypoint"][1:], *service["command"]]
    configs = document.get("configs", {"initd": {"content": ""}})
    return Container(words, service["environment"], configs["initd"]["content"])


def kubernetes(wrong: Wrong) -> str:
    """Options are flags there, and the configuration file is a ConfigMap."""
    flags = [f"{BY_NAME[name].flags[-1]}={text}" for name, text in wrong.options.items()]
    container = {
        "name": "web",
        "image": "web",
        "command": ["initd"],
        "args": [*flags, *wrong.flags, "--", *wrong.command],
        "env": [{"name": name, "value": text} for name, text in wrong.variables.items()],
        "volumeMounts": [
            {"name": "initd", "mountPath": "/etc/initd.toml", "subPath": "initd.toml"}
        ],
    }
    volumes = [{"name": "initd", "configMap": {"name": "initd"}}]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [container], "volumes": volumes},
    }
    files = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "initd"},
        "data": {"initd.toml": wrong.file},
    }
    return yaml.safe_dump_all([files, pod], sort_keys=False)


def of_kubernetes(text: str) -> Container:
    files, pod = yaml.safe_load_all(text)
    (container,) = pod["spec"]["containers"]
    environ = {each["name"]: each["value"] for each in container["env"]}
    assert all(isinstance(each, str) for each in [*container["args"], *environ.values()])
    return Container(container["args"], environ, files["data"]["initd.toml"])


def dockerfile(wrong: Wrong) -> str:
    """Options are variables of the image, and the configuration file is a heredoc."""
    env = [f"ENV {name}={json.dumps(text)}" for name, text in _variables(wrong).items()]
    copy = ["COPY <<'END' /etc/initd.toml", wrong.file, "END"] if wrong.file else []
    lines = [
        "FROM debian:12",
        *env,
        *copy,
        f"ENTRYPOINT {json.dumps(['initd', *wrong.flags, '--'])}",
        f"CMD {json.dumps(list(wrong.command))}",
    ]
    return "\n".join(lines) + "\n"


def of_dockerfile(text: str) -> Container:
    environ: dict[str, str] = {}
    words: list[str] = []
    head, _, rest = text.partition("COPY <<'END' /etc/initd.toml\n")
    file, _, tail = rest.partition("\nEND\n")
    for line in (head + tail).splitlines():
        instruction, _, argument = line.partition(" ")
        if instruction == "ENV":
            name, _, quoted = argument.partition("=")
            environ[name] = json.loads(quoted)
        elif instruction in ("ENTRYPOINT", "CMD"):
            words += json.loads(argument)
    return Container(words[1:], environ, file)


FORMS: dict[str, tuple[Callable[[Wrong], str], Callable[[str], Container]]] = {
    "compose.yaml": (compose, of_compose),
    "pod.yaml": (kubernetes, of_kubernetes),
    "Dockerfile": (dockerfile, of_dockerfile),
}

# ---- the mistakes ----------------------------------------------------------------------------

WEB = "http://127.0.0.1:8080/health"
MISTAKES = {
    # variables
    "a misspelt variable": Wrong(
        where="INITD_RESTAT",
        says="unknown variable",
        right="did you mean INITD_RESTART?",
        variables={"INITD_RESTAT": "always"},
    ),
    "an underscore that was left out": Wrong(
        where="INITD_STOPPLAN",
        says="which sets nothing",
        right="did you mean INITD_STOP_PLAN?",
        variables={"INITD_STOPPLAN": "QUIT"},
    ),
    "the flag --no-sleep as a variable": Wrong(
        where="INITD_NO_SLEEP",
        says="unknown variable",
        right="did you mean INITD_SLEEP=no?",
        variables={"INITD_NO_SLEEP": "1"},
    ),
    "a variable of nobody's": Wrong(
        where="INITD_DEBUG",
        says="unknown variable",
        right="`initd --help` lists the options",
        variables={"INITD_DEBUG": "1"},
    ),
    "terminationGracePeriodSeconds by half its name": Wrong(
        where="INITD_GRACE_PERIOD",
        says="unknown variable",
        right="did you mean INITD_GRACE?",
        variables={"INITD_GRACE_PERIOD": "30"},
    ),
    "YAML's no, which Compose passes on as false": Wrong(
        where="sleep",
        says="invalid time 'false'",
        right="use seconds, such as 3, or no",
        options={"sleep": "false"},
    ),
    # flags
    "a misspelt flag": Wrong(
        where="--stop-plna",
        says="unknown option",
        right="did you mean --stop-plan?",
        flags=("--stop-plna=QUIT",),
    ),
    "a value for a flag that takes none": Wrong(
        where="--session", says="got 'no'", right="takes no value", flags=("--session=no",)
    ),
    # stops
    "a plan with times as words": Wrong(
        where="stop_plan",
        says="20 is not a step",
        right="write QUIT:20",
        options={"stop_plan": "QUIT 20 KILL"},
    ),
    "a plan of start-stop-daemon's": Wrong(
        where="stop_plan",
        says="invalid stop plan 'TERM/30/KILL/5'",
        right="write TERM:30 KILL:5",
        options={"stop_plan": "TERM/30/KILL/5"},
    ),
    "a misspelt signal": Wrong(
        where="stop_plan",
        says="unknown signal 'SIGTREM'",
        right="did you mean TERM?",
        options={"stop_plan": "QUIT:20 SIGTREM"},
    ),
    "a duration of Compose's": Wrong(
        where="grace",
        says="invalid time '1m30s'",
        right="a number of seconds, such as 30",
        options={"grace": "1m30s"},
    ),
    "a plan longer than the grace period": Wrong(
        where="grace",
        says="takes 30 s, and the engine kills after 10 s",
        right="shortened to QUIT:9 KILL",
        options={"stop_plan": "QUIT:30 KILL", "grace": "10"},
    ),
    "a drain longer than the grace period": Wrong(
        where="drain",
        says="20 s fitted into",
        right="shortened to",
        options={"drain": "20", "grace": "10"},
    ),
    "a signal that can't ask for anything": Wrong(
        where="stop_signal",
        says="KILL never reaches init",
        right="use a signal such as TERM",
        options={"stop_signal": "SIGKILL"},
    ),
    "a rewrite with an equals sign": Wrong(
        where="rewrite",
        says="invalid rewrite 'TERM=QUIT'",
        right="use IN:OUT, such as TERM:QUIT",
        options={"rewrite": "TERM=QUIT"},
    ),
    "Compose's restart policy": Wrong(
        where="restart",
        says="unknown restart mode 'unless-stopped'",
        right="use no, on-failure or always",
        options={"restart": "unless-stopped"},
    ),
    # health
    "a liveness action with a readiness check alone": Wrong(
        where="on_unhealthy",
        says="does nothing",
        right="give one role=liveness",
        options={"on_unhealthy": "restart", "check": f"web http {WEB}"},
    ),
    "a URL without its scheme": Wrong(
        where="check",
        says="web: invalid URL 'localhost:8080/health'",
        right="use http://HOST",
        options={"check": "web http localhost:8080/health"},
    ),
    "a check's key as a flag": Wrong(
        where="check",
        says="got '--period'",
        right="expected key=value",
        options={"check": f"web http {WEB} --period 5"},
    ),
    "a check's command without --": Wrong(
        where="check",
        says="db: exec needs a command",
        right="-- pg_isready",
        options={"check": "db exec pg_isready -q"},
    ),
    "a check's command that is not there": Wrong(
        where="check, db",
        says="cannot run 'pg_isready'",
        right="no program 'pg_isready' in PATH",
        options={"check": "db exec -- pg_isready -q"},
    ),
    "the app's own port": Wrong(
        where="http",
        says="port 8080",
        right="is where the check web expects the app",
        options={"http": "127.0.0.1:8080", "check": f"web http {WEB}"},
    ),
    "a port that is taken": Wrong(
        where="http",
        says="cannot listen at 127.0.0.1:{taken}",
        right="Address already in use",
        options={"http": "127.0.0.1:{taken}"},
    ),
    "an address that is only a port": Wrong(
        where="http",
        says="invalid address '9180'",
        right="use :PORT or IP:PORT, such as 127.0.0.1:9180",
        options={"http": "9180"},
    ),
    # the app's process
    "a user that the image has not": Wrong(
        where="user",
        says="unknown user 'www-dta'",
        right="not in /etc/passwd",
        options={"user": "www-dta"},
    ),
    "a directory that is not there": Wrong(
        where="chdir",
        says="/no/such/app",
        right="No such file or directory",
        options={"chdir": "/no/such/app"},
    ),
    "a limit of another name": Wrong(
        where="limit",
        says="unknown limit 'nofiles'",
        right="did you mean nofile?",
        options={"limit": "nofiles=65536"},
    ),
    "a mask in letters": Wrong(
        where="umask",
        says="invalid umask 'u=rwx'",
        right="use octal digits, such as 022",
        options={"umask": "u=rwx"},
    ),
    "a host name of Compose's": Wrong(
        where="hostname",
        says="'my_app_1': a host name has no underscores",
        right="use my-app-1",
        options={"hostname": "my_app_1"},
    ),
    # the command
    "a program that is not there": Wrong(
        where="command line",
        says="no program 'webb' in PATH",
        right="did you mean web?",
        command=("webb",),
    ),
    "a whole command line as one word": Wrong(
        where="command line",
        says="it is one word, with blanks",
        right="web and its arguments are a word each",
        command=("web -p 8080",),
    ),
    "a script that is not executable": Wrong(
        where="command line",
        says="{bin}/plain is not executable",
        right="chmod +x {bin}/plain",
        command=("{bin}/plain",),
    ),
    "a script from Windows": Wrong(
        where="command line",
        says=r"its interpreter is '/bin/sh\r'",
        right="dos2unix",
        command=("windows",),
    ),
    "a script whose interpreter the image has not": Wrong(
        where="command line",
        says="its interpreter, in the first line: no program 'ruby9' in PATH",
        right="({bin})",
        command=("rubyist",),
    ),
    "an interpreter's script that is not there": Wrong(
        where="command line",
        says="python3 cannot run its script",
        right="/no/app.py: No such file or directory",
        command=("python3", "-u", "/no/app.py"),
    ),
    # the file
    "a decimal mask": Wrong(
        where="{file}:2, app.umask",
        says="27 is a decimal number, which is 033",
        right="write '027', or 0o27",
        file="[app]\numask = 27",
    ),
    "a misspelt key": Wrong(
        where="{file}:3, stop.gracee",
        says="unknown key",
        right="did you mean grace?",
        file="[stop]\nplan = 'QUIT:5 KILL'\ngracee = 30",
    ),
    "a check without a kind": Wrong(
        where="{file}:1, check.web",
        says="the key kind is missing",
        right="kind",
        file=f"[check.web]\ntarget = '{WEB}'",
    ),
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH, with the app and some scripts that can't run."""
    place = tmp_path_factory.mktemp("bin")
    for name, text in {
        "web": "#!/bin/sh\n",
        "plain": "#!/bin/sh\n",
        "windows": "#!/bin/sh\r\nexec web\r\n",
        "rubyist": "#!/usr/bin/env ruby9\n",
        "python3": "#!/bin/sh\n",
    }.items():
        (place / name).write_text(text, newline="")
        (place / name).chmod(0o644 if name == "plain" else 0o755)
    for each in (place, *place.parents):  # as CI's user may be another one than the app's
        if str(each).startswith("/tmp/pytest"):
            each.chmod(0o755)
    return place


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def checked(
    container: Container, programs: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str]]:
    """What `initd check --strict` finds: places and sentences."""
    environ = {"PATH": str(programs), "INITD_STRICT": "yes", **container.environ}
    file.write_text(container.configuration)
    monkeypatch.setattr(paths, "CONFIGURATION_FILES", (str(file),))
    given = {name.encode(): text.encode() for name, text in environ.items()}
    monkeypatch.setattr(check, "given_environment", lambda: given)
    try:
        check.check(Call({"--json": ("",)}, tuple(container.words)))
    except Mistakes as mistakes:
        return [(each.where, each.what) for each in mistakes.found]
    return []


def filled(wrong: Wrong, **places: object) -> Wrong:
    """With the places of this run."""

    def fill(text: str) -> str:
        for name, value in places.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    return wrong._replace(
        where=fill(wrong.where),
        says=fill(wrong.says),
        right=fill(wrong.right),
        options={name: fill(text) for name, text in wrong.options.items()},
        command=tuple(map(fill, wrong.command)),
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_with_its_place_and_what_would_be_right(
    name: str,
    form: str,
    programs: Path,
    taken: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And nothing else is complained about."""
    file = tmp_path / "initd.toml"
    wrong = filled(MISTAKES[name], bin=programs, taken=taken, file=file)
    write, read = FORMS[form]
    (tmp_path / form).write_text(write(wrong))
    ((where, what),) = checked(read((tmp_path / form).read_text()), programs, file, monkeypatch)
    expected, _, rest = wrong.where.partition(", ")
    if expected in BY_NAME:
        option = BY_NAME[expected]
        expected = option.flags[-1] if form == "pod.yaml" else option.variable
        rest = f", {rest}" if rest else ""
        assert where == expected + rest
    else:
        assert where == wrong.where
    assert wrong.says in what
    assert wrong.right in what
    assert json.loads(capsys.readouterr().out) == {"mistakes": [{"where": where, "what": what}]}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_right_is_not_complained_about(
    form: str, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with nothing wrong: else the table would prove little."""
    right = Wrong(
        where="",
        says="",
        right="",
        options={
            "stop_plan": "QUIT:20 KILL",
            "grace": "30",
            "check": f"web http {WEB} role=liveness",
            "on_unhealthy": "restart",
            "http": "127.0.0.1:{free}",
            "chdir": "/",
            "umask": "027",
            "hostname": "my-app-1.example.com",
        },
        variables={"INITD_SERVICE_HOST": "10.0.0.1", "INITD_PORT": "tcp://10.0.0.1:80"},
        file="[app]\nlimits = { nofile = 1024 }",
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        right = filled(right, free=server.getsockname()[1])
    write, read = FORMS[form]
    file = tmp_path / "initd.toml"
    assert checked(read(write(right)), programs, file, monkeypatch) == []


def test_thirty_of_them_at_least() -> None:
    """And each is another one."""
    assert len({(each.says, each.right) for each in MISTAKES.values()}) == len(MISTAKES) >= 30
