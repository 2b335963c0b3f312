"""strsignal(3) as glibc has it: tini's messages contain these texts."""

from __future__ import annotations

from initd.core.signals.numbers import RTMAX, RTMIN

_DESCRIPTIONS = (
    "",
    "Hangup",
    "Interrupt",
    "Quit",
    "Illegal instruction",
    "Trace/breakpoint trap",
    "Aborted",
    "Bus error",
    "Floating point exception",
    "Killed",
    "User defined signal 1",
    "Segmentation fault",
    "User defined signal 2",
    "Broken pipe",
    "Alarm clock",
    "Terminated",
    "Stack fault",
    "Child exited",
    "Continued",
    "Stopped (signal)",
    "Stopped",
    "Stopped (tty input)",
    "Stopped (tty output)",
    "Urgent I/O condition",
    "CPU time limit exceeded",
    "File size limit exceeded",
    "Virtual timer expired",
    "Profiling timer expired",
    "Window changed",
    "I/O possible",
    "Power failure",
    "Bad system call",
)


def strsignal(number: int) -> str:
    """`Terminated` for 15, `Real-time signal 3` for 37."""
    if 0 < number < len(_DESCRIPTIONS):
        return _DESCRIPTIONS[number]
    if RTMIN <= number <= RTMAX:
        return f"Real-time signal {number - RTMIN}"
    return f"Unknown signal {number}"
