"""Shares of a hundred for each carrier, and who stands in for whom."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, String, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from broadcaster.ports import Channel, Outcome, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.gateway_states import open_breaker
from broadcaster.store.outbox import gateways_due, record
from broadcaster.store.routing import (
    Carriers,
    Hop,
    Routes,
    StandIn,
    down_gateways,
    read_routes,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import CarrierRoute, GatewaySetup
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.told import told_rows
from broadcaster.store.windows import Claim, claim
from tests.builders.messages import a_text
from tests.builders.people import NOW, a_ward

LEASE = dt.timedelta(minutes=2)
CARRIERS = ("Viettel", "VinaPhone", "MobiFone")
ROUTE = ("esms", "kannel", "twilio")


def a_route(session: Session, carrier: str, *hops: tuple[str, int]) -> None:
    session.add_all(
        CarrierRoute(
            channel=Channel.SMS,
            carrier=carrier,
            gateway=name,
            share=share,
            place=place,
        )
        for place, (name, share) in enumerate(hops)
    )
    session.flush()


def a_gateway(session: Session, name: str, *, is_enabled: bool) -> None:
    session.add(
        GatewaySetup(
            name=name,
            kind="esms",
            channel=Channel.SMS,
            sender="",
            options={},
            locked_options="",
            place=1,
            is_enabled=is_enabled,
            created_at=NOW,
            changed_at=NOW,
        )
    )
    session.flush()


def test_without_routes_the_first_of_the_house_sends_everything(
    database: Database,
) -> None:
    with database.reading() as session:
        routes = read_routes(session, ROUTE)
    assert {routes.choose("Viettel", seed=seed) for seed in range(200)} == {"esms"}
    assert routes.after("Viettel", "esms", seed=1) == "kannel"
    assert routes.after("Viettel", "twilio", seed=1) is None


def test_a_carrier_has_its_own_route_and_others_the_common_one(
    database: Database,
) -> None:
    with database.writing() as session:
        a_route(session, "", ("esms", 100), ("twilio", 0))
        a_route(session, "Viettel", ("kannel", 100))
        routes = read_routes(session, ROUTE)
    assert routes.choose("Viettel", seed=5) == "kannel"
    assert routes.choose("MobiFone", seed=5) == "esms"
    assert routes.choose("", seed=5) == "esms"


def test_lines_enrolled_in_a_row_are_shared_out_as_the_shares_say(
    database: Database,
) -> None:
    with database.writing() as session:
        a_route(session, "Viettel", ("esms", 70), ("kannel", 20), ("twilio", 10))
        routes = read_routes(session, ROUTE)
    chosen = Counter(routes.choose("Viettel", seed=seed) for seed in range(1_000))
    assert chosen == {"esms": 700, "kannel": 200, "twilio": 100}


def test_a_gateway_that_is_switched_off_gets_nothing_new(database: Database) -> None:
    with database.writing() as session:
        a_gateway(session, "esms", is_enabled=False)
        a_route(session, "Viettel", ("esms", 60), ("kannel", 30), ("twilio", 10))
        routes = read_routes(session, ("esms", "kannel"))
    chosen = Counter(routes.choose("Viettel", seed=seed) for seed in range(1_000))
    assert chosen == {"kannel": 750, "twilio": 250}
    assert routes.choose("MobiFone", seed=1) == "kannel"


def test_where_all_are_switched_off_texts_wait_rather_than_vanish(
    database: Database,
) -> None:
    with database.writing() as session:
        a_gateway(session, "esms", is_enabled=False)
        routes = read_routes(session, ("esms",))
    assert routes.choose("Viettel", seed=1) == "esms"


@given(
    shares=st.lists(st.integers(0, 100), min_size=1, max_size=4),
    seeds=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
)
def test_each_gateway_is_tried_once_after_a_refusal(
    shares: list[int], seeds: list[int]
) -> None:
    hops = tuple(
        Hop(gateway=f"g{place}", share=share) for place, share in enumerate(shares)
    )
    routes = Routes(by_carrier={}, common=hops)
    for seed in seeds:
        tried, gateway = [], routes.choose("Viettel", seed=seed)
        while gateway is not None:
            tried.append(gateway)
            gateway = routes.after("Viettel", gateway, seed=seed)
        assert sorted(tried) == [hop.gateway for hop in hops]


def test_the_database_chooses_as_we_do(database: Database) -> None:
    with database.writing() as session:
        a_route(session, "", ("esms", 55), ("twilio", 45))
        a_route(session, "Viettel", ("kannel", 34), ("esms", 33), ("twilio", 33))
        routes = read_routes(session, ROUTE)
        asked = [
            (seed, carrier) for seed in range(1, 101) for carrier in (*CARRIERS, "")
        ]
        kinds: dict[str, TypeEngine[Any]] = {"seed": Integer(), "carrier": String()}
        rows = told_rows(session, kinds, asked)
        chosen = session.execute(
            select(
                rows.c.seed,
                rows.c.carrier,
                routes.choosing(rows.c.carrier, rows.c.seed + literal(0, Integer)),
            )
        ).all()
    assert len(chosen) == len(asked)
    for seed, carrier, gateway in chosen:
        assert gateway == routes.choose(carrier, seed=seed)


def test_who_stands_in_does_so_for_the_carriers_it_serves(database: Database) -> None:
    with database.writing() as session:
        a_route(session, "", ("esms", 100), ("twilio", 0))
        a_route(session, "Viettel", ("kannel", 100), ("esms", 0))
        routes = read_routes(session, ROUTE)
    common = Carriers(names=frozenset({"Viettel"}), are_left_out=True)
    viettel = Carriers(names=frozenset({"Viettel"}))
    assert routes.stand_ins("twilio", down={"esms"}) == [
        StandIn(gateway="esms", carriers=common)
    ]
    assert routes.stand_ins("esms", down={"kannel"}) == [
        StandIn(gateway="kannel", carriers=viettel)
    ]
    assert routes.stand_ins("twilio", down={"kannel"}) == []
    assert routes.stand_ins("esms", down={"kannel", "esms"}) == []


def take(session: Session, gateway: str) -> list[str]:
    routes = read_routes(session, ROUTE)
    found = claim(
        session,
        Claim(
            gateway=gateway,
            worker="test",
            limit=50,
            lease=LEASE,
            stands_in_for=tuple(routes.stand_ins(gateway, down={"kannel"})),
        ),
        now=NOW,
    )
    return [text.to for text in found.submissions] if found else []


def test_a_claim_takes_of_another_what_it_serves_and_no_test(
    database: Database,
) -> None:
    viettel, vinaphone = "+84981000001", "+84912000001"
    with database.writing() as session:
        ward = a_ward(session)
        a_route(session, "Viettel", ("kannel", 100), ("esms", 0))
        a_route(session, "VinaPhone", ("kannel", 100), ("twilio", 0))
        for to in (viettel, vinaphone):
            a_text(session, ward, to=to, gateway="kannel", pinned=True)
        a_text(
            session,
            ward,
            to=viettel,
            gateway="kannel",
            pinned=True,
            kind=MessageKind.TEST,
        )
        assert take(session, "esms") == [viettel]
        assert take(session, "twilio") == [vinaphone]
        assert take(session, "esms") == []
        left = session.query(Message).filter_by(state=MessageState.QUEUED).one()
    assert left.kind is MessageKind.TEST


def test_a_text_of_no_announcement_takes_its_carriers_route(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_route(session, "Viettel", ("kannel", 100))
        routed = a_text(session, ward, to="+84981000001", gateway="esms")
        pinned = a_text(session, ward, to="+84981000002", gateway="esms", pinned=True)
    assert (routed.gateway, pinned.gateway) == ("kannel", "esms")


@pytest.mark.parametrize("off", [frozenset[str](), frozenset({"kannel"})])
def test_a_stand_in_is_due_while_another_is_down_or_off(
    database: Database, off: frozenset[str]
) -> None:
    with database.writing() as session:
        a_text(session, a_ward(session), gateway="kannel")
        if not off:
            open_breaker(session, "kannel", probing=False, now=NOW, facts={})
        names = ["esms", "twilio"]
        due = gateways_due(session, names, route=ROUTE, off=off or {"kannel"}, now=NOW)
    assert due == ["esms"]
    assert down_gateways({}, off, now=NOW) == off


def test_what_a_route_refuses_goes_round_and_ends(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        message = a_text(session, ward, to="+84981000001", gateway="esms")
        met = []
        for _ in range(5):
            met.append(message.gateway)
            asked = Claim(gateway=message.gateway, worker="test", limit=9, lease=LEASE)
            if claim(session, asked, now=NOW) is None:
                break
            refused = Outcome(message_id=message.id, verdict=Verdict.ELSEWHERE)
            record(session, [refused], route=ROUTE, now=NOW)
            session.refresh(message)
    assert met == [*ROUTE, "twilio"]
    assert message.state is MessageState.REFUSED


def test_the_only_gateway_is_tried_again_when_its_money_may_be_back(
    database: Database,
) -> None:
    hour = dt.timedelta(hours=1)
    with database.writing() as session:
        message = a_text(session, a_ward(session), gateway="esms")
        now, tries = NOW, 0
        while message.state is MessageState.QUEUED:
            tries += 1
            asked = Claim(gateway="esms", worker="test", limit=9, lease=LEASE)
            assert claim(session, asked, now=now) is not None
            refused = Outcome(
                message_id=message.id,
                verdict=Verdict.ELSEWHERE,
                code="103",
                retry_after=hour.total_seconds(),
            )
            record(session, [refused], route=["esms"], now=now)
            session.refresh(message)
            now += hour
    assert (tries, message.submissions) == (6, 6)
    assert message.state is MessageState.REFUSED


@pytest.mark.parametrize(("sender", "shown"), [("8088", "8088"), (None, "PHOASUA")])
def test_a_gateway_sends_as_its_own_sender_where_it_has_one(
    database: Database, sender: str | None, shown: str
) -> None:
    with database.writing() as session:
        message = a_text(session, a_ward(session), gateway="esms")
        asked = Claim(
            gateway="esms", worker="test", limit=9, lease=LEASE, sender=sender
        )
        window = claim(session, asked, now=NOW)
        assert window is not None
        assert [text.sender for text in window.submissions] == [shown]
        session.refresh(message)
    assert message.sender == shown
