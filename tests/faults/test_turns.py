"""A hundred thousand texts of one ward wait, and others need not wait for them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.store.tables.announcements import Lane
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward
from tests.builders.messages import a_frozen_notice
from tests.builders.people import a_ward
from tests.faults.rolls import fill_queue, list_reachable
from tests.faults.sites import GATEWAY, Site, a_site
from tests.telco import until

BACKLOG = 100_000
FEW = 50
PER_SECOND = 400
MOST_BEFORE_A_WARD = 3_000
MOST_BEFORE_AN_EMERGENCY = 1_500
"""Far under the backlog: what workers had claimed already, and a little more."""


@pytest.fixture
def site(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Site]:
    """Give a small ward, and a large one whose notices leave at a limited pace."""
    with a_site(
        tmp_path, database_url=database_url, redis_url=redis_url, lines=2 * FEW
    ) as site:
        site.set_gateway(segments_per_second=PER_SECOND)
        site.telco.weather(lose_receipts=1.0)
        yield site


def test_a_small_ward_and_an_emergency_do_not_wait_for_a_large_ward(
    site: Site,
) -> None:
    """Fault 9: in the same lane by turns, and the emergency before everybody."""
    with site.database.writing() as session:
        small = session.scalars(select(Ward)).one()
        lines = list_reachable(session, small)
        fill_queue(session, a_ward(session), BACKLOG, gateway=GATEWAY)
    host = site.a_host()
    host.start_clock()
    for name in ("left", "right"):
        host.start_worker(name)
    site.wait_until_taken(PER_SECOND)
    notice, warning = lines[:FEW], lines[FEW : 2 * FEW]
    waited = _texts_before(site, small, notice, lane=Lane.NOTICE)
    assert waited <= MOST_BEFORE_A_WARD
    waited = _texts_before(site, small, warning, lane=Lane.EMERGENCY)
    assert waited <= MOST_BEFORE_AN_EMERGENCY
    assert site.count("queued") > BACKLOG // 2


def _texts_before(site: Site, ward: Ward, lines: Sequence[Line], *, lane: Lane) -> int:
    """Tell a few; count the others' texts that came in between, till the last."""
    phones = {line.e164 for line in lines}
    with site.database.writing() as session:
        a_frozen_notice(session, ward, lines, gateway=GATEWAY, lane=lane)
    before = len(site.telco.received())
    until(lambda: phones <= site.heard().keys(), within_s=60)
    order = [str(text["to"]) for text in site.telco.received()]
    return sum(phone not in phones for phone in order[before : _last(order, phones)])


def _last(order: list[str], phones: set[str]) -> int:
    return max(place for place, phone in enumerate(order) if phone in phones)
