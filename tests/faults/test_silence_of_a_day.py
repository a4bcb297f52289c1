"""A day after a text was taken no receipt has come: the telco is asked, once."""

import datetime as dt
from collections import Counter

from sqlalchemy import select, update

from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from tests.faults.sites import Site
from tests.telco import until

TEXTS = 12
AGE = dt.timedelta(hours=24, minutes=1)


def test_what_is_silent_for_a_day_is_looked_up_and_not_sent_again(
    either_site: Site,
) -> None:
    """Fault 15: the receipts were lost on their way; the telco's list has them."""
    site = either_site
    site.telco.weather(lose_receipts=1.0)
    host, told = site.a_host(), site.tell(TEXTS)
    dead = told[0]
    site.telco.set_handset(dead, "dead")
    host.start_worker()
    host.start_clock()
    until(lambda: site.count("accepted") == TEXTS, within_s=60)
    until(lambda: site.telco.stats()["waiting"] == 0)
    host.kill("clock")
    _let_a_day_pass(site)
    host.start_clock("tomorrow")
    until(lambda: site.count("accepted") == 0, within_s=60)
    assert site.states() == {"delivered": TEXTS - 1, "undelivered": 1}
    assert site.taken() == TEXTS
    assert site.heard() == Counter(told[1:])
    with site.database.reading() as session:
        assert all(session.scalars(select(Message.asked_at)))


def _let_a_day_pass(site: Site) -> None:
    """Make everything a day older: the processes' clock cannot be turned."""
    with site.database.writing() as session:
        for message in session.scalars(select(Message)):
            assert message.accepted_at is not None
            assert message.submitted_at is not None
            message.accepted_at -= AGE
            message.submitted_at -= AGE
        session.execute(
            update(Announcement).values(due_at=dt.datetime.now(dt.UTC) - AGE)
        )
