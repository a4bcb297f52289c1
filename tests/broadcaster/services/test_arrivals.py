"""What a telco tells beside reports reaches the part that it concerns."""

import datetime as dt

from broadcaster.ports import AccountChanged
from broadcaster.services.arrivals import take_arrival
from broadcaster.services.zalo_templates import sync_due
from broadcaster.store.session import Database
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, TemplateGateway, a_template

MINUTE = dt.timedelta(minutes=1)


def test_an_account_that_changed_is_asked_for_its_templates_at_once(
    database: Database,
) -> None:
    gateways = {ACCOUNT: TemplateGateway(a_template())}
    assert sync_due(database, gateways, now=NOW) == 1
    assert sync_due(database, gateways, now=NOW + MINUTE) == 0
    changed = AccountChanged(account="1", what="change_template_status")
    for _ in range(2):
        take_arrival(database, ACCOUNT, changed, now=NOW + MINUTE)
    assert sync_due(database, gateways, now=NOW + MINUTE) == 1
    assert sync_due(database, gateways, now=NOW + MINUTE) == 0
