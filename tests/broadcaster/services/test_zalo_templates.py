"""What Zalo lists is what officers choose from, and every price has its day."""

import datetime as dt
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import TemplateParam, TemplateState
from broadcaster.services.zalo_templates import (
    SYNC_EVERY,
    Synced,
    note_change,
    sync_due,
    sync_templates,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.zalo_templates import (
    find_template,
    last_synced,
    list_templates,
    may_be_sent,
    params_of,
)
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, TemplateGateway, a_template

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 10, 5)


def _sync(
    database: Database, gateway: TemplateGateway, *, now: dt.datetime = NOW
) -> Synced:
    return sync_templates(database, ACCOUNT, gateway=gateway, actor=None, now=now)


def _prices(database: Database) -> list[tuple[str, dt.date, int]]:
    with database.reading() as session:
        return [
            (row.kind, row.valid_from, row.vnd_per_segment)
            for row in session.scalars(
                select(Tariff)
                .where(Tariff.gateway == ACCOUNT, Tariff.carrier == "")
                .order_by(Tariff.kind, Tariff.valid_from)
            )
        ]


def test_what_zalo_lists_is_kept_with_its_blanks(database: Database) -> None:
    pending = a_template("215", name="Lịch cắt điện", state=TemplateState.PENDING)
    synced = _sync(database, TemplateGateway(pending, a_template()))
    assert (synced.listed, synced.approved) == (2, 1)
    with database.reading() as session:
        rows = list_templates(session, ACCOUNT)
        # what may be sent comes first
        assert [row.template_id for row in rows] == [MEETING, "215"]
        assert params_of(rows[0]) == a_template().params
        assert (rows[0].quality, rows[0].text) == ("HIGH", a_template().text)
        assert may_be_sent(rows[0])
        assert not may_be_sent(rows[1])
        assert last_synced(session, ACCOUNT) == NOW


def test_what_is_listed_no_more_is_kept_but_not_chosen_from(
    database: Database,
) -> None:
    gateway = TemplateGateway(a_template(), a_template("215"))
    _sync(database, gateway)
    gateway.listed = [a_template("215", state=TemplateState.REJECTED)]
    _sync(database, gateway, now=NOW + DAY)
    with database.reading() as session:
        (left,) = list_templates(session, ACCOUNT)
        assert (left.template_id, left.state) == ("215", TemplateState.REJECTED)
        gone = find_template(session, ACCOUNT, MEETING)
        assert gone is not None
        assert not may_be_sent(gone)
    gateway.listed = [a_template()]
    _sync(database, gateway, now=NOW + 2 * DAY)
    with database.reading() as session:
        assert may_be_sent(find_template(session, ACCOUNT, MEETING))


def test_an_account_without_templates_has_none_left(database: Database) -> None:
    gateway = TemplateGateway(a_template())
    _sync(database, gateway)
    gateway.listed = []
    _sync(database, gateway)
    with database.reading() as session:
        assert list_templates(session, ACCOUNT) == []


def test_a_new_price_is_dated_and_the_same_one_is_not_written_again(
    database: Database,
) -> None:
    gateway = TemplateGateway(a_template())
    assert _sync(database, gateway).new_prices == 2
    assert _sync(database, gateway, now=NOW + DAY).new_prices == 0
    gateway.listed = [a_template(price_vnd=220)]
    assert _sync(database, gateway, now=NOW + 2 * DAY).new_prices == 1
    assert _prices(database) == [
        (MEETING, TODAY, 200),
        (MEETING, TODAY + 2 * DAY, 220),
        (f"{MEETING}/user", TODAY, 140),
    ]


def test_a_price_that_changes_twice_in_a_day_holds_from_tomorrow(
    database: Database,
) -> None:
    gateway = TemplateGateway(a_template(price_by_user_id_vnd=None))
    _sync(database, gateway)
    gateway.listed = [a_template(price_vnd=220, price_by_user_id_vnd=None)]
    assert _sync(database, gateway).new_prices == 1
    assert _sync(database, gateway).new_prices == 0
    expected = [(MEETING, TODAY, 200), (MEETING, TODAY + DAY, 220)]
    assert _prices(database) == expected
    assert _sync(database, gateway, now=NOW + DAY).new_prices == 0
    assert _prices(database) == expected


def test_the_day_of_a_price_is_the_wards_own(database: Database) -> None:
    half_past_midnight = dt.datetime(2026, 10, 5, 17, 30, tzinfo=dt.UTC)
    _sync(database, TemplateGateway(a_template()), now=half_past_midnight)
    assert {day for _, day, _ in _prices(database)} == {TODAY + DAY}


def test_an_account_that_is_away_changes_nothing(database: Database) -> None:
    gateway = TemplateGateway(a_template())
    _sync(database, gateway)
    gateway.is_away = True
    with pytest.raises(GatewayAwayError):
        _sync(database, gateway, now=NOW + DAY)
    with database.reading() as session:
        assert last_synced(session, ACCOUNT) == NOW


def test_the_clock_reads_each_account_once_an_hour(database: Database) -> None:
    house = {"memory": MemoryGateway(), ACCOUNT: TemplateGateway(a_template())}
    assert sync_due(database, house, now=NOW) == 1
    assert sync_due(database, house, now=NOW + SYNC_EVERY / 2) == 0
    assert sync_due(database, house, now=NOW + SYNC_EVERY) == 1


def test_a_change_that_zalo_told_us_of_is_read_at_once(database: Database) -> None:
    gateway = TemplateGateway(a_template())
    house = {ACCOUNT: gateway}
    sync_due(database, house, now=NOW)
    with database.writing() as session:
        note_change(session, ACCOUNT)
    gateway.listed = [a_template(state=TemplateState.DISABLED)]
    assert sync_due(database, house, now=NOW + dt.timedelta(minutes=1)) == 1
    with database.reading() as session:
        assert not may_be_sent(find_template(session, ACCOUNT, MEETING))


def test_one_account_that_is_away_does_not_keep_the_others_waiting(
    database: Database,
) -> None:
    away = TemplateGateway(name="away")
    away.is_away = True
    house = {"away": away, ACCOUNT: TemplateGateway(a_template())}
    with structlog.testing.capture_logs() as events:
        assert sync_due(database, house, now=NOW) == 1
    assert [event["gateway"] for event in events] == ["away"]


def test_what_no_column_holds_is_cut_or_left_out(database: Database) -> None:
    odd = replace(
        a_template(),
        name="x\x00" * 300,
        quality="q" * 90,
        preview_url="https://a/" + "b" * 600,
        params=(TemplateParam(name="a", max_length=5, kind="STRING"),),
    )
    _sync(database, TemplateGateway(odd, a_template("9" * 20)))
    with database.reading() as session:
        (row,) = list_templates(session, ACCOUNT)
        assert (len(row.name), len(row.quality or "")) == (200, 24)
        assert row.preview_url is None
