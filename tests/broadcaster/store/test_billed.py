"""Each attempt that a telco took is billed once, whichever table it stands in."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.billed import billed
from broadcaster.store.session import Database
from subscriptions.tables.places import Ward
from tests.builders.messages import a_frozen_notice, lines_in, texts_of
from tests.builders.people import NOW, a_ward
from tests.builders.usage import BY_SMS, BY_ZALO, a_way_out, go_on_by

DAY = dt.date(2026, 10, 5)


def rows_of(session: Session, ward: Ward) -> list[tuple[str, str, dt.date | None]]:
    found = billed(ward.id)
    rows = session.execute(
        select(found.c.gateway, found.c.tariff_kind, found.c.usage_day).order_by(
            found.c.message_id, found.c.gateway
        )
    )
    return [(row.gateway, row.tariff_kind, row.usage_day) for row in rows]


def test_a_notice_taken_by_zalo_and_then_by_sms_is_two_attempts(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        message = a_way_out(session, ward, BY_ZALO)
        go_on_by(session, message)
        message.state, message.usage_day = MessageState.ACCEPTED, DAY
        session.flush()
        assert rows_of(session, ward) == [
            (BY_SMS.gateway, "care", DAY),
            (BY_ZALO.gateway, BY_ZALO.kind, DAY),
        ]


def test_a_leg_refused_at_once_has_no_day_of_usage(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        message = a_way_out(session, ward, BY_ZALO, state=MessageState.REFUSED)
        go_on_by(session, message)
        assert rows_of(session, ward) == [
            (BY_SMS.gateway, "care", None),
            (BY_ZALO.gateway, BY_ZALO.kind, None),
        ]


def test_a_leg_belongs_to_the_announcement_of_its_message(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        notice = a_frozen_notice(session, ward, lines_in(session, ward, 1))
        [message] = texts_of(session, notice)
        leg = go_on_by(session, message, at=NOW)
        found = billed(ward.id)
        rows = session.execute(
            select(found.c.leg_id, found.c.message_id, found.c.announcement_id)
        )
        assert {(row.leg_id, row.message_id, row.announcement_id) for row in rows} == {
            (None, message.id, notice.id),
            (leg.id, message.id, notice.id),
        }


def test_another_wards_attempts_are_not_billed_to_this_one(database: Database) -> None:
    with database.writing() as session:
        ward, other = a_ward(session), a_ward(session, name="Phường Bên")
        go_on_by(session, a_way_out(session, other, BY_ZALO))
        assert rows_of(session, ward) == []
