"""What residents text to us: kept, obeyed where we know the word, then answered."""

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Inbound
from broadcaster.rules.composing import fill
from broadcaster.rules.keywords import Keyword, read_keyword
from broadcaster.store.inbox import (
    count_answers,
    has_written,
    keep_inbound,
    take_unread,
)
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText, MessageKind
from subscriptions.consents import Evidence, grant, standing, withdraw
from subscriptions.lines import find_line
from subscriptions.months import WARD_ZONE
from subscriptions.phones import read_phone
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward
from templates import message_text

BATCH = 100
ANSWERS_A_DAY = 5
BY_TEXT = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="sms-1", recorded_by=None
)
STARTED_BY_TEXT = (Purpose.NOTICES, Purpose.PENSION, Purpose.BILLING)
"""What DK agrees to; dossiers are agreed to where they are handed in."""

HELP = "keyword_help"
STOPPED = "texts_stopped"
STARTED = "texts_started"

log = structlog.get_logger()


def take_inbound(
    database: Database, gateway_name: str, inbound: Inbound, *, now: dt.datetime
) -> bool:
    """Keep a verified text of a resident, and no more; False when kept before.

    Sent to a number that is no ward's, or several wards', it is kept without a ward.
    """
    with database.writing() as session:
        return keep_inbound(session, gateway_name, inbound, now=now)


def answer_waiting(database: Database, *, gateway: str, now: dt.datetime) -> int:
    """Read what residents wrote, do what they ask, answer; return how many were read.

    TC is obeyed even where the day's answers are used up. A word that is none of ours
    stays in the ward's inbox and gets the help once a day.
    """
    read = 0
    while taken := _answer_batch(database, gateway=gateway, now=now):
        read += taken
    return read


def _answer_batch(database: Database, *, gateway: str, now: dt.datetime) -> int:
    with database.writing() as session:
        texts = take_unread(session, limit=BATCH)
        answers = [_answer(session, text, gateway=gateway, now=now) for text in texts]
    if texts:
        log.info("inbound_read", texts=len(texts), answered=sum(answers))
    return len(texts)


def _answer(
    session: Session, text: InboundText, *, gateway: str, now: dt.datetime
) -> bool:
    """Do what one text asks; return whether it is answered."""
    text.interpreted_at = now
    text.keyword = read_keyword(text.body)
    session.flush()
    if text.ward_id is None:
        return False
    line = find_line(session, text.ward_id, text.sender)
    if line is None:
        return _greet_stranger(session, text, gateway=gateway, now=now)
    answer = _obey(session, text, line, now=now)
    since = _midnight(now)
    used_up = count_answers(session, line.id, since=since) >= ANSWERS_A_DAY
    if answer is None or used_up:
        return False
    _send(session, text, answer, line=line, gateway=gateway, now=now)
    return True


def _obey(
    session: Session, text: InboundText, line: Line, *, now: dt.datetime
) -> str | None:
    """Do what a line's holder asks; return the name of the answer, if one is due."""
    if text.keyword == Keyword.STOP:
        return STOPPED if _stop(session, line, now=now) else None
    if text.keyword == Keyword.START:
        grant(session, line.id, STARTED_BY_TEXT, evidence=BY_TEXT, now=now)
        return STARTED
    if text.keyword == Keyword.HELP:
        return HELP
    since = _midnight(now)
    asked_before = has_written(session, text, since=since, known_words=False)
    return None if asked_before else HELP


def _stop(session: Session, line: Line, *, now: dt.datetime) -> bool:
    """Withdraw everything; return False when that was so already."""
    words = standing(session, line.id).values()
    agreed = any(word.action is ConsentAction.GRANTED for word in words)
    added = withdraw(session, line.id, Purpose, evidence=BY_TEXT, now=now)
    return agreed or (bool(added) and not words)


def _greet_stranger(
    session: Session, text: InboundText, *, gateway: str, now: dt.datetime
) -> bool:
    """Tell a phone that no household holds how it works, once a day."""
    reading = read_phone(text.sender)
    if reading.e164 != text.sender or not reading.sms:
        return False  # a short code, a name, a landline: no answer would arrive
    if has_written(session, text, since=_midnight(now), known_words=True):
        return False
    _send(session, text, HELP, line=None, gateway=gateway, now=now)
    return True


def _send(
    session: Session,
    text: InboundText,
    answer: str,
    *,
    line: Line | None,
    gateway: str,
    now: dt.datetime,
) -> None:
    ward = session.get_one(Ward, text.ward_id)
    facts = {"brand": ward.sender_brand, "number": text.to.replace("+84", "0", 1)}
    enqueue(
        session,
        NewText(
            ward_id=ward.id,
            line_id=line.id if line else None,
            to=text.sender,
            sender=ward.sender_brand,
            text=fill(message_text(answer), facts),
            kind=MessageKind.REPLY if answer == HELP else MessageKind.CONFIRMATION,
            gateway=gateway,
        ),
        now=now,
    )


def _midnight(now: dt.datetime) -> dt.datetime:
    """Return when the ward's own day began."""
    local = now.astimezone(WARD_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
