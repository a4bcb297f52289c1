"""The same button pressed twice, and two buttons pressed for the last of a budget."""

import datetime as dt
from collections import Counter

from broadcaster.services.budgets import set_monthly_limit
from broadcaster.store.session import Database
from subscriptions.tables.places import ResidentialGroup
from tests.faults.hosts import Host
from tests.faults.presses import (
    compose_form,
    press_together,
    ready_to_press,
    sign_in,
)
from tests.faults.rolls import (
    count_announcements,
    count_reachable,
    first_group,
    set_prices,
    told_phones,
)
from tests.faults.sites import Site
from tests.product import Visitor
from tests.servers import free_port

PRESSES = 4
PRICE = 500


def test_send_now_pressed_four_times_at_once_is_one_announcement(
    either_site: Site,
) -> None:
    """Fault 8: one form, four connections, two web processes."""
    site, host = either_site, either_site.a_host()
    officers = _officers_at_two_webs(site, host)
    with site.database.reading() as session:
        form = compose_form(groups=[first_group(session)])
    answers = press_together([ready_to_press(each, form) for each in officers])
    assert [answer.status_code for answer in answers] == [200] * PRESSES
    assert len({answer.url.rpartition("/")[2] for answer in answers}) == 1
    assert count_announcements(site.database) == 1
    told = told_phones(site.database)
    _send_all(site, host)
    assert site.heard() == Counter(told)
    assert set(site.heard().values()) == {1}


def test_of_four_sends_that_race_for_the_last_of_a_budget_one_is_sent(
    either_site: Site,
) -> None:
    """Fault 11: the limit pays for one of them and a bit, at two web processes."""
    site, host = either_site, either_site.a_host()
    officers = _officers_at_two_webs(site, host)
    group_id = _pay_for_one(site.database)
    forms = [
        compose_form(key=f"form-{n}", groups=[group_id], body=f"Họp lần {n} lúc 19h.")
        for n in range(PRESSES)
    ]
    answers = press_together(list(map(ready_to_press, officers, forms)))
    codes = Counter(answer.status_code for answer in answers)
    assert codes == {200: 1, 422: PRESSES - 1}
    refusals = [answer.text for answer in answers if answer.status_code == 422]
    assert all("Hạn mức nhắn tin của tháng không đủ" in page for page in refusals)
    assert count_announcements(site.database) == 1
    _send_all(site, host)
    assert site.heard() == Counter(told_phones(site.database))
    assert len({text["body"] for text in site.telco.received()}) == 1


def _officers_at_two_webs(site: Site, host: Host) -> list[Visitor]:
    """Start a second web beside the first; sign one officer in at four machines."""
    site.start_web(host)
    other, port = site.a_host("other"), free_port()
    other.start_web(port)
    other.wait_for("web", "Booting worker")
    urls = [site.url, f"http://127.0.0.1:{port}"] * (PRESSES // 2)
    return [sign_in(url, "officer") for url in urls]


def _pay_for_one(database: Database) -> int:
    with database.writing() as session:
        set_prices(session, PRICE)
        group_id = first_group(session)
        lines = count_reachable(session, group_id)
        ward_id = session.get_one(ResidentialGroup, group_id).ward_id
    now = dt.datetime.now(dt.UTC)
    limit = 2 * lines * PRICE - 1
    set_monthly_limit(database, ward_id, limit, actor=None, now=now)
    return group_id


def _send_all(site: Site, host: Host) -> None:
    host.start_worker()
    host.start_clock()
    site.settle()
