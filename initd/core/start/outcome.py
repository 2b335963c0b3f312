"""What an end means: wait statuses, exit codes, and messages about failed starts."""

from __future__ import annotations

from initd.core.signals.numbers import name_of
from initd.core.start.exit_codes import EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, EXIT_OWN
from initd.core.start.stage import Stage

#: errno(3) on Linux. The module of that name would bring in 130 more.
EPERM, ENOENT, E2BIG, EAGAIN, ENOMEM, EACCES = 1, 2, 7, 11, 12, 13
#: What fork fails with when pids or memory have run out for the moment.
TRANSIENT = frozenset((EAGAIN, ENOMEM))

#: execve(2), "Limits on size of arguments and environment".
_TOO_LONG = (
    "words and variables may have 128 KiB each, and together a quarter of the stack's limit"
    " (ulimit -s), 6 MiB at the most"
)

_STAGES = {
    Stage.FORK: "cannot fork",
    Stage.GROUP: "cannot give the app a process group or session",
    Stage.TERMINAL: "cannot hand the terminal to the app",
    Stage.LIMITS: "--limit: cannot set",
    Stage.USER_GROUPS: "--user: cannot set the supplementary groups of user",
    Stage.USER_GROUP: "--user: cannot take group",
    Stage.USER: "--user: cannot take user",
    Stage.DIRECTORY: "--chdir: cannot enter the directory",
    Stage.NICE: "--nice: cannot set",
    Stage.OOM_SCORE: "--oom-score-adj: cannot set",
    Stage.CAPABILITIES: "--cap-drop: cannot drop",
    Stage.NO_NEW_PRIVILEGES: "--no-new-privs: cannot set it",
}
#: What helps where the kernel does not permit it. Docker gives capabilities to root only, and
#: the kernel's own bound on open files is stronger than any capability.
_CURE = "permitted as root, with docker run --cap-add "
_CURES = {
    Stage.LIMITS: "docker run --ulimit raises the hard limit, nofile's up to /proc/sys/fs/nr_open",
    Stage.USER_GROUPS: _CURE + "SETGID",
    Stage.USER_GROUP: _CURE + "SETGID",
    Stage.USER: _CURE + "SETUID",
    Stage.NICE: _CURE + "SYS_NICE",
    Stage.OOM_SCORE: _CURE + "SYS_RESOURCE",
    Stage.CAPABILITIES: _CURE + "SETPCAP",
}


def exit_code_of(status: int, clean_codes: tuple[int, ...] = ()) -> int:
    """The exit code for a wait status; codes that count as clean become 0."""
    number = status & 0x7F
    code = 128 + number if number else status >> 8
    return 0 if code in clean_codes else code


def status_facts(status: int) -> dict[str, object]:
    """A wait status in words: `code`, or `signal` with `core` where one was dumped."""
    number = status & 0x7F
    if not number:
        return {"code": status >> 8}
    facts: dict[str, object] = {"code": 128 + number, "signal": name_of(number)}
    if status & 0x80:
        facts["core"] = True
    return facts


def exit_facts(
    pid: int, status: int, asked: bool, seconds: float, oom_kills: int
) -> dict[str, object]:
    """The end of the app, for log and status: `asked` says whether a stop was under way,
    `seconds` how long the app ran, `oom_kills` what the kernel counts for the container."""
    facts = {"pid": pid, **status_facts(status), "asked": asked, "after_seconds": round(seconds, 3)}
    if oom_kills:
        facts["why"] = f"out of memory? the kernel counts {oom_kills} OOM kills here"
    return facts


def explain_failure(
    stage: int, error: int, reason: str, command: str, asked: str = ""
) -> tuple[int, str]:
    """The exit code and the message for a start that failed for good; `asked` is what the
    stage was to do, in a person's words."""
    if stage == Stage.SECRETS:
        return EXIT_OWN, f"initd: {reason}"
    if stage != Stage.EXEC:
        what = f"{_STAGES[stage]} {asked}".rstrip()
        refused = error in (EPERM, EACCES) and stage in _CURES
        cure = f" ({_CURES[stage]})" if refused else ""
        return EXIT_OWN, f"initd: {what}: {reason}{cure}"
    if error == E2BIG:
        reason += f": {_TOO_LONG}"
    if error != ENOENT:
        return EXIT_NOT_EXECUTABLE, f"initd: cannot run {command!r}: {reason}"
    if "/" in command:  # the kernel says the same of a file whose interpreter is missing
        reason += " (the file itself, or the interpreter that it names)"
    return EXIT_NOT_FOUND, f"initd: cannot run {command!r}: {reason}"
