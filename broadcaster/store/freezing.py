"""Turn an announcement's audience into its messages, all of them or none."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    case,
    func,
    insert,
    literal,
    null,
    select,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, StateError
from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.tariffs import TariffKind
from broadcaster.store.public_ids import new_public_ids
from broadcaster.store.routing import read_routes
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Exclusion, Lane
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.zalo_terms import ZaloTerms, can_be_told_by_zalo, zalo_columns

Rows: TypeAlias = Select[*tuple[Any, ...]]

TRIES = 5

_T = TypeVar("_T")
_SERIALIZATION_FAILURE = "40001"


class ChangedMeanwhileError(StateError):
    """Another transaction was quicker: look again at what it left."""

    code: ClassVar[str] = "changed_meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all messages of an announcement have in common besides its text."""

    lines: int
    """How many phones there are to text, counted in the same snapshot."""
    sender: str
    route: tuple[str, ...]
    """The SMS gateways in the order that holds where nobody set one."""
    lane: Lane
    encoding: str
    segments: int
    due_at: dt.datetime
    zalo: ZaloTerms | None = None
    """How those are told who can be told by Zalo; None: all are told by SMS."""


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """Give a writing session whose every statement sees the same people.

    On PostgreSQL that is REPEATABLE READ: otherwise a consent given between two
    statements would put someone both in the messages and among those left out.
    Raises ChangedMeanwhileError when another transaction changed the announcement.
    """
    try:
        with database.writing() as session:
            if session.get_bind().dialect.name == "postgresql":
                session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ"}
                )
            yield session
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _SERIALIZATION_FAILURE:
            raise
        raise ChangedMeanwhileError(ChangedMeanwhileError.code) from error


def try_again(
    act: Callable[[], _T],
    *,
    after: tuple[type[Exception], ...] = (ChangedMeanwhileError,),
) -> _T:
    """Do what opens a `snapshot`, up to five times while others are quicker.

    Colleagues who send at the same moment take turns at the ward's budget. Raises what
    the last try did.
    """
    for _ in range(TRIES - 1):
        try:
            return act()
        except after:
            continue
    return act()


def freeze(
    session: Session,
    announcement: Announcement,
    *,
    recipients: Rows,
    left_out: Rows,
    terms: Terms,
    now: dt.datetime,
) -> int:
    """Make one message for each line and keep who is left out; return the messages.

    `recipients` has the columns line_id, e164 and carrier, `left_out` resident_id and
    reason. One statement each: docs/decisions/003-freezing.md has the measurements.
    Raises ChangedMeanwhileError, so that nothing is kept, when messages and lines
    differ; InputError where there is no gateway to send by.
    """
    session.flush()
    lines = recipients.subquery()
    common = _common(announcement, terms, now)
    ways = _ways(session, announcement, lines, terms=terms, now=now)
    row = select(
        new_public_ids(now),
        lines.c.line_id,
        lines.c.e164,
        lines.c.carrier,
        *ways.values(),
        *(literal(value, Message.__table__.c[name].type) for name, value in common),
    )
    names = ["public_id", "line_id", "to_e164", "carrier", *ways]
    names += [name for name, _ in common]
    session.execute(insert(Message).from_select(names, row, include_defaults=False))
    frozen = count_messages(session, announcement.id)
    if frozen != terms.lines:
        raise ChangedMeanwhileError(f"{frozen} messages for {terms.lines} lines")
    _keep_left_out(session, announcement.id, left_out)
    return frozen


def count_recipients(session: Session, recipients: Rows) -> int:
    """Count the lines that a query of recipients gives now."""
    return session.scalar(select(func.count()).select_from(recipients.subquery())) or 0


def count_messages(session: Session, announcement_id: int) -> int:
    """Count an announcement's messages, whatever became of them."""
    counted = select(func.count()).where(Message.announcement_id == announcement_id)
    return session.scalar(counted) or 0


def _common(
    announcement: Announcement, terms: Terms, now: dt.datetime
) -> list[tuple[str, Any]]:
    return [
        ("ward_id", announcement.ward_id),
        ("announcement_id", announcement.id),
        ("kind", MessageKind.ANNOUNCEMENT),
        ("purpose", announcement.purpose),
        ("sender", terms.sender),
        ("lane", int(terms.lane)),
        ("state", MessageState.QUEUED),
        ("attempts", 0),
        ("submissions", 0),
        ("due_at", terms.due_at),
        ("valid_until", announcement.valid_until),
        ("created_at", now),
    ]


def _ways(
    session: Session,
    announcement: Announcement,
    lines: Subquery,
    *,
    terms: Terms,
    now: dt.datetime,
) -> dict[str, ColumnElement[Any]]:
    """Return the columns that say how each line is told."""
    routes = read_routes(session, terms.route)
    if not routes.common:
        raise InputError("gateway", "none")
    seed = lines.c.line_id + announcement.id
    by_sms: dict[str, ColumnElement[Any]] = {
        "channel": literal(Channel.SMS.value, String),
        "gateway": routes.choosing(lines.c.carrier, seed),
        "tariff_kind": literal(TariffKind.CARE.value, String),
        "encoding": literal(terms.encoding, String),
        "segments": literal(terms.segments, Integer),
    }
    if terms.zalo is None:
        return by_sms
    by_zalo = zalo_columns(terms.zalo, lines.c.line_id, due_at=terms.due_at)
    can = can_be_told_by_zalo(lines.c.line_id, now=now)
    return {
        name: case((can, column), else_=by_sms.get(name, null()))
        for name, column in by_zalo.items()
    }


def _keep_left_out(session: Session, announcement_id: int, left_out: Rows) -> None:
    people = left_out.subquery()
    row = select(literal(announcement_id), people.c.resident_id, people.c.reason)
    names = ["announcement_id", "resident_id", "reason"]
    session.execute(insert(Exclusion).from_select(names, row))
