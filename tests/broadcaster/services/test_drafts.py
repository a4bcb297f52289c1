"""What an officer wrote is read once, and its hash holds all that matters."""

import datetime as dt
from dataclasses import replace

import pytest

from broadcaster.errors import InputError
from broadcaster.services.drafts import (
    MAX_CHARACTERS,
    Draft,
    check_times,
    hash_of_announcement,
    purpose_of,
    read_body,
    read_key,
    wire_text,
    write_announcement,
)
from broadcaster.store.tables.announcements import Topic
from subscriptions.audience import Audience
from subscriptions.tables.consents import Purpose
from tests.builders.announcements import a_draft
from tests.builders.people import NOW

HOUR = dt.timedelta(hours=1)
AUDIENCE = Audience(group_ids=frozenset({1, 2}))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param("  Mời họp \n", "Mời họp", id="blanks-around"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line-ends"),
        pytest.param("ho\u0323p", "họp", id="decomposed"),
        pytest.param("(tại nhà (tầng 2))", "(tại nhà (tầng 2))", id="brackets"),
    ],
)
def test_a_body_is_kept_composed_with_one_kind_of_line_end(raw: str, kept: str) -> None:
    assert read_body(raw) == kept


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param(" \r\n\u00a0 ", "empty", id="blanks"),
        pytest.param("a" * (MAX_CHARACTERS + 1), "too_long", id="too-long"),
        pytest.param("họp\x00tổ", "control_character", id="NUL"),
        pytest.param("họp \ud800", "control_character", id="lone-surrogate"),
        pytest.param("Mời {ten} họp", "unknown_variable", id="braces"),
        pytest.param("Mời {{ten}} họp", "unknown_variable", id="double-braces"),
        pytest.param("Mời ((ten)) họp", "unknown_variable", id="double-brackets"),
    ],
)
def test_a_body_that_cannot_be_sent_says_why(raw: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_body(raw)
    assert (caught.value.field, caught.value.reason) == ("body", reason)


def test_a_text_that_loses_everything_with_its_accents_is_empty() -> None:
    with pytest.raises(InputError) as caught:
        wire_text("\u200b\u0301", accented=False)
    assert caught.value.reason == "empty"


def test_the_wire_carries_accents_only_where_the_author_chose_them() -> None:
    assert wire_text("Đổi chỗ", accented=True) == "Đổi chỗ"
    assert wire_text("Đổi chỗ", accented=False) == "Doi cho"


@pytest.mark.parametrize("key", ["", "x" * 65, "a\nb"])
def test_a_key_that_cannot_be_stored_is_refused(key: str) -> None:
    with pytest.raises(InputError) as caught:
        read_key(key)
    assert caught.value.field == "idempotency_key"


@pytest.mark.parametrize(
    ("send_at", "valid_until", "field"),
    [
        pytest.param(NOW - HOUR, None, "send_at", id="past"),
        pytest.param(NOW + HOUR, NOW + HOUR, "valid_until", id="ends-as-it-begins"),
        pytest.param(None, NOW - HOUR, "valid_until", id="over-already"),
    ],
)
def test_times_that_contradict_each_other_are_named(
    send_at: dt.datetime | None, valid_until: dt.datetime | None, field: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_times(send_at, valid_until, now=NOW)
    assert caught.value.field == field


def test_each_topic_asks_for_its_own_consent() -> None:
    asked = {topic: purpose_of(topic) for topic in Topic}
    assert asked.pop(Topic.PENSION) is Purpose.PENSION
    assert asked.pop(Topic.BILLING) is Purpose.BILLING
    assert set(asked.values()) == {Purpose.NOTICES}


DRAFT = replace(a_draft(AUDIENCE), send_at=NOW + HOUR, valid_until=NOW + 3 * HOUR)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(DRAFT, body="Họp lúc 20h."), id="body"),
        pytest.param(replace(DRAFT, accented=True), id="accents"),
        pytest.param(replace(DRAFT, topic=Topic.EMERGENCY), id="topic"),
        pytest.param(
            replace(DRAFT, audience=Audience(group_ids=frozenset({1}))), id="audience"
        ),
        pytest.param(replace(DRAFT, send_at=NOW + 2 * HOUR), id="send_at"),
        pytest.param(replace(DRAFT, valid_until=None), id="valid_until"),
    ],
)
def test_the_hash_changes_with_everything_an_approver_reads(other: Draft) -> None:
    assert _hash(other) != _hash(DRAFT)


def test_the_hash_is_the_same_however_the_moment_is_written() -> None:
    zone = dt.timezone(7 * HOUR)
    assert DRAFT.send_at is not None
    same = replace(DRAFT, send_at=DRAFT.send_at.astimezone(zone))
    assert _hash(same) == _hash(DRAFT)


def _hash(draft: Draft) -> str:
    return hash_of_announcement(
        write_announcement(draft, ward_id=1, author_id=1, now=NOW)
    )
