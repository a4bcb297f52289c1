"""What residents text to us: kept, obeyed where we know the word, then answered."""

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Channel, Inbound
from broadcaster.rules.composing import fill
from broadcaster.rules.keywords import Keyword, read_keyword
from broadcaster.services.writers import Writer, find_writer
from broadcaster.services.zalo_answers import answer_by_zalo
from broadcaster.services.zalo_contacts import BY_SHARING, invite
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
BY_ZALO = Evidence(
    method=ConsentMethod.ZALO, wording_version="zalo-text-1", recorded_by=None
)
EVIDENCE = {Channel.SMS: BY_TEXT, Channel.ZALO: BY_ZALO}
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

    Sent to a number or account that is no ward's, or several wards', it is kept without
    a ward; who wrote by Zalo and is linked to a line has that line's.
    """
    with database.writing() as session:
        return keep_inbound(session, gateway_name, inbound, now=now)


def answer_waiting(database: Database, *, gateway: str, now: dt.datetime) -> int:
    """Read what residents wrote, do what they ask, answer; return how many were read.

    They are answered by the channel they wrote by: by SMS through `gateway`, by Zalo
    through the account they wrote to. A line's limit holds over both.
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
    writer = find_writer(session, text)
    if not writer.lines:
        return _greet_stranger(session, text, writer, gateway=gateway, now=now)
    answer = _obey(session, text, writer, now=now)
    since = _midnight(now)
    used_up = count_answers(session, writer.lines[0].id, since=since) >= ANSWERS_A_DAY
    if answer is None or used_up:
        return False
    return _send(session, text, answer, writer=writer, gateway=gateway, now=now)


def _obey(
    session: Session, text: InboundText, writer: Writer, *, now: dt.datetime
) -> str | None:
    """Do what a line's holder asks; return the name of the answer, if one is due."""
    if text.keyword == Keyword.STOP:
        stopped = [_stop(session, text, line, now=now) for line in writer.lines]
        return STOPPED if any(stopped) else None
    if text.keyword == Keyword.START:
        for line in writer.lines:
            _start(session, text, line, now=now)
        return STARTED
    if text.keyword == Keyword.HELP:
        return HELP
    since = _midnight(now)
    asked_before = has_written(session, text, since=since, known_words=False)
    return None if asked_before else HELP


def _stop(session: Session, text: InboundText, line: Line, *, now: dt.datetime) -> bool:
    """Withdraw everything; return False when that was so already."""
    words = standing(session, line.id).values()
    agreed = any(word.action is ConsentAction.GRANTED for word in words)
    by = EVIDENCE[text.channel]
    added = withdraw(session, line.id, Purpose, evidence=by, now=now)
    return agreed or (bool(added) and not words)


def _start(
    session: Session, text: InboundText, line: Line, *, now: dt.datetime
) -> None:
    """Agree again; who says so by Zalo agrees to Zalo as well."""
    by = EVIDENCE[text.channel]
    grant(session, line.id, STARTED_BY_TEXT, evidence=by, now=now)
    if text.channel is Channel.ZALO:
        grant(session, line.id, Purpose, evidence=BY_SHARING, now=now)


def _greet_stranger(
    session: Session,
    text: InboundText,
    writer: Writer,
    *,
    gateway: str,
    now: dt.datetime,
) -> bool:
    """Tell a phone that no household holds how it works, once a day."""
    if has_written(session, text, since=_midnight(now), known_words=True):
        return False
    if writer.contact is not None:
        return invite(session, writer.contact, since=text.received_at, now=now)
    reading = read_phone(text.sender)
    if text.ward_id is None or reading.e164 != text.sender or not reading.sms:
        return False  # a short code, a name, a landline: no answer would arrive
    return _send(session, text, HELP, writer=writer, gateway=gateway, now=now)


def _send(
    session: Session,
    text: InboundText,
    answer: str,
    *,
    writer: Writer,
    gateway: str,
    now: dt.datetime,
) -> bool:
    """Answer by the channel that the text came by; False when it is too late for it."""
    line = writer.lines[0] if writer.lines else None
    if writer.contact is not None and line is not None:
        return answer_by_zalo(
            session,
            writer.contact,
            answer,
            ward_id=line.ward_id,
            since=text.received_at,
            now=now,
        )
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
    return True


def _midnight(now: dt.datetime) -> dt.datetime:
    """Return when the ward's own day began."""
    local = now.astimezone(WARD_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
