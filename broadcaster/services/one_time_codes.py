"""A resident proves a phone is theirs by a code that is texted to it."""

import datetime as dt
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.composing import fill
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import MessageKind
from broadcaster.store.tables.staff import OneTimeCode
from subscriptions.phones import read_phone
from subscriptions.tables.households import Line, LineStatus
from subscriptions.tables.places import Ward
from templates import message_text

DIGITS = 6
VALID_FOR = dt.timedelta(minutes=10)
MAX_ATTEMPTS = 5
MAX_CODES_AN_HOUR = 3

# quicker than for passwords: six digits live ten minutes and five tries
_HASHER = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)


def request_code(
    database: Database, phone: str, *, gateway: str, now: dt.datetime
) -> str:
    """Text a code if the phone is one of ours; return the number either way.

    The caller must answer the same whether it is ours or not. At most three codes
    an hour leave for one phone. Raises InputError for what is no mobile number.
    """
    reading = read_phone(phone)
    if reading.number is None or not reading.sms:
        raise InputError("phone", str(reading.code))
    e164 = reading.number.e164
    # made before it is known whose the phone is: the answer takes as long either way
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    code_hash = _HASHER.hash(code)
    with database.writing() as session:
        line = _find_line(session, e164)
        if line is not None and _codes_since(session, line, now) < MAX_CODES_AN_HOUR:
            session.add(
                OneTimeCode(
                    line_id=line.id, code_hash=code_hash, expires_at=now + VALID_FOR
                )
            )
            _text(session, line, code, gateway=gateway, now=now)
    return e164


def check_code(
    database: Database, e164: str, *, code: str, now: dt.datetime
) -> list[int]:
    """Return the ids of the phone's lines. Raises InputError: wrong or too late."""
    with database.writing() as session:
        line = _find_line(session, e164)
        sent = _find_open(session, line, now) if line else None
        fits = sent is not None and _fits(sent, code)
        if sent is not None:
            sent.attempts += 1
            sent.used_at = now if fits else None
        if fits:
            query = select(Line.id).where(Line.e164 == e164).order_by(Line.id)
            return list(session.scalars(query))
    raise InputError("code", "wrong")


def _find_line(session: Session, e164: str) -> Line | None:
    return session.scalars(
        select(Line)
        .where(Line.e164 == e164, Line.status == LineStatus.USABLE)
        .order_by(Line.id)
        .limit(1)
    ).one_or_none()


def _codes_since(session: Session, line: Line, now: dt.datetime) -> int:
    hour_ago = now + VALID_FOR - dt.timedelta(hours=1)
    count = session.scalar(
        select(func.count())
        .select_from(OneTimeCode)
        .where(OneTimeCode.line_id == line.id, OneTimeCode.expires_at > hour_ago)
    )
    return count or 0


def _text(
    session: Session, line: Line, code: str, *, gateway: str, now: dt.datetime
) -> None:
    ward = session.get_one(Ward, line.ward_id)
    new = NewText(
        ward_id=ward.id,
        line_id=line.id,
        to=line.e164,
        sender=ward.sender_brand,
        text=fill(message_text("one_time_code"), {"code": code}),
        kind=MessageKind.CODE,
        gateway=gateway,
        valid_until=now + VALID_FOR,
    )
    enqueue(session, new, now=now)


def _find_open(session: Session, line: Line, now: dt.datetime) -> OneTimeCode | None:
    return session.scalars(
        select(OneTimeCode)
        .where(
            OneTimeCode.line_id == line.id,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.attempts < MAX_ATTEMPTS,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _fits(sent: OneTimeCode, code: str) -> bool:
    try:
        return _HASHER.verify(sent.code_hash, "".join(filter(str.isdigit, code)))
    except VerifyMismatchError:
        return False
