"""How announcements stand: counts that add up, line by line where one must look."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

from sqlalchemy import Row, false, func, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.holds import NOT_SENT
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import Account

CURVE_POINTS = 120

_S = MessageState
_PILE = (Message.channel, Message.gateway, Message.state)
Pile: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Messages by where they stand. Every message is in exactly one of these."""

    waiting: int = 0
    on_wire: int = 0
    in_doubt: int = 0
    accepted: int = 0
    """Handed to the network, which has not said anything since."""
    acknowledged: int = 0
    """The network has it for sure; the handset's word is not in."""
    at_network: int = 0
    """The same, of a gateway that never has the handset's word: the good end there."""
    delivered: int = 0
    failed: int = 0
    withheld: int = 0

    @property
    def total(self) -> int:
        """All messages: what was frozen."""
        return self.unsent + self.network_has_it + self.over

    @property
    def unsent(self) -> int:
        """Those for which there is still something to do on our side."""
        return self.waiting + self.on_wire + self.in_doubt

    @property
    def network_has_it(self) -> int:
        """Those the network took and has not reported the end of."""
        return self.accepted + self.acknowledged + self.at_network

    @property
    def arrived(self) -> int:
        """Those that have come as far as their gateways can tell."""
        return self.delivered + self.at_network

    @property
    def under_way(self) -> int:
        """All but the three kinds of end: arrived, failed, withheld."""
        return self.total - self.arrived - self.failed - self.withheld

    @property
    def is_settled(self) -> bool:
        """Tell whether the page may say "Xong": nothing more is going to change."""
        return self.over + self.at_network == self.total

    @property
    def over(self) -> int:
        """Those in a final state, good or bad."""
        return self.delivered + self.failed + self.withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Counts):
    """One announcement under way, for its live page."""

    by_state: Mapping[MessageState, int]
    by_carrier: Mapping[str, Counts]
    by_channel: Mapping[Channel, Counts]
    """By what each text travels now: one that fell back is an SMS."""
    gateways: frozenset[str]
    """Those that its texts are with now."""
    s_curve: tuple[tuple[float, int], ...]
    """Seconds since the first text was due, and how many had ended by then."""
    next_due_at: dt.datetime | None
    """When the first of those that are queued may leave."""
    doubted_since: dt.datetime | None
    """When the oldest text in doubt was handed over."""
    next_question_at: dt.datetime | None
    """When the telco is asked about texts in doubt next."""
    silent: int
    """Those accepted a day ago that the telco, asked about them, says nothing of."""
    lately: int
    """Those handed over since the moment that was asked for."""
    lately_from: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementRow:
    """One line of the list of announcements."""

    announcement: Announcement
    author: str
    counts: Counts
    by_channel: Mapping[Channel, int]


def progress(
    session: Session,
    announcement_id: int,
    *,
    since: dt.datetime | None = None,
    networks: Collection[str] = (),
) -> Progress:
    """Return how far an announcement has come, from one reading of its messages.

    `since` is from when on the texts of its present pace are counted, `networks` are
    the gateways whose last word is the network's.
    """
    rows = _read_piles(session, announcement_id, since)
    by_state: dict[MessageState, int] = {}
    for row in rows:
        by_state[row.state] = by_state.get(row.state, 0) + row.number
    doubts = [row for row in rows if row.state is _S.IN_DOUBT]
    gone = [row for row in rows if row.state not in NOT_SENT]
    return Progress(
        **_parts(rows, networks),
        by_state=by_state,
        by_carrier=_by(rows, "carrier", networks),
        by_channel=_by(rows, "channel", networks),
        gateways=frozenset(row.gateway for row in rows),
        s_curve=_s_curve(session, announcement_id),
        next_due_at=_first(row.due_at for row in rows if row.state is _S.QUEUED),
        doubted_since=_first(row.submitted_at for row in doubts),
        next_question_at=_first(row.due_at for row in doubts),
        silent=sum(row.asked for row in rows if row.state is _S.ACCEPTED),
        lately=sum(row.lately for row in gone),
        lately_from=_first(row.lately_from for row in gone),
    )


def list_announcements(
    session: Session,
    ward_id: int,
    *,
    states: Collection[AnnouncementState] | None = None,
    before: int | None = None,
    limit: int = 20,
    networks: Collection[str] = (),
) -> list[AnnouncementRow]:
    """Return a ward's announcements, the newest first, with their counts.

    `before` is the id of the last one on the page before, `networks` as `progress`
    has them. One query; it reads the messages of the whole page, so a page is short.
    """
    page = select(Announcement.id).where(Announcement.ward_id == ward_id)
    if states is not None:
        page = page.where(Announcement.state.in_(states))
    if before is not None:
        page = page.where(Announcement.id < before)
    page = page.order_by(Announcement.id.desc()).limit(limit)
    rows = session.execute(
        select(Announcement, Account.display_name, *_PILE, func.count().label("number"))
        .join(Account, Account.id == Announcement.author_id)
        .outerjoin(Message, Message.announcement_id == Announcement.id)
        .where(Announcement.id.in_(page))
        .group_by(Announcement.id, Account.id, *_PILE)
        .order_by(Announcement.id.desc())
    )
    found: dict[int, tuple[Announcement, str, list[Pile]]] = {}
    for row in rows:
        one = row.Announcement
        piles = found.setdefault(one.id, (one, row.display_name, []))[2]
        if row.state is not None:
            piles.append(row)
    return [
        AnnouncementRow(
            announcement=one,
            author=author,
            counts=Counts(**_parts(piles, networks)),
            by_channel={
                channel: counts.total
                for channel, counts in _by(piles, "channel", networks).items()
            },
        )
        for one, author, piles in found.values()
    ]


def count_states(by_state: Mapping[MessageState, int]) -> Counts:
    """Sum message states up into what people call them, as far as states tell it."""
    parts = dict.fromkeys(_PART_OF.values(), 0)
    for state, number in by_state.items():
        parts[_PART_OF[state]] += number
    return Counts(**parts)


def _read_piles(
    session: Session, announcement_id: int, since: dt.datetime | None
) -> Sequence[Pile]:
    is_recent = false() if since is None else Message.submitted_at > since
    return session.execute(
        select(
            Message.carrier,
            *_PILE,
            func.count().label("number"),
            func.min(Message.due_at).label("due_at"),
            func.min(Message.submitted_at).label("submitted_at"),
            func.count(Message.asked_at).label("asked"),
            func.count().filter(is_recent).label("lately"),
            func.min(Message.submitted_at).filter(is_recent).label("lately_from"),
        )
        .where(Message.announcement_id == announcement_id)
        .group_by(Message.carrier, *_PILE)
    ).all()


def _first(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _parts(piles: Iterable[Pile], networks: Collection[str]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for pile in piles:
        part = _PART_OF[pile.state]
        if pile.state is _S.ACKNOWLEDGED and pile.gateway in networks:
            part = "at_network"
        parts[part] = parts.get(part, 0) + pile.number
    return parts


def _by(
    piles: Iterable[Pile], column: str, networks: Collection[str]
) -> dict[Any, Counts]:
    sorted_piles: dict[Any, list[Pile]] = {}
    for pile in piles:
        sorted_piles.setdefault(getattr(pile, column), []).append(pile)
    return {
        key: Counts(**_parts(sorted_piles[key], networks))
        for key in sorted(sorted_piles)
    }


def _s_curve(session: Session, announcement_id: int) -> tuple[tuple[float, int], ...]:
    start = session.scalar(
        select(Announcement.due_at).where(Announcement.id == announcement_id)
    )
    tile = func.ntile(CURVE_POINTS).over(order_by=Message.finished_at)
    tiles = (
        select(Message.finished_at, tile.label("tile"))
        .where(
            Message.announcement_id == announcement_id, Message.finished_at.is_not(None)
        )
        .subquery()
    )
    rows = session.execute(
        select(func.max(tiles.c.finished_at), func.count())
        .group_by(tiles.c.tile)
        .order_by(tiles.c.tile)
    ).all()
    sums = accumulate(number for _, number in rows)
    # texts that ended in the same moment make one point, and the last sum is right
    points = {_seconds(at, start): n for (at, _), n in zip(rows, sums, strict=True)}
    return tuple(points.items())


def _seconds(at: dt.datetime, start: dt.datetime | None) -> float:
    return max(0.0, (at - start).total_seconds()) if start else 0.0


_PART_OF = {
    _S.QUEUED: "waiting",
    _S.HELD: "waiting",
    _S.SUBMITTING: "on_wire",
    _S.IN_DOUBT: "in_doubt",
    _S.ACCEPTED: "accepted",
    _S.ACKNOWLEDGED: "acknowledged",
    _S.DELIVERED: "delivered",
    _S.UNDELIVERED: "failed",
    _S.REFUSED: "failed",
    _S.EXPIRED: "failed",
    _S.WITHHELD: "withheld",
}
