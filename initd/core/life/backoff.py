"""How long to wait before the next attempt."""

FIRST = 0.1
LONGEST = 5.0


def delay(attempt: int, longest: float = LONGEST) -> float:
    """Seconds to wait before attempt number `attempt` (from 0): doubled each time, up to
    `longest`."""
    return longest if attempt > 16 else min(FIRST * 2**attempt, longest)
