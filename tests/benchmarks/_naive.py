"""The usual design, to compare with: one RQ job, one SDK call, one commit per text."""

import functools
import os

from redis import Redis
from rq import Queue, SimpleWorker
from sqlalchemy import select
from twilio.rest import Client

from broadcaster.bootstrap import House, build_house
from broadcaster.gateways.twilio_http import Wire
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message

QUEUE = "naive"


def enqueue_all(database: Database, redis_url: str) -> int:
    """Put a job on the queue for every text; return how many."""
    queue = Queue(QUEUE, connection=Redis.from_url(redis_url))
    with database.reading() as session:
        ids = session.scalars(select(Message.id).order_by(Message.id)).all()
    for message_id in ids:
        queue.enqueue(f"{__name__}.send_one", message_id, result_ttl=0)
    return len(ids)


def send_one(message_id: int) -> None:
    """Send one text and write it down."""
    with _the_house().database.reading() as session:
        message = session.get_one(Message, message_id)
        notice = session.get_one(Announcement, message.announcement_id)
    sent = _client().messages.create(
        to=message.to, from_=message.sender, body=notice.text
    )
    with _the_house().database.writing() as session:
        message = session.get_one(Message, message_id)
        message.state, message.provider_id = MessageState.ACCEPTED, sent.sid


@functools.cache
def _the_house() -> House:
    return build_house(os.environ)


@functools.cache
def _client() -> Client:
    options = _the_house().settings.gateway_options
    wire = Wire(options["base_url"], connections=1)
    return Client(options["account_sid"], options["auth_token"], http_client=wire)


if __name__ == "__main__":
    redis = Redis.from_url(os.environ["LOA_REDIS_URL"])
    SimpleWorker([QUEUE], connection=redis).work(burst=True, logging_level="ERROR")
