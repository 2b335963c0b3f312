"""How init speaks to whoever started it, over sd_notify: see core/monitor/upward.py."""

from __future__ import annotations

from initd.core.value import Value


class UpwardPolicy(Value, kw_only=True):
    """`needs_ready`: whether the app itself has to say READY=1, beside what the checks find.
    `watchdog`: the seconds within which WATCHDOG=1 is expected; 0: it is not. `main_pid`: init's
    pid as the receiver sees it; 0 where nobody here can know it, within a pid namespace: then
    the kernel tells the receiver who the sender is (SCM_CREDENTIALS, unix(7))."""

    needs_ready: bool
    watchdog: float = 0.0
    main_pid: int = 0
