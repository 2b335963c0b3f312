"""The stages of the app's start. They are needed before it; events.py is not."""

from __future__ import annotations


class Stage:
    """Where a start can fail: the shim's STAGE_ numbers (shim/report.h)."""

    FORK, GROUP, TERMINAL, LIMITS, USER_GROUPS, USER_GROUP, USER, DIRECTORY, EXEC = range(1, 10)
    NICE, OOM_SCORE, CAPABILITIES, NO_NEW_PRIVILEGES, SECRETS = range(10, 15)
