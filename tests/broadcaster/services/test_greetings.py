"""The confirming text: one segment, honest about how to stop, silent at night."""

import datetime as dt

from sqlalchemy import select

from broadcaster.rules.segments import Encoding, measure
from broadcaster.services.greetings import greet, greeting
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from subscriptions.lines import mark_unusable
from subscriptions.tables.places import Ward, WardKind
from tests.builders.people import NOW, a_group, a_household, a_ward, lines_of


def ward_named(name: str, *, inbound: str | None) -> Ward:
    return Ward(
        name=name,
        kind=WardKind.WARD,
        province="Hà Nội",
        sender_brand="PTHANHXUAN1",
        inbound_number=inbound,
    )


def test_it_says_how_to_stop_by_text_where_texts_are_received() -> None:
    text = greeting(ward_named("Phường Thanh Xuân Trung", inbound="+84868000111"))
    assert "soan TC gui 0868000111" in text
    assert "Phuong Thanh Xuan Trung" in text


def test_it_names_no_keyword_where_no_text_is_received() -> None:
    text = greeting(ward_named("Phường Thanh Xuân Trung", inbound=None))
    assert "TC" not in text
    assert "bao to truong" in text


def test_it_is_one_segment_whatever_the_wards_name() -> None:
    for name in ("Phường Ô Chợ Dừa", "Phường " + "Rất Dài " * 14, "Phường 😀"):
        for inbound in (None, "+84868000111"):
            measured = measure(greeting(ward_named(name, inbound=inbound)))
            assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)


def test_nobody_is_woken_by_it(database: Database) -> None:
    night = NOW + dt.timedelta(hours=13)  # ten in the evening
    with database.writing() as session:
        home = a_household(
            session, in_group=a_group(session, a_ward(session)), with_phone="0912345678"
        )
        (line,) = lines_of(session, home)
        assert greet(session, line, gateway="memory", now=night)
        due = session.scalars(select(Message.due_at)).one()
    assert due == dt.datetime(2026, 10, 6, 0, tzinfo=dt.UTC)  # seven in the morning


def test_a_dead_number_gets_none(database: Database) -> None:
    with database.writing() as session:
        home = a_household(
            session, in_group=a_group(session, a_ward(session)), with_phone="0912345678"
        )
        (line,) = lines_of(session, home)
        mark_unusable(session, line.id, "30005")
        assert not greet(session, line, gateway="memory", now=NOW)
        assert session.scalars(select(Message)).all() == []
