"""What a notice by both channels comes to is foreseen phone by phone."""

import datetime as dt
from dataclasses import replace

import pytest

from broadcaster.rules.renderings import Fault, TemplateRendering
from broadcaster.services.previews import Preview, preview
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tables.zalo import WardChannels
from tests.builders.announcements import (
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW, a_household, lines_of
from tests.builders.zalo import ACCOUNT, MEETING, VALUES, follows, lacks, uses_zalo

HOMES = 5
SHORT = "Họp tổ dân phố 19h30."
PRICES = {MEETING: 200, f"{MEETING}/user": 140}


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of five homes: one lacks Zalo, two follow, SMS costs 500 đ."""
    staffed = a_staffed_ward(database, homes=HOMES - 1)
    with database.writing() as session:
        a_household(session, in_group=staffed.group, with_phone="0981000001")
        uses_zalo(session, staffed.ward.id)
        lines = [lines_of(session, home)[0].id for home in staffed.homes]
        lacks(session, lines[0])
        follows(session, lines[1], ward_id=staffed.ward.id)
        follows(session, lines[2], ward_id=staffed.ward.id)
        session.add(_tariff("care", 500, gateway=""))
    return staffed


def _tariff(kind: str, vnd: int, *, gateway: str = ACCOUNT) -> Tariff:
    return Tariff(
        gateway=gateway,
        carrier="",
        kind=kind,
        valid_from=dt.date(2026, 1, 1),
        vnd_per_segment=vnd,
    )


def _preview(
    database: Database,
    staffed: StaffedWard,
    *,
    topic: Topic = Topic.GENERAL,
    **values: str,
) -> Preview:
    draft = replace(
        a_draft(the_group(staffed.group), topic=topic, body=SHORT),
        zalo=TemplateRendering(template_id=MEETING, data=VALUES | values),
    )
    with database.reading() as session:
        return preview(session, draft, ward=staffed.ward, now=NOW)


def test_each_phone_is_priced_by_the_way_it_is_reached(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        session.add_all(_tariff(kind, vnd) for kind, vnd in PRICES.items())
    seen = _preview(database, staffed)
    assert seen.zalo is not None
    reach = seen.zalo.reach
    assert (reach.by_user_id, reach.by_phone, reach.by_sms) == (2, 2, 1)
    assert reach.by_zalo + reach.by_sms == seen.audience.lines == HOMES
    assert seen.zalo.total_vnd == 2 * 140 + 2 * 200
    assert seen.sms.vnd_by_carrier == {"VinaPhone": 500}
    assert seen.total_vnd == 680 + 500
    assert not seen.zalo.is_unpriced


def test_a_template_without_a_price_is_never_shown_as_free(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        session.add(_tariff(MEETING, 200))
    seen = _preview(database, staffed)
    assert seen.zalo is not None
    assert (seen.zalo.total_vnd, seen.zalo.is_unpriced) == (400, True)


def test_without_a_rendering_everybody_gets_the_sms(
    database: Database, staffed: StaffedWard
) -> None:
    draft = a_draft(the_group(staffed.group), body=SHORT)
    with database.reading() as session:
        seen = preview(session, draft, ward=staffed.ward, now=NOW)
    assert seen.zalo is None
    assert seen.total_vnd == seen.chosen.total_vnd == HOMES * 500


def test_an_emergency_is_foreseen_as_sms_alone(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _preview(database, staffed, topic=Topic.EMERGENCY)
    assert seen.zalo is not None
    assert (seen.zalo.is_urgent, seen.zalo.is_off) == (True, False)
    assert (seen.zalo.reach.by_zalo, seen.zalo.reach.by_sms) == (0, HOMES)
    assert seen.total_vnd == HOMES * 500


def test_faults_are_shown_and_not_raised_while_it_is_written(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _preview(database, staffed, noi_dung="")
    assert seen.zalo is not None
    assert seen.zalo.faults == {"noi_dung": Fault.MISSING}


def test_a_ward_that_left_zalo_sees_the_sms_alone(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        session.get_one(WardChannels, staffed.ward.id).zalo_gateway = None
    assert _preview(database, staffed).zalo is None
