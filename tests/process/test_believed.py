"""A start as root, with files of the app's user: it is refused, and says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .namespace import INITD, start

SOMEBODY = 54321


@pytest.mark.parametrize("option", ["--config", "--env-file"])
def test_a_file_of_the_apps_users_does_not_decide_what_root_runs(
    option: str, tmp_path: Path
) -> None:
    """Once it is root's, it does."""
    file = tmp_path / "file"
    file.write_text("")
    os.chown(file, SOMEBODY, SOMEBODY)
    with start("sh", "-c", "exit 7", options=[option, str(file)]) as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        (said,) = container.log_pipe.rest()
    assert said.startswith(f"initd: {option}")
    assert said.endswith(f"chown -h root {file}, or mount it read-only")
    os.chown(file, 0, 0)
    with start("sh", "-c", "exit 7", options=[option, str(file)]) as container:
        assert container.wait() == 7


def test_what_is_mounted_read_only_does(tmp_path: Path) -> None:
    """A file of the host's user, or a ConfigMap whose directory everybody may write to."""
    file = tmp_path / "file"
    file.write_text("A=7\n")
    os.chown(file, SOMEBODY, SOMEBODY)
    mounted = f'mount --bind -o ro {tmp_path} /mnt && exec "$@"'
    options = ["--env-file", "/mnt/file"]
    wrapped = ["sh", "-c", mounted, "sh"]
    with start("sh", "-c", "exit $A", options=options, init=[*wrapped, INITD]) as container:
        assert container.wait() == 7


def test_roles_of_the_apps_users_name_no_command(tmp_path: Path) -> None:
    """/container belongs to the app in many images."""
    place = tmp_path / "container"
    place.mkdir()
    (place / "roles.json").write_text('{"web": "sh -c \\"exit 7\\""}')
    os.chown(place, SOMEBODY, SOMEBODY)
    layer = f'mkdir -p /container && mount --bind {place} /container && exec "$@"'
    with start(options=["--role", "web"], init=["sh", "-c", layer, "sh", INITD]) as container:
        assert container.wait() == 125
        assert container.log_pipe is not None
        (said,) = container.log_pipe.rest()
    assert "the directory /container belongs to user 54321" in said
