"""What the command line's first words are, and where the shim is."""

from __future__ import annotations

#: Only as the first word: `initd -- health` runs a program of that name.
VERBS = (
    *("health", "status", "signal", "stop", "restart"),
    *("check", "compile", "hostname", "profiles", "preload", "completion", "link"),
)
#: Before all other words: the name, or path, that initd was called by.
AS = "--as"
SHIM = __file__.rpartition("/cli/")[0] + "/native/ppidshim"
