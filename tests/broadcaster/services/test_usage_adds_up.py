"""By however many channels texts went, every đồng is in one month's books, once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.statements import recompute, statement, stored_sums
from broadcaster.store.session import Database
from broadcaster.store.spending import month_spend
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.usage import UsageRow, frozen_usage, month_usage
from broadcaster.store.usage_booking import AcceptedText, book_leg_usage, book_usage
from subscriptions.booking import find_month
from subscriptions.months import WARD_ZONE
from subscriptions.tables.ledger import AdjustmentKind
from subscriptions.tables.places import Ward
from tests.builders.ledger import NOVEMBER, OCTOBER, in_month
from tests.builders.months import close
from tests.builders.people import a_ward
from tests.builders.usage import Way, a_price, a_way_out, go_on_by, take

S = MessageState
CHANGE = dt.date(2026, 10, 15)
SMS_VND = {"esms": (700, 750), "kannel": (800, 850)}
ZALO_VND = {"214": (200, 300), "214/user": (140, 210), "zalo_reply": (0, 0)}
"""VND before the change and since."""

moments = st.builds(
    lambda day, hour: dt.datetime(2026, 10, day, hour, 30, tzinfo=WARD_ZONE),
    st.integers(1, 31),
    st.sampled_from([0, 23]),
)
carriers = st.sampled_from(["Viettel", "iTel", ""])
sms_ways = st.builds(
    Way,
    gateway=st.sampled_from(sorted(SMS_VND)),
    carrier=carriers,
    segments=st.integers(1, 4),
)
zalo_ways = st.builds(
    Way,
    channel=st.just(Channel.ZALO),
    gateway=st.just("zalo"),
    kind=st.sampled_from(sorted(ZALO_VND)),
    carrier=carriers,
)
ways = st.one_of(sms_ways, zalo_ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One text: its way, when, how far it came, and by what it goes on."""

    way: Way
    at: dt.datetime
    state: MessageState
    then: Way | None
    falls_back_late: bool
    """After October is closed."""
    is_taken_late: bool
    """A receipt after that says that its first leg was taken after all."""


fates = st.builds(
    Fate,
    way=ways,
    at=moments,
    state=st.sampled_from([S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.REFUSED]),
    then=st.none() | sms_ways,
    falls_back_late=st.booleans(),
    is_taken_late=st.booleans(),
)


@pytest.fixture
def priced(database: Database) -> Database:
    """Give a database with prices that change within October."""
    with database.writing() as session:
        for gateway, prices in SMS_VND.items():
            for since, vnd in zip((OCTOBER, CHANGE), prices, strict=True):
                a_price(session, vnd, gateway=gateway, since=since)
        for kind, prices in ZALO_VND.items():
            if kind != "zalo_reply":
                for since, vnd in zip((OCTOBER, CHANGE), prices, strict=True):
                    a_price(session, vnd, kind=kind, since=since)
    return database


def price_of(way: Way, at: dt.datetime) -> int:
    prices = SMS_VND if way.kind == "care" else ZALO_VND
    key = way.gateway if way.kind == "care" else way.kind
    return way.segments * prices[key][at.date() >= CHANGE]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(them=st.lists(fates, max_size=8))
def test_every_dong_of_two_channels_is_in_one_months_books(
    priced: Database, them: list[Fate]
) -> None:
    with priced.writing() as session:
        ward = a_ward(session)
        sent = [(fate, a_text_of(session, ward, fate)) for fate in them]
        before = month_usage(session, ward.id, OCTOBER)
        in_october = sum(
            price_of(f.way, f.at) for f in them if f.state is not S.REFUSED
        )
        assert sum(row.cost_vnd for row in before) == in_october
        spent = month_spend(session, ward.id, OCTOBER)
        assert spent.total_vnd == in_october
    close(priced, ward, OCTOBER)
    with priced.writing() as session:
        late_vnd = sum(live_on(session, fate, message) for fate, message in sent)
    with priced.reading() as session:
        row = find_month(session, ward.id, OCTOBER)
        assert row is not None
        assert recompute(session, ward.id, OCTOBER) == stored_sums(row)
        assert month_usage(session, ward.id, OCTOBER) == before
        assert frozen_usage(session, ward.id, OCTOBER) == before
        november = statement(session, ward.id, NOVEMBER)
        assert november.adjusted_vnd(AdjustmentKind.USAGE) == late_vnd
        assert november.usage_vnd == 0
        assert_no_row_twice(before)


def a_text_of(session: Session, ward: Ward, fate: Fate) -> Message:
    message = a_way_out(session, ward, fate.way, at=fate.at, state=fate.state)
    if fate.then is not None and not fate.falls_back_late:
        go_on_by(session, message, fate.then, at=fate.at)
        message.state = S.IN_DOUBT
        session.flush()
    return message


def live_on(session: Session, fate: Fate, message: Message) -> int:
    """Let what was left open in October come out after it; return what that costs."""
    now = in_month(NOVEMBER)
    message = session.get_one(Message, message.id)
    if fate.then is None:
        return 0
    if fate.falls_back_late:
        go_on_by(session, message, fate.then, at=fate.at)
    leg = session.scalars(
        select(MessageLeg).where(MessageLeg.message_id == message.id)
    ).one()
    cost = 0
    if fate.state is S.REFUSED and fate.is_taken_late:
        take(session, leg, at=fate.at)
        cost += price_of(fate.way, fate.at)
    book_leg_usage(session, [leg.id], now=now)
    take(session, message, at=fate.at)
    late = AcceptedText(
        message_id=message.id,
        ward_id=message.ward_id,
        gateway=message.gateway,
        carrier=message.carrier,
        tariff_kind=message.tariff_kind,
        segments=message.segments,
        accepted_at=fate.at,
    )
    book_usage(session, [late], now=now)
    return cost + price_of(fate.then, fate.at)


def assert_no_row_twice(rows: Sequence[UsageRow]) -> None:
    keys = [(row.carrier, row.kind, row.gateway) for row in rows]
    assert len(keys) == len(set(keys))
