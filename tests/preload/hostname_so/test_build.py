"""What is built depends on hostname.c and the compiler, and is installed whole or not at all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

#: What people and packagers have in their environment, and what would do harm.
HOSTILE = [
    {"CFLAGS": "-O0 -g3 -pg -fsanitize=address -fstack-protector-all -flto"},
    {"CFLAGS": "--coverage -D__gethostname_chk=other -DINITD"},
    {"CFLAGS": "-O3 -fvisibility=default -fno-pic -finstrument-functions -ftrapv -fsplit-stack"},
    {"CFLAGS": "-m32 -march=native -funsigned-char -fpack-struct -fcf-protection=none"},
    {"CFLAGS": "-this-is-no-flag", "CPPFLAGS": "-nor-is-this", "LDFLAGS": "-or-this"},
    {"CPPFLAGS": "-D_FORTIFY_SOURCE=3 -include stdio.h"},
    {"LDFLAGS": "-lm -Wl,--no-as-needed -lpthread -Wl,-rpath,/elsewhere -Wl,-z,execstack"},
    {"LDFLAGS": "-Wl,-z,lazy -Wl,--hash-style=gnu -static-libgcc"},
    {"LDSHARED": "false", "LDCXXSHARED": "false", "AR": "false", "CXX": "false"},
    {"LD_RUN_PATH": "/elsewhere"},
    {"LDFLAGS": "-Wl,--as-needed -lc -Wl,-z,norelro -Wl,--export-dynamic -pg -fsanitize=thread"},
    {"CC": "gcc -O0 -fsanitize=undefined -fstack-protector-all -flto -D_FORTIFY_SOURCE=3"},
    {"CC": "gcc -O3 -g3 -fvisibility=default -fno-pic -fcf-protection=none -Wl,-z,execstack"},
    {"CC": "gcc -static -pie -include stdio.h"},
]


@pytest.mark.parametrize(
    "variables", HOSTILE, ids=["-".join(v) + f"-{n}" for n, v in enumerate(HOSTILE)]
)
def test_the_environments_flags_change_no_byte(
    preload_module: Callable[..., None],
    library: Path,
    clean_environment: dict[str, str],
    variables: dict[str, str],
    tmp_path: Path,
) -> None:
    """Not CFLAGS, not LDFLAGS, not what the linker reads by itself."""
    target = tmp_path / "hostname.so"
    preload_module("preload.build", target, environment=clean_environment | variables)
    assert target.read_bytes() == library.read_bytes()


def test_the_hostile_variables_do_reach_a_build_that_does_not_guard(tmp_path: Path) -> None:
    """The linker's variable, that is: it is read by no one but the linker."""
    target = tmp_path / "plain.so"
    command = ["cc", "-shared", "-nostdlib", "-x", "c", os.devnull, "-o", str(target)]
    subprocess.run(command, check=True, env=os.environ | {"LD_RUN_PATH": "/elsewhere"})
    assert b"/elsewhere\0" in target.read_bytes()


def test_the_compiler_writes_nothing_beside(
    preload_module: Callable[..., None], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """It has variables that name a file for what it finds out."""
    variables = {
        name: str(tmp_path / name) for name in ("DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES")
    }
    target = tmp_path / "hostname.so"
    preload_module("preload.build", target, environment=clean_environment | variables)
    assert [path.name for path in tmp_path.iterdir()] == ["hostname.so"]


def test_nothing_else_is_left_beside_the_object(
    preload_module: Callable[..., None], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """The directory is the wheel's."""
    target = tmp_path / "native" / "hostname.so"
    preload_module("preload.build", target, environment=clean_environment)
    assert [path.name for path in target.parent.iterdir()] == ["hostname.so"]
    assert target.stat().st_mode & 0o555 == 0o555  # for every user of the container


def test_the_new_object_is_another_file(
    preload_module: Callable[..., None], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """What a running program has mapped is not written over: installed by rename."""
    target = tmp_path / "hostname.so"
    target.write_text("the old one")
    with target.open() as mapped:
        preload_module("preload.build", target, environment=clean_environment)
        assert mapped.read() == "the old one"


def test_a_build_that_fails_leaves_the_old_object(
    preload_module: Callable[..., None], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """And says so."""
    target = tmp_path / "hostname.so"
    target.write_text("the old one")
    with pytest.raises(RuntimeError, match="false"):
        preload_module("preload.build", target, environment=clean_environment | {"CC": "false"})
    assert [path.name for path in tmp_path.iterdir()] == ["hostname.so"]
    assert target.read_text() == "the old one"
