"""Ring for rows that wait: the database is the truth, and RQ only a bell.

Whatever Redis forgets is rung for again a second later, from the rows.
"""

import uuid
from dataclasses import dataclass

from redis import Redis
from rq import Queue

from broadcaster.bootstrap import House
from broadcaster.ports import Channel
from broadcaster.store.inbox import has_unread
from broadcaster.store.outbox import gateways_due
from broadcaster.store.raw_receipts import has_waiting
from workers.jobs import answer_inbound, drain_gateway, interpret_receipts
from workers.queues import DRAIN, RECEIPTS, REPLIES

JOB_TIMEOUT_S = 600
"""Far over any window: RQ would break into one, and leave its texts in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """A job that should be waiting in a queue; `args` are names, never people."""

    queue: str
    job: str
    args: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """Return what the ids of its jobs begin with."""
        return "-".join((self.job, *self.args, ""))


def ring(house: House, redis: Redis) -> list[Bell]:
    """Enqueue a job for each kind of row that waits; return the bells rung.

    One waiting job of a kind is enough, and one may wait while others run: so every
    free worker joins in. RQ's own `unique` is not used, for it counts the job of a
    worker that was killed as running for minutes, and the bell would stay silent.
    """
    rung = []
    for bell in _wanted(house):
        queue = Queue(bell.queue, connection=redis)
        if any(job_id.startswith(bell.prefix) for job_id in queue.job_ids):
            continue
        queue.enqueue(
            f"{_JOBS}.{bell.job}",
            *bell.args,
            job_id=f"{bell.prefix}{uuid.uuid4().hex}",
            job_timeout=JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=0,
        )
        rung.append(bell)
    return rung


_JOBS = drain_gateway.__module__


def _wanted(house: House) -> list[Bell]:
    now, by_sms = house.clock.now(), house.gateways.sending(Channel.SMS)
    names = (*by_sms, *house.gateways.sending(Channel.ZALO))
    off = house.gateways.switched_off
    with house.database.reading() as session:
        bells = [
            Bell(queue=DRAIN, job=drain_gateway.__name__, args=(gateway,))
            for gateway in gateways_due(session, names, route=by_sms, off=off, now=now)
            if not house.gateways[gateway].capabilities.own_process
        ]
        if has_waiting(session, now=now):
            bells.append(Bell(queue=RECEIPTS, job=interpret_receipts.__name__))
        if has_unread(session):
            bells.append(Bell(queue=REPLIES, job=answer_inbound.__name__))
    return bells
