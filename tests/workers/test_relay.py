"""The bell rings for rows that wait, once, and again whenever Redis forgot it."""

import datetime as dt

from redis import Redis
from rq import Queue, SimpleWorker

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Inbound, Receipt, ReceiptStatus
from broadcaster.services.receipts import take_receipt
from broadcaster.services.replies import take_inbound
from broadcaster.store.gateway_states import open_breaker, pause_gateway
from tests.builders.houses import with_gateways
from tests.builders.messages import GATEWAY, a_text
from tests.builders.people import NOW, a_ward
from tests.workers.conftest import make_due
from workers.process import work_with
from workers.queues import ALL, DRAIN, RECEIPTS, REPLIES
from workers.relay import Bell, ring

DRAIN_BELL = Bell(queue=DRAIN, job="drain_gateway", args=(GATEWAY,))
RECEIPTS_BELL = Bell(queue=RECEIPTS, job="interpret_receipts")
REPLIES_BELL = Bell(queue=REPLIES, job="answer_inbound")


def jobs(redis: Redis) -> list[str]:
    queues = (Queue(name, connection=redis) for name in ALL)
    return [job_id for queue in queues for job_id in queue.job_ids]


def test_nothing_waits_and_nothing_rings(house: House, redis: Redis) -> None:
    assert ring(house, redis) == []
    assert jobs(redis) == []


def test_due_texts_ring_once_until_a_worker_takes_the_job(
    house: House, redis: Redis
) -> None:
    make_due(house.database)
    assert ring(house, redis) == [DRAIN_BELL]
    assert ring(house, redis) == []
    assert len(jobs(redis)) == 1


def test_a_bell_that_redis_forgot_rings_again(house: House, redis: Redis) -> None:
    make_due(house.database)
    ring(house, redis)
    redis.flushdb()
    assert ring(house, redis) == [DRAIN_BELL]


def test_a_job_that_died_with_its_worker_does_not_silence_the_bell(
    house: House, redis: Redis
) -> None:
    make_due(house.database)
    ring(house, redis)
    popped = redis.lpop(Queue(DRAIN, connection=redis).key)
    assert popped is not None
    assert ring(house, redis) == [DRAIN_BELL]


def test_a_text_of_tomorrow_does_not_ring(house: House, redis: Redis) -> None:
    with house.database.writing() as session:
        a_text(session, a_ward(session), due_at=NOW + dt.timedelta(days=1))
    assert ring(house, redis) == []


def test_a_paused_gateway_does_not_ring(house: House, redis: Redis) -> None:
    make_due(house.database)
    with house.database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + dt.timedelta(hours=1), facts={})
    assert ring(house, redis) == []


def test_a_gateway_that_stands_in_rings_for_one_that_is_down(
    house: House, redis: Redis
) -> None:
    house = with_gateways(house, MemoryGateway(), MemoryGateway(name="second"))
    make_due(house.database)
    with house.database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    assert ring(house, redis) == [
        Bell(queue=DRAIN, job="drain_gateway", args=("second",))
    ]


def test_a_gateway_whose_breakers_time_is_over_rings(
    house: House, redis: Redis
) -> None:
    make_due(house.database)
    long_ago = NOW - dt.timedelta(minutes=1)
    with house.database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=long_ago, facts={})
    assert ring(house, redis) == [DRAIN_BELL]


def test_waiting_receipts_ring(house: House, redis: Redis) -> None:
    receipt = Receipt(
        reference="r",
        provider_id="M1",
        status=ReceiptStatus.DELIVERED,
        raw_status="delivered",
    )
    take_receipt(house.database, GATEWAY, receipt, now=NOW)
    assert ring(house, redis) == [RECEIPTS_BELL]


def test_a_residents_text_rings(house: House, redis: Redis) -> None:
    inbound = Inbound(provider_id="1", sender="+84912000001", to="8088", text="TG")
    take_inbound(house.database, GATEWAY, inbound, now=NOW)
    assert ring(house, redis) == [REPLIES_BELL]


def test_a_job_carries_names_and_never_people(house: House, redis: Redis) -> None:
    make_due(house.database)
    ring(house, redis)
    stored = b"".join(
        value
        for key in redis.scan_iter("rq:job:*")
        for value in redis.hgetall(key).values()
        if isinstance(value, bytes)
    )
    assert b"912000001" not in stored
    [job] = Queue(DRAIN, connection=redis).jobs
    assert (job.func_name, job.args) == ("workers.jobs.drain_gateway", (GATEWAY,))


def test_a_job_leaves_nothing_behind(house: House, redis: Redis) -> None:
    make_due(house.database)
    work_with(house)
    ring(house, redis)
    SimpleWorker(ALL, connection=redis).work(burst=True, logging_level="ERROR")
    assert list(redis.scan_iter("rq:job:*")) == []
    gateway = house.gateways[GATEWAY]
    assert isinstance(gateway, MemoryGateway)
    assert len(gateway.sent) == 1
