"""A database of the first version keeps every row on its way to this one."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    ColumnClause,
    MetaData,
    Table,
    column,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.doubts import list_doubts
from broadcaster.store.gateway_states import read_states
from broadcaster.store.migrate import alembic_config, is_current, upgrade
from broadcaster.store.outbox import gateways_due
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables import Base
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_window
from tests.builders.people import NOW

UNTIL = NOW + dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOTICE = "Moi ong/ba hop to dan pho."
WARD: dict[str, Any] = {
    "id": 1,
    "name": "Phường Hoa Sữa",
    "kind": "ward",
    "province": "Hà Nội",
    "sender_brand": "PHOASUA",
    "price_vnd": 3_000,
    "approval_over": 500,
    "quiet_from": dt.time(21),
    "quiet_until": dt.time(6),
}
ACCOUNT: dict[str, Any] = {
    "id": 1,
    "public_id": uuid.uuid4().hex,
    "ward_id": 1,
    "username": "officer",
    "display_name": "Cán bộ",
    "password_hash": "",
    "role": "officer",
    "is_active": True,
    "session_epoch": 0,
    "failed_logins": 0,
}
ANNOUNCEMENT: dict[str, Any] = {
    "id": 1,
    "public_id": uuid.uuid4().hex,
    "ward_id": 1,
    "topic": "general",
    "purpose": "notices",
    "body": NOTICE,
    "accented": False,
    "text": NOTICE,
    "audience": {},
    "state": "sending",
    "author_id": 1,
    "created_at": NOW,
    "idempotency_key": "form-1",
}
JOURNAL: dict[str, Any] = {
    "id": 1,
    "ward_id": 1,
    "account_id": 1,
    "act": "sent",
    "facts": {},
    "at": NOW,
}


def a_message(number: int, state: str, **facts: Any) -> dict[str, Any]:
    """Return a text as the first version kept it."""
    return {
        "id": number,
        "public_id": uuid.uuid4().hex,
        "ward_id": 1,
        "announcement_id": 1 if number < 5 else None,
        "kind": "announcement" if number < 5 else "reply",
        "to_e164": f"+8491200000{number}",
        "sender": "PHOASUA",
        "text": None if number < 5 else "Chao ong/ba.",
        "encoding": "GSM7",
        "segments": 1,
        "carrier": "VinaPhone",
        "gateway": "memory",
        "lane": 2,
        "state": state,
        "attempts": 0,
        "due_at": NOW,
        "created_at": NOW,
        "lease_until": None,
        "withheld_reason": None,
        "submitted_at": None,
    } | facts


MESSAGES = [
    a_message(1, "queued"),
    a_message(2, "submitting", lease_until=UNTIL, submitted_at=NOW, attempts=1),
    a_message(3, "delivered", submitted_at=NOW, attempts=1),
    a_message(4, "withheld", withheld_reason="consent"),
    a_message(5, "queued"),
]


@pytest.fixture
def database(empty_database_url: str) -> Iterator[Database]:
    """Give a database of the first version, with rows, brought up to date."""
    command.upgrade(alembic_config(empty_database_url), "0001")
    database = Database(create_engine_for(empty_database_url))
    fill(database)
    upgrade(empty_database_url)
    yield database
    database.engine.dispose()


def fill(database: Database) -> None:
    with database.writing() as session:

        def put(name: str, *rows: dict[str, Any]) -> None:
            known = Table(name, MetaData(), autoload_with=session.connection())
            session.execute(known.insert(), list(rows))

        put("wards", WARD)
        put("accounts", ACCOUNT)
        put("announcements", ANNOUNCEMENT)
        put("messages", *MESSAGES)
        put("journal", JOURNAL)
        put("gateway_pauses", {"gateway": "other", "until": UNTIL, "facts": {"n": 1}})


def test_nothing_is_left_to_change(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    assert is_current(database.engine)


def test_every_text_is_kept_word_for_word(database: Database) -> None:
    with database.reading() as session:
        found = session.scalars(select(Message).order_by(Message.id)).all()
        assert [message.public_id.hex for message in found] == [
            message["public_id"] for message in MESSAGES
        ]
        assert [message.to for message in found] == [m["to_e164"] for m in MESSAGES]
        assert {message.created_at for message in found} == {NOW}
        assert session.scalars(select(Announcement.text)).all() == [NOTICE]


def test_what_was_on_the_wire_is_in_doubt_and_the_rest_stands(
    database: Database,
) -> None:
    with database.reading() as session:
        found = session.scalars(select(Message.state).order_by(Message.id)).all()
        soon = dt.datetime.now(dt.UTC) + DAY
        asked = list_doubts(session, "memory", limit=9, now=soon)
    assert found == [
        MessageState.QUEUED,
        MessageState.IN_DOUBT,
        MessageState.DELIVERED,
        MessageState.WITHHELD,
        MessageState.QUEUED,
    ]
    assert [(doubt.message_id, doubt.text) for doubt in asked] == [(2, NOTICE)]


def test_a_gateway_that_was_asked_to_wait_still_waits(database: Database) -> None:
    with database.reading() as session:
        state = read_states(session, ["other"])["other"]
    assert (state.until, state.failures, state.facts) == (UNTIL, 0, {"n": 1})


def test_what_was_queued_leaves(database: Database) -> None:
    with database.writing() as session:
        assert gateways_due(session, ["memory"], now=NOW) == ["memory"]
        assert {text.message_id for text in a_window(session, limit=9)} == {1, 5}


def test_rows_still_point_at_what_they_belong_to(database: Database) -> None:
    keys = {
        name: {
            (key["constrained_columns"][0], key["referred_table"])
            for key in inspect(database.engine).get_foreign_keys(name)
        }
        for name in ("messages", "announcements")
    }
    assert ("announcement_id", "announcements") in keys["messages"]
    assert ("author_id", "accounts") in keys["announcements"]
    orphan = text("UPDATE messages SET announcement_id = 99 WHERE id = 1")
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(orphan)
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text("DELETE FROM announcements"))
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            faults = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        assert faults == []


@pytest.mark.parametrize(
    "change", ["UPDATE journal SET act = 'other'", "DELETE FROM journal"]
)
def test_books_are_append_only_still(database: Database, change: str) -> None:
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text(change))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"state": "submitting"}, id="on the wire without a window"),
        pytest.param({"window_id": 7}, id="in a window but not on the wire"),
        pytest.param({"state": "lost"}, id="an unknown state"),
        pytest.param({"state": "withheld"}, id="withheld without a reason"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    database: Database, facts: dict[str, Any]
) -> None:
    columns: list[ColumnClause[Any]] = [column(name) for name in facts]
    change = update(table("messages", *columns)).values(facts)
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(change)


def test_indexes_of_what_waits_hold_nothing_else(database: Database) -> None:
    condition = f"{database.engine.dialect.name}_where"
    found = {
        index["name"]: str(index.get("dialect_options", {}).get(condition))
        for index in inspect(database.engine).get_indexes("messages")
    }
    assert set(found) >= {i.name for i in Base.metadata.tables["messages"].indexes}
    assert "queued" in found["ix_messages_due"]
    assert "in_doubt" in found["ix_messages_in_doubt"]
    assert "NULL" in found["ix_messages_direct"]
