"""What a resident sees and decides about their own phone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services import journal
from broadcaster.services.bank_transfers import AskedTransfer, ask_transfer
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.zalo_contacts import ZaloStanding, zalo_standings
from subscriptions.collecting import household_balance
from subscriptions.consents import Evidence, grant, standings, withdraw
from subscriptions.lines import line_holders
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward

WORDING = "own-page-1"
SHOWN_TEXTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """One line of the phone: its ward, who is served, and what it agreed to."""

    line_id: int
    ward: str
    brand: str
    names: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    balance_vnd: int
    """What the households that pay for the line still owe."""
    zalo: ZaloStanding | None
    """None while nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """A text that went to the phone."""

    at: dt.datetime
    sender: str
    text: str
    channel: Channel


def own_lines(
    session: Session, line_ids: Sequence[int], *, now: dt.datetime
) -> list[OwnLine]:
    """Return what a phone is subscribed to, a row for each ward."""
    words = standings(session, line_ids)
    zalo = zalo_standings(session, line_ids, now=now)
    lines = session.execute(
        select(Line, Ward)
        .join(Ward, Ward.id == Line.ward_id)
        .where(Line.id.in_(line_ids))
        .order_by(Line.id)
    )
    return [
        _own_line(
            session,
            line,
            ward=ward,
            agreed=_agreed(words.get(line.id, {})),
            zalo=zalo.get(line.id),
        )
        for line, ward in lines
    ]


def own_transfers(
    session: Session, line_ids: Sequence[int], *, now: dt.datetime
) -> list[AskedTransfer]:
    """Return what the households that pay for a phone may transfer of what they owe."""
    payers = {
        holder.household.id: holder.household
        for line_id in line_ids
        for holder in line_holders(session, line_id)
        if holder.subscription.pays
    }
    asked = [ask_transfer(session, household, now=now) for household in payers.values()]
    return [transfer for transfer in asked if transfer and transfer.amount_vnd]


def own_texts(session: Session, line_ids: Sequence[int]) -> list[OwnText]:
    """Return the latest texts that left for a phone; codes are not shown."""
    went = (MessageState.ACCEPTED, MessageState.ACKNOWLEDGED, MessageState.DELIVERED)
    rows = session.execute(
        select(
            Message.accepted_at,
            Message.sender,
            Message.text,
            Announcement.text,
            Message.channel,
        )
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Message.line_id.in_(line_ids),
            Message.state.in_(went),
            Message.kind != MessageKind.CODE,
        )
        .order_by(Message.id.desc())
        .limit(SHOWN_TEXTS)
    )
    return [
        OwnText(at=at, sender=sender, text=own or common, channel=channel)
        for at, sender, own, common, channel in rows
        if at is not None
    ]


def stop(database: Database, line_ids: Sequence[int], *, now: dt.datetime) -> None:
    """Withdraw the phone from everything, at once."""
    _decide(database, line_ids, ConsentAction.WITHDRAWN, now=now)


def start_again(
    database: Database, line_ids: Sequence[int], *, now: dt.datetime
) -> None:
    """Agree again to everything the wards text about."""
    _decide(database, line_ids, ConsentAction.GRANTED, now=now)


def _decide(
    database: Database,
    line_ids: Sequence[int],
    action: ConsentAction,
    *,
    now: dt.datetime,
) -> None:
    evidence = Evidence(
        method=ConsentMethod.OWN_PAGE, wording_version=WORDING, recorded_by=None
    )
    record = grant if action is ConsentAction.GRANTED else withdraw
    with database.writing() as session:
        for line in session.scalars(select(Line).where(Line.id.in_(line_ids))):
            record(session, line.id, list(Purpose), evidence=evidence, now=now)
            journal.write(
                session,
                f"consent.{action}",
                actor=None,
                ward_id=line.ward_id,
                facts={"line_id": line.id, "method": str(ConsentMethod.OWN_PAGE)},
                now=now,
            )


def _own_line(
    session: Session,
    line: Line,
    *,
    ward: Ward,
    agreed: tuple[Purpose, ...],
    zalo: ZaloStanding | None,
) -> OwnLine:
    holders = line_holders(session, line.id)
    payers = {h.household.id for h in holders if h.subscription.pays}
    return OwnLine(
        line_id=line.id,
        ward=ward.name,
        brand=ward.sender_brand,
        names=tuple(h.resident.full_name for h in holders),
        purposes=agreed,
        balance_vnd=sum(household_balance(session, p).owed_vnd for p in payers),
        zalo=zalo,
    )


def _agreed(words: dict[Purpose, ConsentRecord]) -> tuple[Purpose, ...]:
    return tuple(
        purpose
        for purpose, word in words.items()
        if word.action is ConsentAction.GRANTED
    )
