"""The preview tells what a notice costs and whom it reaches, before it is sent."""

import csv
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.errors import InputError
from broadcaster.rules.segments import Encoding
from broadcaster.services.previews import Preview, preview
from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from subscriptions.audience import Audience
from tests.builders.announcements import (
    BODY,
    STRIPPED,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOTHING, NOW, a_household

SAMPLES = Path(__file__).parents[2] / "data" / "sample_announcements.csv"
TODAY = dt.date(2026, 10, 5)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of two VinaPhone homes and one of Viettel, with their tariffs."""
    staffed = a_staffed_ward(database, homes=2)
    with database.writing() as session:
        a_household(session, in_group=staffed.group, with_phone="0981000001")
        a_household(
            session,
            in_group=staffed.group,
            with_phone="0981000002",
            consenting_to=NOTHING,
        )
        _tariff = {"kind": "care", "valid_from": dt.date(2026, 1, 1)}
        session.add(Tariff(carrier="VinaPhone", vnd_per_segment=500, **_tariff))
        session.add(Tariff(carrier="Viettel", vnd_per_segment=600, **_tariff))
    return staffed


def test_both_texts_are_measured_and_priced_for_the_live_audience(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _preview(database, staffed, BODY)
    assert seen.unaccented.text == STRIPPED
    assert seen.unaccented.encoding is Encoding.GSM7
    assert seen.unaccented.segments == 1
    assert seen.unaccented.vnd_by_carrier == {"VinaPhone": 2 * 500, "Viettel": 600}
    assert seen.accented.text == BODY
    assert seen.accented.encoding is Encoding.UCS2
    assert seen.accented.forcing[0] == "ờ"
    assert seen.accented.total_vnd == seen.accented.segments * 1600
    assert seen.chosen is seen.unaccented


def test_the_audience_is_counted_with_who_is_left_out_and_why(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _preview(database, staffed, BODY)
    assert seen.audience.lines == 3
    assert seen.audience.excluded == {"no_consent": 1}
    assert "Tổ 5" in seen.sentence


def test_a_carrier_without_a_tariff_is_named_and_not_counted_as_free(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        a_household(session, in_group=staffed.group, with_phone="0901000001")
    seen = _preview(database, staffed, BODY)
    assert seen.unaccented.unpriced == ("MobiFone",)
    assert seen.unaccented.total_vnd == 1600


def test_a_word_that_reads_as_its_opposite_without_accents_is_pointed_out(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _preview(database, staffed, "HOÃN họp tổ dân phố.")
    assert [found.word for found in seen.ambiguities] == ["HOÃN"]


def test_a_notice_of_four_segments_is_called_long(
    database: Database, staffed: StaffedWard
) -> None:
    assert not _preview(database, staffed, "a" * 459).chosen.is_long
    assert _preview(database, staffed, "a" * 460).chosen.is_long


def test_an_audience_of_nobody_is_shown_not_refused(
    database: Database, staffed: StaffedWard
) -> None:
    with database.reading() as session:
        seen = preview(session, a_draft(Audience()), ward=staffed.ward, now=NOW)
    assert seen.audience.lines == 0
    assert seen.chosen.total_vnd == 0


def test_a_moment_that_has_passed_is_refused_with_its_field(
    database: Database, staffed: StaffedWard
) -> None:
    late = replace(
        a_draft(the_group(staffed.group)), send_at=NOW - dt.timedelta(minutes=1)
    )
    with database.reading() as session, pytest.raises(InputError) as caught:
        preview(session, late, ward=staffed.ward, now=NOW)
    assert (caught.value.field, caught.value.reason) == ("send_at", "past")


def test_the_sample_notices_cost_what_the_data_says(
    database: Database, staffed: StaffedWard
) -> None:
    with SAMPLES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 39
    for row in rows:
        seen = _preview(database, staffed, row["text_vi"])
        assert seen.accented.segments == int(row["segments_vi"]), row["id"]
        assert seen.unaccented.text == row["text_unaccented"], row["id"]
        assert seen.unaccented.segments == int(row["segments_unaccented"]), row["id"]


def _preview(database: Database, staffed: StaffedWard, body: str) -> Preview:
    draft = a_draft(the_group(staffed.group), body=body)
    with database.reading() as session:
        return preview(session, draft, ward=staffed.ward, now=NOW)
