"""Prometheus reads the figures of the operator's page, with the token and only so."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from broadcaster.bootstrap import House, list_faults
from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Outcome, Verdict
from broadcaster.store.gateway_states import open_breaker
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.web.app import create_app
from tests.builders.messages import GATEWAY, a_text, a_window, many_texts
from tests.builders.people import NOW, a_ward
from tests.fakes import HandClock

TOKEN = "a token of the tests"
Figures = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def gateway() -> MemoryGateway:
    return MemoryGateway(capabilities=replace(CAPABILITIES, segments_per_second=12.5))


@pytest.fixture
def scraped(house: House) -> FlaskClient:
    """Give a client of an application that has a token."""
    settings = replace(house.settings, metrics_token=TOKEN)
    return create_app(replace(house, settings=settings)).test_client()


def scrape(client: FlaskClient) -> Figures:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    families = list(text_string_to_metric_families(answer.get_data(as_text=True)))
    assert all(family.documentation for family in families)
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_token_set_there_is_no_page(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    empty = client.get("/metrics", headers={"Authorization": "Bearer "})
    assert empty.status_code == 404


@pytest.mark.parametrize(
    "shown", ["", "Bearer ", "Bearer another token", TOKEN, "Bearer tiếng"]
)
def test_without_the_right_token_nothing_is_told(
    scraped: FlaskClient, shown: str
) -> None:
    headers = {"Authorization": shown.encode().decode("latin-1")} if shown else {}
    answer = scraped.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"loa_" not in answer.data


def test_a_quiet_house_says_so(scraped: FlaskClient) -> None:
    figures = scrape(scraped)
    assert figures["loa_in_doubt_texts", (GATEWAY,)] == 0
    assert figures["loa_breaker_state", (GATEWAY,)] == 0
    assert figures["loa_rate_limit_segments_per_second", (GATEWAY,)] == 12.5
    assert figures["loa_stuck", (GATEWAY, "nothing_leaves")] == 0
    assert not any(name == "loa_queue_texts" for name, _ in figures)


def test_what_waits_is_on_the_wire_and_is_in_doubt_is_counted(
    scraped: FlaskClient, database: Database, clock: HandClock
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, 4, lane=Lane.NOTICE)
        many_texts(session, ward, 2, due_at=NOW + dt.timedelta(hours=1))
        accepted, doubtful, _third = a_window(session, limit=3)
        told = {accepted: Verdict.ACCEPTED, doubtful: Verdict.IN_DOUBT}
        outcomes = [
            Outcome(message_id=text.message_id, verdict=verdict)
            for text, verdict in told.items()
        ]
        record(session, outcomes, now=NOW)
    clock.turn(seconds=40)
    figures = scrape(scraped)
    lane = (GATEWAY, "notice")
    assert figures["loa_queue_texts", (*lane, "due", str(ward.id))] == 1
    assert figures["loa_queue_texts", (*lane, "later", str(ward.id))] == 2
    assert figures["loa_oldest_due_seconds", lane] == 40
    assert figures["loa_windows", (GATEWAY,)] == 1
    assert figures["loa_in_doubt_texts", (GATEWAY,)] == 1
    assert figures["loa_in_doubt_oldest_seconds", (GATEWAY,)] == 40
    assert figures["loa_accepted_segments_last_minute", (GATEWAY,)] == 1
    assert figures["loa_stuck", (GATEWAY, "lease_overdue")] == 0


def test_an_open_breaker_and_what_stands_still_are_figures(
    scraped: FlaskClient, database: Database, clock: HandClock
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 1)
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    opened = scrape(scraped)
    assert opened["loa_breaker_state", (GATEWAY,)] == 2
    assert opened["loa_breaker_failures", (GATEWAY,)] == 1
    assert opened["loa_gateway_wait_seconds", (GATEWAY,)] > 0
    clock.turn(minutes=2)
    later = scrape(scraped)
    assert later["loa_breaker_state", (GATEWAY,)] == 1
    assert later["loa_gateway_wait_seconds", (GATEWAY,)] == 0
    assert later["loa_stuck", (GATEWAY, "nothing_leaves")] == 1


def test_no_figure_carries_a_name_or_a_phone(
    scraped: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        ward = a_ward(session, name="Phường Láng")
        a_text(session, ward, to="+84912345678")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    page = scraped.get("/metrics", headers=headers).get_data(as_text=True)
    assert f'ward="{ward.id}"' in page
    assert "Láng" not in page
    assert not re.search(r"\d{9}", page)


def test_a_token_that_could_be_guessed_keeps_the_house_from_being_built() -> None:
    faults = list_faults({"LOA_METRICS_TOKEN": "short"})
    assert any("LOA_METRICS_TOKEN is shorter" in fault for fault in faults)
    assert not any("METRICS" in fault for fault in list_faults({}))
