"""A notice is stopped in mid-send: what left and what did not make the whole."""

import re
from collections import Counter

import pytest
from sqlalchemy import select

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from tests.faults.sites import Site
from tests.product import Visitor
from tests.telco import until

TEXTS = 300
STOPPED_AT = 40
ON_ITS_WAY = ("queued", "submitting", "accepted", "acknowledged")


@pytest.fixture
def slow_site(either_site: Site) -> Site:
    """Give an installation that takes some seconds for all texts, and run it."""
    either_site.telco.weather(answer_ms=100)
    either_site.set_gateway(connections=8, window=20)
    host = either_site.a_host()
    either_site.start_web(host)
    host.start_worker()
    host.start_clock()
    return either_site


def test_called_off_at_a_row_sent_and_called_off_are_all(slow_site: Site) -> None:
    """Fault 10."""
    told, officer = slow_site.tell(TEXTS), slow_site.an_officer()
    slow_site.wait_until_taken(STOPPED_AT)
    press(slow_site, officer, "call-off")
    states = end_of(slow_site)
    assert set(states) == {"delivered", "withheld"}
    assert states["withheld"] > 0
    judge(slow_site, told)
    page = slow_site.page_of_notice(officer)
    sent, kept = states["delivered"], states["withheld"]
    assert f"Đã gửi {sent} · không gửi {kept}</b> = {TEXTS} tin" in page


def test_paused_then_called_off_nothing_left_in_between(slow_site: Site) -> None:
    told, officer = slow_site.tell(TEXTS), slow_site.an_officer()
    slow_site.wait_until_taken(STOPPED_AT)
    press(slow_site, officer, "pause")
    until(lambda: slow_site.count(*ON_ITS_WAY) == 0, within_s=60.0)
    taken, held = slow_site.taken(), slow_site.count("held")
    assert (taken + held, held > 0) == (TEXTS, True)
    press(slow_site, officer, "call-off")
    assert end_of(slow_site) == {"delivered": taken, "withheld": held}
    judge(slow_site, told)


def test_paused_and_resumed_each_phone_has_its_text_once(slow_site: Site) -> None:
    told, officer = slow_site.tell(TEXTS), slow_site.an_officer()
    slow_site.wait_until_taken(STOPPED_AT)
    press(slow_site, officer, "pause")
    until(lambda: slow_site.count(*ON_ITS_WAY) == 0, within_s=60.0)
    taken = slow_site.taken()
    page = slow_site.page_of_notice(officer)
    assert f"Đã gửi {taken} · tạm dừng {TEXTS - taken}</b> = {TEXTS} tin" in page
    press(slow_site, officer, "resume")
    assert end_of(slow_site) == {"delivered": TEXTS}
    assert slow_site.heard() == Counter(told)


def end_of(site: Site) -> dict[str, int]:
    """Wait until every receipt is in, too; return the states."""
    site.settle()
    until(lambda: site.count("accepted", "acknowledged") == 0, within_s=60.0)
    return site.states()


def press(site: Site, officer: Visitor, button: str) -> None:
    """Press a button of the notice's page; the numbers it then shows make the whole."""
    with site.database.reading() as session:
        public_id = session.scalars(select(Announcement.public_id)).one()
    page = f"/staff/announcements/{public_id}"
    answer = officer.post(f"{page}/{button}", {}, page=page)
    assert answer.status_code == 200
    parts = re.search(r"([\d.]+) \+ ([\d.]+) \+ ([\d.]+) \+ ([\d.]+) = ", answer.text)
    assert parts
    assert sum(int(part.replace(".", "")) for part in parts.groups()) == TEXTS


def judge(site: Site, told: list[str]) -> None:
    """Hold what is written against what the handsets received."""
    query = select(Message.to).where(Message.state == MessageState.DELIVERED)
    with site.database.reading() as session:
        delivered = list(session.scalars(query))
    assert site.heard() == Counter(delivered)
    assert site.taken() == len(delivered)
    assert set(delivered) < set(told)
