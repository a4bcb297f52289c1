"""Two workers reach for the same text at the same moment."""

from collections import Counter
from functools import partial

from redis import Redis
from rq import Queue, Worker

from tests.faults.sites import GATEWAY, Site
from tests.telco import until
from workers.jobs import drain_gateway
from workers.queues import DRAIN

ROUNDS = 15
JOB = f"{drain_gateway.__module__}.{drain_gateway.__name__}"


def test_two_workers_race_for_one_text_and_one_call_is_made(
    either_site: Site, redis_url: str
) -> None:
    """Fault 1: whoever is second finds nothing to send."""
    site, redis = either_site, Redis.from_url(redis_url)
    site.telco.weather(lose_receipts=1.0)
    queue = Queue(DRAIN, connection=redis)
    host = site.a_host()
    for name in ("left", "right"):
        host.start_worker(name)
    until(lambda: len(Worker.all(connection=redis)) == 2, within_s=60)
    told: list[str] = []
    for turn in range(1, ROUNDS + 1):
        told += site.tell(1)
        for _ in range(2):
            queue.enqueue(JOB, GATEWAY, result_ttl=0)
        until(partial(_is_settled, site, texts=turn))
    until(lambda: _jobs_done(redis) == 2 * ROUNDS)
    assert site.taken() == ROUNDS
    until(lambda: site.heard() == Counter(told))
    assert min(_jobs_of_each(redis)) > 0
    redis.close()


def _is_settled(site: Site, *, texts: int) -> bool:
    return site.count("accepted") == texts


def _jobs_of_each(redis: Redis) -> list[int]:
    return [each.successful_job_count for each in Worker.all(connection=redis)]


def _jobs_done(redis: Redis) -> int:
    return sum(_jobs_of_each(redis))
