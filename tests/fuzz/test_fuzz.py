"""The readers of what comes from outside, fed with what libFuzzer thinks of, under address and
undefined behaviour sanitizers. Seconds each; `make fuzz` takes minutes, and keeps what it has
found in build/fuzz."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from initd.core.start_plan import encoded

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = int(os.environ.get("TESTS_FUZZ_SECONDS", "2"))

#: Each target is a file here, linked with these units of shim/.
TARGETS: dict[str, tuple[str, ...]] = {
    "start_plan": (
        *("start_plan", "plan_conditions", "app_name", "access", "environment", "text"),
    ),
    "hosts_line": ("hosts_line", "text"),
    "answer": ("answer", "line", "text"),
    "options": ("options", "text"),
    "orders": ("orders", "environment", "template", "text"),
    "secrets": ("environment", "text"),
    "hostname": (),
    "claims": ("claims", "text"),
    "health": ("answer", "control_client", "environment", "line", "text"),
    "command_line": ("command_line", "text"),
}
FLAGS = (
    "-std=gnu11 -g -O1 -Wall -Wextra -Werror -fno-sanitize-recover=all"
    ' -fsanitize=fuzzer,address,undefined -DINITD_VERSION="1"'
).split()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the targets, the inputs that reach new code, and those that crash are kept."""
    if "TESTS_FUZZ_SECONDS" in os.environ:
        return ROOT / "build" / "fuzz"
    return tmp_path_factory.mktemp("fuzz")


def _compile(name: str, target: Path) -> None:
    assert shutil.which("clang"), "clang with libFuzzer is needed: clang and libclang-rt-dev"
    sources = [HERE / f"{name}.c", *(ROOT / "shim" / f"{unit}.c" for unit in TARGETS[name])]
    subprocess.run(["clang", *FLAGS, *sources, "-o", target], check=True)


def test_the_plans_of_the_corpus_are_of_the_format_of_now() -> None:
    """Of another one no record but the first is read."""
    header = encoded([], "1")
    files = list((HERE / "corpus" / "start_plan").iterdir())
    assert [file.name for file in files if not file.read_bytes().startswith(header)] == []


@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_the_reader(name: str, kept: Path) -> None:
    """Nor what the target requires of its result."""
    folder = kept / name
    found = folder / "corpus"
    found.mkdir(parents=True, exist_ok=True)
    _compile(name, folder / "target")
    limits = [f"-max_total_time={SECONDS}", "-max_len=16384", "-timeout=10", "-use_value_profile=1"]
    words = [str(folder / "target"), *limits, f"-artifact_prefix={folder}/"]
    corpora = [str(found), str(HERE / "corpus" / name)]
    done = subprocess.run([*words, *corpora], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "DONE" in done.stderr, done.stderr[-4000:]
