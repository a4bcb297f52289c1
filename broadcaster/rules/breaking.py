"""When a telco counts as down, and how long nothing is tried there."""

import datetime as dt

FEWEST = 5
"""Lost answers below this number are bad luck; a refused connection is not."""
PROBES = 1
"""Texts that may leave to find out whether it is up again: each may end in doubt."""
PROBE_LEASE = dt.timedelta(seconds=30)
"""How long a probe's worker keeps the others from probing."""
_FIRST = dt.timedelta(seconds=5)
_LONGEST = dt.timedelta(seconds=60)


def is_down(*, tried: int, unreachable: int, lost: int, probing: bool) -> bool:
    """Tell whether half of what was tried met no telco, or lost its answer.

    Refusals do not count: a bad number is no fault of the telco's.
    """
    failed = unreachable + lost
    if not failed or failed * 2 < tried:
        return False
    return probing or unreachable > 0 or lost >= FEWEST


def stays_open(failures: int) -> dt.timedelta:
    """Return how long nothing leaves after the breaker opened `failures` times."""
    doubled = min(failures - 1, 10)
    return min(_FIRST * (1 << doubled), _LONGEST)
