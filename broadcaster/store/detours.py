"""Where a text goes that its gateway would not take: on, aside, or to its end.

The next gateway of its carrier's route; by user id refused, by phone; Zalo at last, by
SMS; or tomorrow, where the ward chose to wait for the quota.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, null, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Blame, Channel, Outcome, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import next_try
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.fallbacks import Cause, FallBack, fall_back
from broadcaster.store.moves import Move
from broadcaster.store.routing import Routes
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import OverQuota, WardChannels

DETOURS = frozenset({Verdict.ELSEWHERE, Verdict.OVER_QUOTA, Verdict.NIGHT})
BY_USER_ID = "/user"
"""What a price's kind ends with where a template was sent by user id."""
SPREAD_S = 3_600
"""Over so long the first texts of a new day's quota are spread."""
TOMORROW_S = 86_400.0
_WHYS = {Verdict.OVER_QUOTA: FallBack.OVER_QUOTA, Verdict.NIGHT: FallBack.NIGHT}
_BLAMED = {
    Blame.NO_ACCOUNT: FallBack.NO_ACCOUNT,
    Blame.RECIPIENT: FallBack.NO_ACCOUNT,
    Blame.OPTED_OUT: FallBack.OPTED_OUT,
}


def take_detours(
    session: Session,
    outcomes: Sequence[Outcome],
    *,
    routes: Routes,
    claimed: Mapping[int, dt.datetime],
    now: dt.datetime,
) -> list[Move]:
    """Send these on; return the moves of those that stay with a channel or end.

    What another worker has claimed since is its own, and nothing is done about it.
    """
    rows = {row.id: row for row in _read(session, outcomes)}
    moves: list[Move] = []
    falling: dict[Cause, list[int]] = {}
    for outcome in outcomes:
        row = rows.get(outcome.message_id)
        at = claimed.get(outcome.message_id)
        if row is None or (at is not None and row.submitted_at != at):
            continue
        if row.channel is Channel.SMS:
            moves.append(_by_next(outcome, row, routes, now=now))
        elif _may_go_by_phone(outcome, row):
            moves.append(_by_phone(session, outcome, now=now))
        elif _waits(outcome, row, now=now):
            moves.append(_tomorrow(outcome, now=now))
        else:
            falling.setdefault(_cause_of(outcome), []).append(row.id)
            moves.append(_ending(outcome, now=now))
    _learn(session, outcomes, rows, now=now)
    gone: set[int] = set()
    for cause, ids in falling.items():
        gone |= set(fall_back(session, ids, cause=cause, routes=routes, now=now))
    return [move for move in moves if move.message_id not in gone]


def _read(
    session: Session, outcomes: Sequence[Outcome]
) -> Sequence[Row[*tuple[Any, ...]]]:
    chosen = func.coalesce(WardChannels.over_quota, OverQuota.FALL_BACK.value)
    return session.execute(
        select(
            Message.id,
            Message.line_id,
            Message.announcement_id,
            Message.channel,
            Message.carrier,
            Message.gateway,
            Message.to,
            Message.lane,
            Message.tariff_kind,
            Message.attempts,
            Message.submitted_at,
            Message.valid_until,
            chosen.label("over_quota"),
        )
        .outerjoin(WardChannels, WardChannels.ward_id == Message.ward_id)
        .where(
            Message.id.in_([outcome.message_id for outcome in outcomes]),
            Message.state == MessageState.SUBMITTING,
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()


def _by_next(
    outcome: Outcome, row: Row[*tuple[Any, ...]], routes: Routes, *, now: dt.datetime
) -> Move:
    seed = (row.line_id or 0) + (row.announcement_id or 0)
    gateway = routes.after(row.carrier, row.gateway, seed=seed)
    if gateway is None:
        return _waiting_for_it(outcome, row, now=now)
    return Move(
        message_id=row.id,
        to=MessageState.QUEUED,
        at=now,
        code=outcome.code,
        due_at=now,
        gateway=gateway,
        claimed_at=row.submitted_at,
    )


def _waiting_for_it(
    outcome: Outcome, row: Row[*tuple[Any, ...]], *, now: dt.datetime
) -> Move:
    """Try the only gateway again where that makes sense: its money comes back."""
    if outcome.retry_after is None or next_try(row.attempts) is None:
        return _ending(outcome, now=now)
    due_at = now + dt.timedelta(seconds=outcome.retry_after)
    return _queued(outcome, due_at=due_at, tries_back=0, now=now)


def _may_go_by_phone(outcome: Outcome, row: Row[*tuple[Any, ...]]) -> bool:
    return (
        outcome.verdict is Verdict.ELSEWHERE
        and outcome.blame is not Blame.OPTED_OUT
        and row.to != ""
        and row.tariff_kind.endswith(BY_USER_ID)
    )


def _by_phone(session: Session, outcome: Outcome, *, now: dt.datetime) -> Move:
    kind = func.replace(Message.tariff_kind, BY_USER_ID, "")
    session.execute(
        update(Message)
        .where(Message.id == outcome.message_id)
        .values(user_id=null(), tariff_kind=kind),
        execution_options={"synchronize_session": False},
    )
    return _queued(outcome, due_at=now, tries_back=1, now=now)


def _waits(outcome: Outcome, row: Row[*tuple[Any, ...]], *, now: dt.datetime) -> bool:
    """Tell whether it is told by Zalo later rather than by SMS now."""
    is_chosen = (
        outcome.verdict is Verdict.NIGHT or row.over_quota == OverQuota.SPREAD
    ) and outcome.verdict is not Verdict.ELSEWHERE
    opens = now + dt.timedelta(seconds=outcome.retry_after or TOMORROW_S)
    is_in_time = row.valid_until is None or row.valid_until > opens
    return is_chosen and is_in_time and row.lane != Lane.EMERGENCY


def _tomorrow(outcome: Outcome, *, now: dt.datetime) -> Move:
    wait = (outcome.retry_after or TOMORROW_S) + outcome.message_id % SPREAD_S
    due_at = now + dt.timedelta(seconds=wait)
    return _queued(outcome, due_at=due_at, tries_back=1, now=now)


def _queued(
    outcome: Outcome, *, due_at: dt.datetime, tries_back: int, now: dt.datetime
) -> Move:
    return Move(
        message_id=outcome.message_id,
        to=MessageState.QUEUED,
        at=now,
        code=outcome.code,
        due_at=due_at,
        tries_back=tries_back,
    )


def _ending(outcome: Outcome, *, now: dt.datetime) -> Move:
    return Move(
        message_id=outcome.message_id,
        to=MessageState.REFUSED,
        at=now,
        code=outcome.code,
        blame=outcome.blame,
    )


def _cause_of(outcome: Outcome) -> Cause:
    refused = _BLAMED.get(outcome.blame) if outcome.blame else None
    why = _WHYS.get(outcome.verdict) or refused or FallBack.REFUSED
    return Cause(why=why, code=outcome.code)


def _learn(
    session: Session,
    outcomes: Sequence[Outcome],
    rows: Mapping[int, Row[*tuple[Any, ...]]],
    *,
    now: dt.datetime,
) -> None:
    """Note who has no Zalo, or wants none: nobody is asked that twice.

    A user id that is no good says nothing of the phone.
    """
    faults = [
        Fault(
            line_id=rows[outcome.message_id].line_id,
            blame=outcome.blame,
            code=outcome.code,
            channel=Channel.ZALO,
        )
        for outcome in outcomes
        if outcome.blame in _BLAMED
        and outcome.message_id in rows
        and rows[outcome.message_id].channel is Channel.ZALO
        and not _may_go_by_phone(outcome, rows[outcome.message_id])
    ]
    act_on_blame(session, faults, now=now)
