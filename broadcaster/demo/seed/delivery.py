"""What became of the texts of the past: the network of the demo, played in bulk.

The outbox itself decides what leaves; only the telco's answers are made up, in one
UPDATE for a whole send, so that three months of them are there in seconds.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from broadcaster.demo.seed.words import wall
from broadcaster.demo.seed.world import GATEWAY, Dice, World
from broadcaster.ports import Blame
from broadcaster.rules.lifecycle import LIFECYCLE, MessageState
from broadcaster.services.finishing import finish_announcements
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.moves import Move, move
from broadcaster.store.outbox import end_windows
from broadcaster.store.tables.messages import Message
from broadcaster.store.usage_booking import AcceptedText, book_usage
from broadcaster.store.windows import Claim, claim

Text: TypeAlias = Row[*tuple[Any, ...]]
Texts: TypeAlias = Sequence[Text]
ALL_AT_ONCE = 10_000
LEASE = dt.timedelta(minutes=2)
A_SECOND = 40
TAKES_AT_MOST = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """How a text may end, and how often of a thousand."""

    state: MessageState
    share: int
    code: str | None = None
    blame: Blame | None = None


FATES = (
    Fate(state=MessageState.DELIVERED, share=962),
    Fate(state=MessageState.UNDELIVERED, share=9, code="30003", blame=Blame.THEIRS),
    Fate(state=MessageState.UNDELIVERED, share=6, code="30005", blame=Blame.RECIPIENT),
    Fate(state=MessageState.UNDELIVERED, share=4, code="30008", blame=Blame.THEIRS),
    Fate(state=MessageState.REFUSED, share=4, code="30004", blame=Blame.THEIRS),
    Fate(state=MessageState.EXPIRED, share=4, code="30003", blame=Blame.THEIRS),
    Fate(state=MessageState.ACKNOWLEDGED, share=6),
    Fate(state=MessageState.ACCEPTED, share=5),
)
_DELIVERED = FATES[0]


def deliver(
    world: World, *, now: dt.datetime, limit: int = ALL_AT_ONCE, lost: int = 0
) -> None:
    """Send what is due at a moment, and let it end in honest ways.

    Of `lost` texts the telco's answer gets lost: they stay in doubt.
    """
    with world.database.writing() as session:
        texts = _texts(session, _claim_all(session, limit=limit, now=now))
        if lost:
            _doubt(session, texts[-lost:], at=now)
            texts = texts[:-lost]
        _play(session, world, texts, at=now)
    finish_announcements(world.database, now=now + TAKES_AT_MOST)


def _claim_all(session: Session, *, limit: int, now: dt.datetime) -> list[int]:
    asked = Claim(gateway=GATEWAY, worker="seed", limit=limit, lease=LEASE)
    claimed: list[int] = []
    while window := claim(session, asked, now=now):
        claimed += [submission.message_id for submission in window.submissions]
        if window.id is not None:
            end_windows(session, [window.id])
        if len(claimed) >= limit:
            break
    return claimed


def hear_of_lost_texts(world: World, *, now: dt.datetime) -> None:
    """Let the receipts of texts in doubt arrive at last."""
    with world.database.writing() as session:
        lost = session.scalars(
            select(Message).where(
                Message.ward_id == world.ward_id,
                Message.state == MessageState.IN_DOUBT,
            )
        ).all()
        moves = [
            Move(
                message_id=message.id,
                to=MessageState.DELIVERED,
                at=now,
                accepted_at=message.submitted_at,
            )
            for message in lost
        ]
        move(session, moves, now=now)
    finish_announcements(world.database, now=now)


def _texts(session: Session, message_ids: Sequence[int]) -> Texts:
    return session.execute(
        select(
            Message.id,
            Message.ward_id,
            Message.line_id,
            Message.to,
            Message.gateway,
            Message.carrier,
            Message.tariff_kind,
            Message.segments,
        )
        .where(Message.id.in_(message_ids))
        .order_by(Message.id)
    ).all()


def _doubt(session: Session, texts: Texts, *, at: dt.datetime) -> None:
    session.execute(
        update(Message)
        .where(Message.id.in_([text.id for text in texts]))
        .values(state=MessageState.IN_DOUBT, window_id=None, submitted_at=at),
        execution_options={"synchronize_session": False},
    )


def _play(
    session: Session,
    world: World,
    texts: Texts,
    *,
    at: dt.datetime,
) -> None:
    spared = {person.e164 for person in wall()}
    changes: list[dict[str, Any]] = []
    accepted: list[AcceptedText] = []
    faults: list[Fault] = []
    for place, text in enumerate(texts):
        fate = _DELIVERED if text.to in spared else _draw(world.dice)
        change = _end(world.dice, fate, at + dt.timedelta(seconds=place / A_SECOND))
        changes.append({"id": text.id, **change})
        if LIFECYCLE[fate.state].billable:
            accepted.append(_accepted(text, change["accepted_at"]))
        if fate.blame is Blame.RECIPIENT:
            faults.append(Fault(line_id=text.line_id, blame=fate.blame, code=fate.code))
    if changes:
        session.execute(update(Message), changes)
    book_usage(session, accepted, now=at)
    act_on_blame(session, faults, now=at)


def _accepted(text: Text, at: dt.datetime) -> AcceptedText:
    return AcceptedText(
        message_id=text.id,
        ward_id=text.ward_id,
        gateway=text.gateway,
        carrier=text.carrier,
        tariff_kind=text.tariff_kind,
        segments=text.segments,
        accepted_at=at,
    )


def _draw(dice: Dice) -> Fate:
    weights = [fate.share for fate in FATES]
    return dice.choices(FATES, weights)[0]


def _end(dice: Dice, fate: Fate, submitted_at: dt.datetime) -> dict[str, Any]:
    facts = LIFECYCLE[fate.state]
    accepted_at = submitted_at + dt.timedelta(seconds=dice.uniform(0.1, 0.6))
    wait = dt.timedelta(seconds=min(dice.lognormvariate(1.6, 0.9), 1500))
    return {
        "state": fate.state,
        "window_id": None,
        "submitted_at": submitted_at,
        "provider_id": f"SM{dice.getrandbits(128):032x}",
        "code": fate.code,
        "blame": fate.blame,
        "accepted_at": accepted_at if facts.billable else None,
        "finished_at": accepted_at + wait if facts.final else None,
    }
