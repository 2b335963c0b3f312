"""How long to wait before the next try."""

FIRST = 0.1
LONGEST = 5.0


def delay(attempt: int, longest: float = LONGEST) -> float:
    """Seconds before try number `attempt` (from 0): doubled each time, up to `longest`."""
    return longest if attempt > 16 else min(FIRST * 2**attempt, longest)
