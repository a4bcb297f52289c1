"""Who sends next, and when: one clock for all workers, kept in Redis.

A turn is a moment on an account's own time line: each takes the line's end and moves
it on by what it sends. The time is Redis's, so machines need not agree on it. A Redis
that lost the line starts it anew at now: turns given out before are still taken, so
for as long as those last two may come together.
"""

from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from broadcaster.errors import PaceUnknownError

KEPT_MS = 3_600_000
"""How long the line of an account that sends nothing is kept."""
_TAKE_A_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
redis.call('SET', KEYS[1], string.format('%.0f', turn + ARGV[1]), 'PX', ARGV[2])
return string.format('%.0f', turn - now)
"""


class RedisPace:
    """The pace of every gateway account, shared through one Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._take: Callable[..., bytes] = redis.register_script(_TAKE_A_TURN)

    def reserve(self, account: str, *, segments: int, per_second: float) -> float:
        """Take the next turn of an account; return the seconds until it comes.

        Raises PaceUnknownError while Redis is away.
        """
        lasts_us = round(segments / per_second * 1_000_000)
        try:
            wait_us = self._take(keys=[f"loa:pace:{account}"], args=[lasts_us, KEPT_MS])
        except RedisError as error:
            raise PaceUnknownError(account) from error
        return int(wait_us) / 1_000_000
