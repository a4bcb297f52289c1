"""The usual design, to compare with: one RQ job, one SDK call, one commit per text."""

import functools
import os
import sys

from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import select
from twilio.rest import Client

from broadcaster.bootstrap import House, build_house
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message

GATEWAY = "naive"
"""No worker of ours has it, so that none takes these texts."""
QUEUE = "naive"
START = "naive-may-start"
READY = "naive_ready"


def enqueue_all(database: Database, redis_url: str) -> int:
    """Put a job on the queue for every text that waits; return how many."""
    queue = Queue(QUEUE, connection=Redis.from_url(redis_url))
    waiting = select(Message.id).where(
        Message.gateway == GATEWAY, Message.state == MessageState.QUEUED
    )
    with database.reading() as session:
        ids = session.scalars(waiting.order_by(Message.id)).all()
    for message_id in ids:
        queue.enqueue(f"{send_one.__module__}.send_one", message_id, result_ttl=0)
    return len(ids)


def let_start(redis_url: str, *, workers: int) -> None:
    """Let so many workers that are ready begin."""
    Redis.from_url(redis_url).rpush(START, *["go"] * workers)


def send_one(message_id: int) -> None:
    """Send one text and write it down."""
    with _the_house().database.writing() as session:
        message = session.get_one(Message, message_id)
        sent = _client().messages.create(
            to=message.to,
            from_=message.sender,
            body=message.text,
            status_callback=_callback(message),
        )
        message.state, message.provider_id = MessageState.ACCEPTED, sent.sid


def _callback(message: Message) -> str:
    url = _the_house().settings.public_url
    return f"{url}/callbacks/twilio/status/{message.public_id}"


@functools.cache
def _the_house() -> House:
    return build_house(os.environ)


@functools.cache
def _client() -> Client:
    client = Client(
        os.environ["LOA_GATEWAY_ACCOUNT_SID"], os.environ["LOA_GATEWAY_AUTH_TOKEN"]
    )
    client.api.base_url = os.environ["LOA_GATEWAY_BASE_URL"]
    return client


def main() -> None:
    """Make everything ready, wait for the start, and work until nothing waits."""
    _the_house(), _client()
    redis = Redis.from_url(os.environ["LOA_REDIS_URL"])
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    redis.blpop([START])
    SimpleWorker([QUEUE], connection=redis).work(burst=True, logging_level="ERROR")


if __name__ == "__main__":
    # under its own name, for RQ looks the job up by it and would else build all twice
    sys.modules["tests.benchmarks._naive"] = sys.modules["__main__"]
    main()
