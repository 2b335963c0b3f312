"""`initd completion`: what bash, zsh and fish themselves offer with its scripts."""

from __future__ import annotations

import contextlib
import itertools
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from initd.cli.verb_table import VERBS, Verb
from initd.config.options import IMMEDIATE, OPTIONS, SHORT_FOR

from .namespace import DEADLINE, INITD, Timeout

ENV = {"PATH": f"{Path(INITD).parent}:/usr/bin:/bin", "HOME": "/nonexistent", "TERM": "dumb"}
#: What is typed, and what is to be among the offers.
OFFERED = [
    ("initd --targ", ["--target"]),
    ("initd --target gr", ["group"]),
    ("initd --target=gr", ["group"]),
    ("initd -v --log-format c", ["console"]),
    ("initd --on-unhealthy ", ["nothing", "restart", "stop"]),
    ("initd --profile ngin", ["nginx"]),
    ("initd --stop-signal USR", ["USR1", "USR2"]),
    ("initd --cap-drop NET_R", ["NET_RAW"]),
    ("initd --limit nof", ["nofile="]),
    ("initd heal", ["health"]),
    ("initd health --st", ["--startup"]),
    ("initd status --js", ["--json"]),
    ("initd signal HU", ["HUP"]),
    ("initd completion f", ["fish"]),
    ("initd profiles unico", ["unicorn"]),
    ("initd check --js", ["--json"]),
    ("initd check --prof", ["--profile"]),
    ("initd hostname --exp", ["--explain"]),
    ("initd hostname --dom", ["--domain"]),
    ("initd --chdir /usr/loca", ["/usr/local"]),
    ("initd --sing", ["--single-child"]),
    ("initd --as tini", ["tini", "tini-static"]),
    ("initd link --fo", ["--force"]),
    ("initd link --as dum", ["dumb-init"]),
    ("initd link --as tini --as=cat", ["catatonit"]),
    ("initd link --as tini /usr/loca", ["/usr/local"]),
    ("initd link --as tini --fo", ["--force"]),
]
each_offer = pytest.mark.parametrize(("typed", "offers"), OFFERED, ids=[row[0] for row in OFFERED])


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a shell's script, as `initd completion SHELL` prints it."""
    folder = tmp_path_factory.mktemp("completion")

    def make(shell: str) -> Path:
        path = folder / shell
        done = subprocess.run([INITD, "completion", shell], capture_output=True, check=True)
        path.write_bytes(done.stdout)
        return path

    return make


def run(*words: str | Path) -> list[str]:
    done = subprocess.run(words, capture_output=True, text=True, env=ENV)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


# ---- bash -----------------------------------------------------------------------------------

#: Bash breaks a line at blanks, = and : (COMP_WORDBREAKS), and each of the two is a word.
_ASK_BASH = """
source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _initd
printf "%s\\n" "${COMPREPLY[@]}"
"""


def bash(script: Path, typed: str) -> list[str]:
    words = [word for word in re.split(r"([=:])|\s+", typed) if word]
    if typed.endswith(" "):
        words.append("")
    return run("bash", "--norc", "-c", _ASK_BASH, "bash", script, *words)


@each_offer
def test_bash_offers(script: Callable[[str], Path], typed: str, offers: list[str]) -> None:
    """What fits, and nothing else."""
    assert [offer.removesuffix("/") for offer in bash(script("bash"), typed)] == offers


def test_bash_completes_a_rewrite_in_two_halves(script: Callable[[str], Path]) -> None:
    """The colon is a word of its own for bash; what stands before it is kept."""
    assert bash(script("bash"), "initd -r TER") == ["TERM:"]
    assert bash(script("bash"), "initd -r TERM:QU") == ["QUIT"]
    assert bash(script("bash"), "initd --rewrite=TERM:QU") == ["QUIT"]


def test_behind_the_command_bash_offers_no_options(
    script: Callable[[str], Path], tmp_path: Path
) -> None:
    """They are the command's, and initd knows nothing of them; its files it can offer."""
    (tmp_path / "conf.rb").touch()
    for typed in ("initd unicorn --targ", "initd -- unicorn --targ", "initd check x --targ"):
        assert bash(script("bash"), typed) == [""]
    assert bash(script("bash"), f"initd -- unicorn -c {tmp_path}/co") == [f"{tmp_path}/conf.rb"]


# ---- fish -----------------------------------------------------------------------------------


def fish(script: Path, typed: str) -> list[str]:
    ask = f"source {script}; complete -C '{typed}'"
    with contextlib.suppress(FileNotFoundError):
        return [line.partition("\t")[0] for line in run("fish", "--no-config", "-c", ask)]
    raise AssertionError("fish is not there: .ci/apt installs it")


@each_offer
def test_fish_offers(script: Callable[[str], Path], typed: str, offers: list[str]) -> None:
    """What fits; with the option where both are one word."""
    found = [offer.removesuffix("/") for offer in fish(script("fish"), typed)]
    assert [re.sub("^--[a-z]+=", "", offer) for offer in found] == offers


def test_fish_completes_a_rewrite_in_two_halves(script: Callable[[str], Path]) -> None:
    """A signal and a colon, then another."""
    assert fish(script("fish"), "initd -r TER") == ["TERM:"]
    assert fish(script("fish"), "initd -r TERM:QU") == ["TERM:QUIT"]


def test_behind_the_command_fish_offers_no_options(script: Callable[[str], Path]) -> None:
    """They are the command's."""
    for typed in ("initd unicorn --targ", "initd -- unicorn --targ", "initd check x --targ"):
        assert fish(script("fish"), typed) == []


# ---- zsh ------------------------------------------------------------------------------------

#: ^X writes the line that has come of it, on a line of its own.
_PREPARE_ZSH = r"""
PS1='' PS2='' ; unsetopt beep zle_bracketed_paste prompt_cr prompt_sp; setopt no_list_ambiguous
autoload -Uz compinit && compinit -u -D; source {script}
show() {{ print; print -r -- "<<$BUFFER>>"; BUFFER=; }}; zle -N show; bindkey '^X' show
print ready'!'
"""


class Zsh:
    """An interactive zsh on a terminal: completion is for nobody else."""

    def __init__(self, script: Path) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], ENV)
        self.seen = ""
        prepare = _PREPARE_ZSH.format(script=script).strip().replace("\n", "; ")
        self.write(prepare + "\n")
        self.until(r"ready!(?!')")

    def write(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def until(self, pattern: str) -> str:
        end = time.monotonic() + DEADLINE
        while not (found := re.search(pattern, self.seen)):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise Timeout(f"zsh never wrote {pattern!r}, but {self.seen!r}")
            self.seen += os.read(self.fd, 65536).decode(errors="replace")
        self.seen = self.seen[found.end() :]
        return found.group(found.re.groups)

    def complete(self, typed: str) -> str:
        """The line after TAB."""
        self.write(f"{typed}\t\x18")
        return self.until(r"\n<<(.*)>>")


@pytest.fixture(scope="module")
def zsh(script: Callable[[str], Path]) -> Iterator[Zsh]:
    """One shell for all questions: starting it takes the time."""
    shell = Zsh(script("zsh"))
    yield shell
    shell.write("exit\n")
    os.close(shell.fd)
    os.waitpid(shell.pid, 0)


@each_offer
def test_zsh_completes(zsh: Zsh, typed: str, offers: list[str]) -> None:
    """The line becomes the only offer, or what all of them begin with."""
    begun = re.split(r"[ =]", typed)[-1]
    expected = typed.removesuffix(begun) + _common_start(offers)
    assert zsh.complete(typed).rstrip(" =/") == expected.rstrip(" =/")


def _common_start(words: list[str]) -> str:
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*words))
    return "".join(letters[0] for letters in same)


def test_zsh_completes_a_rewrite_in_two_halves(zsh: Zsh) -> None:
    """A signal and a colon, then another."""
    assert zsh.complete("initd -r TER") == "initd -r TERM:"
    assert zsh.complete("initd -r TERM:QU").rstrip() == "initd -r TERM:QUIT"


def test_behind_the_command_zsh_offers_no_options(zsh: Zsh) -> None:
    """They are the command's."""
    for typed in ("initd /bin/cat --targ", "initd -- /bin/cat --targ"):
        assert zsh.complete(typed) == typed


# ---- all of them ----------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_roles_are_asked_for_when_they_are_completed(
    script: Callable[[str], Path], shell: str
) -> None:
    """The image has them, and the script may be older."""
    assert "initd --list-roles" in script(shell).read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_option_is_in_each_script(script: Callable[[str], Path], shell: str) -> None:
    """They are made from one table."""
    text = script(shell).read_text()
    flags = [flag for option in (*OPTIONS, *IMMEDIATE) for flag in option.flags]
    for flag in (*flags, *SHORT_FOR):
        said = (
            flag if shell != "fish" else f"-{'l' if flag[:2] == '--' else 's'} {flag.lstrip('-')} "
        )
        assert re.search(rf"(?<![\w-]){said}(?!\w)", text), flag


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_verb_of_the_table_has_a_function_that_runs_it(verb: Verb) -> None:
    """The table names it, and it is imported when somebody uses the verb."""
    module, _, function = verb.run.partition(":")
    assert callable(getattr(import_module(f"initd.cli.{module}"), function))


def test_a_shell_that_is_not_known_is_a_mistake() -> None:
    """With those that are."""
    done = subprocess.run([INITD, "completion", "csh"], capture_output=True, text=True)
    assert done.returncode == 125
    assert "bash, zsh or fish" in done.stderr
