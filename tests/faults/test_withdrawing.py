"""A resident texts TC while the notice is already leaving: it does not reach them."""

from collections import Counter

from sqlalchemy import select, update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import Message, MessageKind, WithheldReason
from subscriptions.tables.places import Ward
from tests.faults.sites import Site
from tests.telco import until

SERVICE_NUMBER = "+84899000888"
"""Where the simulated network's handsets write to."""
TEXTS = 200
CRAWLS = {"answer_ms": 500}


def test_a_tc_between_confirmation_and_sending_is_obeyed(either_site: Site) -> None:
    """Fault 14: the last in a slow queue withdraws while the first receive."""
    site = either_site
    site.set_gateway(window=10, connections=2)
    site.telco.weather(**CRAWLS)
    with site.database.writing() as session:
        session.execute(update(Ward).values(inbound_number=SERVICE_NUMBER))
    host, told = site.a_host(), site.tell(TEXTS)
    leaver = told[-1]
    site.start_web(host)
    host.start_clock()
    for name in ("left", "right"):
        host.start_worker(name)
    site.wait_until_taken(1)
    site.telco.text_as(leaver, "tc")
    until(lambda: site.telco.bodies(leaver), within_s=60)
    assert site.count("queued") > 0, "the notice was to be leaving still"
    site.telco.clear_weather()
    site.settle()
    with site.database.reading() as session:
        query = select(Message.state, Message.withheld_reason).where(
            Message.to == leaver, Message.kind == MessageKind.ANNOUNCEMENT
        )
        row = session.execute(query).one()
    assert tuple(row) == (MessageState.WITHHELD, WithheldReason.CONSENT)
    (answer,) = site.telco.bodies(leaver)
    assert "khong nhan tin cua phuong nua" in answer
    assert site.heard() == Counter(told)
