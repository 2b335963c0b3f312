"""What glibc's strsignal(3) calls each signal; tini's messages have it."""

from __future__ import annotations

from initd.core.signals.numbers import RTMAX, RTMIN

_WORDS = (
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


def words_for(number: int) -> str:
    """`Terminated` for 15, `Real-time signal 3` for 37."""
    if 0 < number < len(_WORDS):
        return _WORDS[number]
    if RTMIN <= number <= RTMAX:
        return f"Real-time signal {number - RTMIN}"
    return f"Unknown signal {number}"
