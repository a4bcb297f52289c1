"""Who agreed to what: words are added, and the latest of a line and purpose counts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from subscriptions.errors import NotInRegisterError
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import Line

ZALO = "zalo"
"""The channel that people follow, link themselves to and refuse on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a word was given: what it rests on has no default, silence is no consent.

    `recorded_by` is the account that wrote it down, None when the resident did.
    `channel` is None for a word that counts by whatever channel; a word about one
    channel alone, such as ZALO, changes nothing by the others.
    """

    method: ConsentMethod
    wording_version: str
    recorded_by: int | None
    channel: str | None = None


def grant(
    session: Session,
    line_id: int,
    purposes: Iterable[Purpose],
    *,
    evidence: Evidence,
    now: dt.datetime,
) -> list[ConsentRecord]:
    """Record that the line may be told about these; return the records added.

    A purpose already agreed to in the same wording gets no second record.
    """
    return _record(
        session,
        _Word(line_id=line_id, action=ConsentAction.GRANTED, evidence=evidence),
        purposes,
        now=now,
    )


def withdraw(
    session: Session,
    line_id: int,
    purposes: Iterable[Purpose],
    *,
    evidence: Evidence,
    now: dt.datetime,
) -> list[ConsentRecord]:
    """Record that the line may not be told about these; return the records added.

    None are added for what was withdrawn before: who says so twice is answered
    once. A refusal before any consent is recorded too.
    """
    return _record(
        session,
        _Word(line_id=line_id, action=ConsentAction.WITHDRAWN, evidence=evidence),
        purposes,
        now=now,
    )


def standing(session: Session, line_id: int) -> dict[Purpose, ConsentRecord]:
    """Return the word that counts for each purpose the line ever spoke of."""
    return standings(session, [line_id]).get(line_id, {})


def standings(
    session: Session, line_ids: Iterable[int], *, channel: str | None = None
) -> dict[int, dict[Purpose, ConsentRecord]]:
    """Return the words that count, by line and purpose, in one query.

    With a `channel` the words about that channel alone, else those about them all.
    """
    last = (
        select(func.max(ConsentRecord.id))
        .where(
            ConsentRecord.line_id.in_(sorted(set(line_ids))),
            ConsentRecord.channel.is_not_distinct_from(channel),
        )
        .group_by(ConsentRecord.line_id, ConsentRecord.purpose)
    )
    found: dict[int, dict[Purpose, ConsentRecord]] = {}
    for record in session.scalars(
        select(ConsentRecord).where(ConsentRecord.id.in_(last))
    ):
        found.setdefault(record.line_id, {})[record.purpose] = record
    return found


def latest_action(
    line_id: ColumnElement[int] | ColumnElement[int | None],
    purpose: Purpose | ColumnElement[Purpose | None],
) -> ScalarSelect[ConsentAction]:
    """Return the expression for a line's last word on a purpose, null if it has none.

    Words about one channel alone do not count. Reads a few rows by index for each
    line, however many wards and years the table holds.
    """
    return (
        select(ConsentRecord.action)
        .where(
            ConsentRecord.line_id == line_id,
            ConsentRecord.purpose == purpose,
            ConsentRecord.channel.is_(None),
        )
        .order_by(ConsentRecord.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def zalo_word(
    line_id: ColumnElement[int] | ColumnElement[int | None],
) -> ScalarSelect[ConsentAction]:
    """Return the expression for a line's last word on Zalo alone, null if it has none.

    It only bars or proves the channel: whether the line may be told at all is what
    `latest_action` says. Such a word is always about every purpose; one is read, so
    that the index finds it.
    """
    return (
        select(ConsentRecord.action)
        .where(
            ConsentRecord.line_id == line_id,
            ConsentRecord.purpose == Purpose.NOTICES,
            ConsentRecord.channel == ZALO,
        )
        .order_by(ConsentRecord.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def consented_lines(purpose: Purpose) -> Select[int]:
    """Return the query for the ids of lines that may be told about a purpose."""
    return select(Line.id).where(
        latest_action(Line.id.expression, purpose) == ConsentAction.GRANTED
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    line_id: int
    action: ConsentAction
    evidence: Evidence

    def repeats(self, record: ConsentRecord | None) -> bool:
        """Tell whether the record already says the same."""
        if record is None or record.action != self.action:
            return False
        return (
            self.action is ConsentAction.WITHDRAWN
            or record.wording_version == self.evidence.wording_version
        )


def _record(
    session: Session, word: _Word, purposes: Iterable[Purpose], *, now: dt.datetime
) -> list[ConsentRecord]:
    line = session.get(Line, word.line_id, with_for_update={"key_share": True})
    if line is None:
        raise NotInRegisterError("line")
    channel = word.evidence.channel
    before = standings(session, [line.id], channel=channel).get(line.id, {})
    records = [
        ConsentRecord(
            ward_id=line.ward_id,
            line_id=line.id,
            purpose=purpose,
            channel=channel,
            action=word.action,
            method=word.evidence.method,
            wording_version=word.evidence.wording_version,
            recorded_by=word.evidence.recorded_by,
            recorded_at=now,
        )
        for purpose in sorted(set(purposes))
        if not word.repeats(before.get(purpose))
    ]
    session.add_all(records)
    session.flush()
    return records
