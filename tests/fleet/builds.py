"""A bare repository with the example's hook, as a team has it, and a checkout to push from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from docker.engine import Engine
from docker.waiting import PATIENCE

from .github import TOKEN, GitHub
from .registry import Registry

EXAMPLE = Path(__file__).parents[2] / "examples" / "fleet"
PERSON = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "A Person" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "person@example.com" for who in ("AUTHOR", "COMMITTER")},
}


@dataclass(frozen=True)
class Pushed:
    """What the one who pushes sees, and the commit's status afterwards."""

    shown: str
    state: str
    description: str
    link: str


class Builds:
    """The repository, the checkout, and what its pushes have come to."""

    def __init__(self, directory: Path, engine: Engine, registry: Registry, github: GitHub) -> None:
        self.checkout = directory / "app"
        self.bare = directory / "app.git"
        self.folder = self.bare / "builds"
        self.image = f"{registry.host}/fleet/app"
        self._engine = engine
        self._registry = registry
        directory.chmod(0o755)  # nginx shows the logs
        shutil.copytree(EXAMPLE / "app", self.checkout)
        self.run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.run("git", "init", "--quiet", "--initial-branch=main", ".")
        self.run("git", "remote", "add", "fleet", str(self.bare))
        (self.bare / "hooks" / "post-receive").symlink_to(EXAMPLE / "build" / "post-receive")
        (directory / "token").write_text(TOKEN)
        self.serve_logs()
        self.configure(
            image=self.image,
            url=registry.url("/builds", tls=True),
            status=github.url,
            token=str(directory / "token"),
            warm=registry.url("", tls=True),
        )

    def configure(self, **values: str) -> None:
        for name, value in values.items():
            self.run("git", "--git-dir", str(self.bare), "config", f"fleet.{name}", value)

    def serve_logs(self) -> None:
        """By the nginx that is there."""
        config = (EXAMPLE / "build" / "builds.conf").read_text()
        config = config.replace("/srv/git/app.git/builds", str(self.folder))
        (self._registry.folder / "sites" / "builds.conf").write_text(config)
        self._registry.reload()

    def environment(self, **environ: str) -> dict[str, str]:
        engine = self._engine.environment
        own = {name: value for name, value in engine.items() if name.startswith("DOCKER_")}
        return {**self._registry.environment(), **own, **PERSON, **environ}

    def run(self, *words: str, **environ: str) -> str:
        """What a command says, in the checkout."""
        done = subprocess.run(
            words,
            cwd=self.checkout,
            env=self.environment(**environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done
        return done.stdout.strip()

    def write(self, **files: str) -> None:
        """Files of the checkout by their names, with `_` for a dot."""
        for name, content in files.items():
            (self.checkout / name.replace("_", ".")).write_text(content)

    def commit(self, subject: str) -> str:
        """All that is in the checkout; the commit's SHA."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", subject)
        return self.run("git", "rev-parse", "HEAD")

    def push(self, sha: str, branch: str, **environ: str) -> Pushed:
        """`git push`, to its end."""
        return self.ended(self.begin_push(sha, branch, **environ), sha)

    def begin_push(self, sha: str, branch: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["git", "push", "fleet", f"{sha}:refs/heads/{branch}"],
            cwd=self.checkout,
            env=self.environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self, push: subprocess.Popen[str], sha: str) -> Pushed:
        shown, _ = push.communicate(timeout=PATIENCE)
        assert push.returncode == 0, shown
        status = json.loads((self.folder / sha / "status.json").read_text())
        return Pushed(shown, status["state"], status["description"], status["target_url"])

    def log(self, sha: str) -> str:
        path = self.folder / sha / "log.txt"
        return path.read_text() if path.exists() else ""

    def processes(self, sha: str, *programs: str) -> list[int]:
        """The pids of these programs of the example's, that are about this commit."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().decode().split("\0")
                except OSError:  # it has ended
                    continue
                if sha in words and any(os.path.basename(each) in programs for each in words):
                    found.append(int(entry.name))
        return found
