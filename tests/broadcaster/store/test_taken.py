"""A month's budget holds what was spent, and the most that is still on its way."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.taken import taken_vnd
from subscriptions.tables.places import Ward
from tests.builders.ledger import NOVEMBER, OCTOBER
from tests.builders.messages import a_frozen_notice, lines_in, texts_of
from tests.builders.people import NOW, a_ward
from tests.builders.usage import (
    BY_SMS,
    BY_ZALO,
    TEMPLATE,
    ZALO_GATEWAY,
    Way,
    a_price,
    a_way_out,
    go_on_by,
)

S = MessageState
SMS, PHONE, USER = 800, 200, 140
TODAY = NOW.date()
LONG = "Moi ong/ba hop to dan pho luc 19h30 ngay 12/10 tai nha van hoa. " * 3
LONG_SEGMENTS = 2


def taken(session: Session, ward: Ward, month: dt.date = OCTOBER) -> int:
    session.flush()
    return taken_vnd(session, ward.id, month, today=TODAY)


def a_zalo_message(
    session: Session,
    ward: Ward,
    *,
    falls_back: bool = False,
    kind: str = TEMPLATE,
) -> Message:
    """Freeze a notice for one phone, first by Zalo; its SMS has two segments."""
    [line] = lines_in(session, ward, 1)
    [message] = texts_of(session, a_frozen_notice(session, ward, [line], text=LONG))
    message.channel, message.gateway = Channel.ZALO, ZALO_GATEWAY
    message.tariff_kind, message.segments = kind, 1
    message.fall_back_at = NOW + dt.timedelta(minutes=30) if falls_back else None
    return message


def accept(message: Message, *, on: dt.date = TODAY) -> None:
    message.state, message.accepted_at = S.ACCEPTED, NOW
    message.usage_day, message.usage_month = on, on.replace(day=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a session of a database in which texts have prices."""
    with database.writing() as session:
        a_price(session, SMS)
        a_price(session, PHONE, kind=TEMPLATE)
        a_price(session, USER, kind=f"{TEMPLATE}/user")
        yield session


@pytest.fixture
def ward(session: Session) -> Ward:
    return a_ward(session)


def test_what_waits_for_zalo_may_still_become_an_sms(
    session: Session, ward: Ward
) -> None:
    a_zalo_message(session, ward)
    assert taken(session, ward) == LONG_SEGMENTS * SMS


def test_what_may_go_by_both_is_counted_for_both(session: Session, ward: Ward) -> None:
    message = a_zalo_message(session, ward, falls_back=True)
    assert taken(session, ward) == PHONE + LONG_SEGMENTS * SMS
    accept(message)
    assert taken(session, ward) == PHONE + LONG_SEGMENTS * SMS


def test_a_message_by_user_id_may_still_go_by_phone(
    session: Session, ward: Ward
) -> None:
    message = a_zalo_message(session, ward, kind=f"{TEMPLATE}/user", falls_back=True)
    assert taken(session, ward) == PHONE + LONG_SEGMENTS * SMS
    accept(message)
    message.fall_back_at = None
    assert taken(session, ward) == USER


@pytest.mark.parametrize("falls_back", [True, False])
def test_once_it_is_on_the_phone_only_zalo_is_paid(
    session: Session, ward: Ward, falls_back: bool
) -> None:
    message = a_zalo_message(session, ward, falls_back=falls_back)
    accept(message)
    message.state = S.DELIVERED
    assert taken(session, ward) == PHONE


def test_what_went_by_both_costs_both_and_gives_nothing_back(
    session: Session, ward: Ward
) -> None:
    message = a_zalo_message(session, ward, falls_back=True)
    accept(message)
    go_on_by(session, message, Way(segments=LONG_SEGMENTS))
    assert taken(session, ward) == PHONE + LONG_SEGMENTS * SMS
    accept(message)
    assert taken(session, ward) == PHONE + LONG_SEGMENTS * SMS


def test_a_leg_that_was_refused_gives_its_share_back(
    session: Session, ward: Ward
) -> None:
    message = a_zalo_message(session, ward, falls_back=True)
    go_on_by(session, message, Way(segments=LONG_SEGMENTS))
    assert taken(session, ward) == LONG_SEGMENTS * SMS


def test_what_the_telco_took_is_spent_however_it_ended(
    session: Session, ward: Ward
) -> None:
    message = a_zalo_message(session, ward)
    accept(message)
    message.state = S.EXPIRED
    assert taken(session, ward) == PHONE


def test_each_gateway_is_paid_its_own_price(session: Session, ward: Ward) -> None:
    a_price(session, 500, gateway="esms")
    for way in (BY_SMS, Way(gateway="esms"), BY_ZALO):
        a_way_out(session, ward, way)
    assert taken(session, ward) == SMS + 500 + PHONE


def test_a_leg_of_no_announcement_is_of_the_month_it_was_taken_in(
    session: Session, ward: Ward
) -> None:
    late = dt.datetime(2026, 10, 31, 16, 30, tzinfo=dt.UTC)
    message = a_way_out(session, ward, BY_ZALO, at=late)
    go_on_by(session, message, at=late + dt.timedelta(hours=1))
    accept(message, on=NOVEMBER)
    message.accepted_at = late + dt.timedelta(hours=1)
    assert taken(session, ward) == PHONE
    assert taken(session, ward, NOVEMBER) == SMS
