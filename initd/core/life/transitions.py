"""Which state may follow which, and why: the table that documentation, metrics and tests use.

pid 1 does not import it. The supervisor enters states in one place (`LifeState._enter`), and
tests hold every state that it enters, in every situation, to this table.
"""

from __future__ import annotations

from initd.core.states import ENDED, RUNNING, STARTING, STOPPING, SWEEPING, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from initd.core.states import State

#: From each state to those that may follow it, with what causes that.
TRANSITIONS: dict[State, dict[State, str]] = {
    STARTING: {
        RUNNING: "the app has been executed",
        WAITING: "no process or memory for it just now, or its start is held",
        SWEEPING: "it cannot be run",
    },
    WAITING: {STARTING: "the next start is due", SWEEPING: "a stop, or a start that is given up"},
    RUNNING: {
        STOPPING: "a stop or restart",
        SWEEPING: "the app ends by itself",
        STARTING: "it has gone into the background, its pid file is awaited",
    },
    STOPPING: {SWEEPING: "the app ends"},
    SWEEPING: {WAITING: "nothing is left, a restart is due", ENDED: "nothing is left"},
    ENDED: {},
}
INITIAL: State = STARTING
STATES: tuple[State, ...] = tuple(TRANSITIONS)


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    rows = [f"    [*] --> {INITIAL}"]
    for state, following in TRANSITIONS.items():
        rows += [f"    {state} --> {each}: {cause}" for each, cause in following.items()]
        if not following:
            rows.append(f"    {state} --> [*]")
    return "\n".join(["stateDiagram-v2", *rows])
