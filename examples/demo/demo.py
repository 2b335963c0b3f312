"""`make demo`: what initd is for, in ten seconds, in a pid namespace of its own.

Needs no engine, and no root where user namespaces are allowed.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

APP = Path(__file__).parent / "app.py"
INITD = str(Path(sys.prefix) / "bin" / "initd")


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def namespace() -> list[str]:
    """Root needs a pid namespace; anybody else a user namespace around it."""
    as_root = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_root, "--pid", "--mount", "--fork", "--mount-proc", "--kill-child=KILL"]


def inside(init: int) -> list[str]:
    user = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
    return ["nsenter", "--target", str(init), *user, "--pid", "--mount", "--"]


def get(port: int, begun: threading.Event, answers: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        begun.set()
        answers.append(response.read().decode())
    except (OSError, http.client.HTTPException) as error:
        answers.append(f"cut off: {type(error).__name__}")


def run(title: str, options: list[str], show_status: bool) -> tuple[str, int]:
    """One container, one request in flight, one SIGTERM; the answer and the exit code."""
    say(title)
    socket = f"/tmp/initd-demo-{os.getpid()}.sock"
    log = ["--log-level", "info", "--log-format", "console"]
    command = [INITD, "--socket", socket, *log, *options, "--"]
    print("$", " ".join(["initd", *options, "--", "python3", "app.py"]), flush=True)
    box = subprocess.Popen(
        [*namespace(), "--", *command, sys.executable, "-u", str(APP)], stdout=subprocess.PIPE
    )
    assert box.stdout is not None
    line = box.stdout.readline().decode()
    print(line, end="")
    port = int(line.split()[2].rstrip(","))
    init = int(Path(f"/proc/{box.pid}/task/{box.pid}/children").read_text().split()[0])
    if show_status:
        print("$ initd status", flush=True)
        subprocess.run([*inside(init), INITD, "status", "--socket", socket], check=True)
        print("$ initd health", flush=True)
        subprocess.run([*inside(init), INITD, "health", "--socket", socket], check=True)
    answers: list[str] = []
    begun = threading.Event()
    request = threading.Thread(target=get, args=(port, begun, answers))
    request.start()
    begun.wait(20)
    print("-- a request is in flight; now SIGTERM to pid 1", flush=True)
    os.kill(init, signal.SIGTERM)
    request.join()
    code = box.wait(30)
    print(f"-- the request got: {answers[0].strip()!r}; initd exited with {code}", flush=True)
    left = Path(f"/proc/{init}").exists() or Path(socket).exists()
    print(f"-- left behind: {'something!' if left else 'nothing'}", flush=True)
    return answers[0].strip(), code


def main() -> int:
    plan = ["--stop-plan", "QUIT"]
    kept = run("SIGTERM arrives as SIGQUIT, the way this app ends gracefully", plan, True)
    cut = run("The same, with the translation turned off", ["--rewrite", "TERM:TERM"], False)
    say("So")
    print(f"with the plan:    {kept[0]!r}, exit code {kept[1]}")
    print(f"without the plan: {cut[0]!r}, exit code {cut[1]}")
    return 0 if kept == ("the whole answer", 0) and cut[1] != 0 else 1


if __name__ == "__main__":
    sys.exit(main())
