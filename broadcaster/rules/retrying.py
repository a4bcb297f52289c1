"""When a text that was refused for now is tried again, and when that ends."""

import datetime as dt

_PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
LOOK_AFTER = dt.timedelta(seconds=10)
"""How long a callback gets to clear a doubt before the telco is asked."""
REPEATED_WITHIN = dt.timedelta(minutes=10)
"""How long a doubt that may be repeated waits for its gateway, and is one again."""
SILENT_AFTER = dt.timedelta(hours=24)
"""How long a text that was taken may go without a receipt before it is asked about."""
EMERGENCY_AGAIN_AFTER = dt.timedelta(seconds=60)
"""How long an emergency may be in doubt before it is sent again.

The stated policy: rather warned twice than not at all. Any other text is never sent
again while it is in doubt.
"""
EMERGENCY_ATTEMPTS = 3


def next_try(attempts: int) -> dt.timedelta | None:
    """Return the pause after the n-th refusal, counted from 1; None ends the trying."""
    return _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else None


def next_look(age: dt.timedelta) -> dt.timedelta:
    """Return the pause before looking again at what is still unknown at this age.

    As long as it has waited already: a month of not knowing costs some twenty looks.
    """
    return max(age, dt.timedelta(seconds=1))
