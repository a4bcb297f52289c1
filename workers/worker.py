"""A worker process: `python -m workers.worker`.

RQ's SimpleWorker, because a drain job keeps a pool of connections and a window in
memory: the forking worker would pay a fork for each job and, measured, halve the texts
a second. A job that kills the process leaves its window leased, then in doubt.
"""

import sys

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker

from broadcaster.errors import ConfigurationError
from broadcaster.logs import configure_logs
from workers.process import STOPPING, the_house
from workers.queues import ALL

AGAIN_AFTER_S = 1.0
SWITCH_S = 0.0005
"""How long Python lets one thread compute while others wait: at its usual 5 ms the
thread that holds the wire waits for the one that writes (measured, decision 007)."""

log = structlog.get_logger()


class GracefulWorker(SimpleWorker):
    """Tells the running job about SIGTERM: it finishes its window and returns."""

    def handle_warm_shutdown_request(self) -> None:
        """Note the first SIGTERM or Ctrl-C."""
        STOPPING.set()


def main() -> None:
    """Work until SIGTERM, however often Redis goes away and comes back."""
    configure_logs()
    sys.setswitchinterval(SWITCH_S)
    try:
        house = the_house()
    except ConfigurationError as error:
        sys.exit("\n".join(error.missing))
    redis = Redis.from_url(house.settings.redis_url)
    log.info("worker_started")
    while not STOPPING.is_set():
        try:
            worker = GracefulWorker(ALL, connection=redis, log_job_description=False)
            worker.work(logging_level="WARNING")
        except RedisError:
            log.exception("redis_lost")
        STOPPING.wait(AGAIN_AFTER_S)
    log.info("worker_stopped")


if __name__ == "__main__":
    main()
