"""The page of a month says by which channel its texts went, and at what price."""

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.ledger import SEPTEMBER, charge, in_month
from tests.builders.people import a_group, a_ward
from tests.builders.usage import BY_ZALO, a_price, a_template, a_way_out, go_on_by


def test_a_month_shows_what_each_channel_cost(
    database: Database, signed_in: SignIn
) -> None:
    at = in_month(SEPTEMBER)
    with database.writing() as session:
        ward = a_ward(session)
        a_group(session, ward)
        charge(session, ward, SEPTEMBER)
        a_price(session, 650)
        a_price(session, 200, kind=BY_ZALO.kind)
        a_template(session, name="Lịch chi trả")
        a_way_out(session, ward, at=at)
        go_on_by(session, a_way_out(session, ward, BY_ZALO, at=at), at=at)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)

    page = signed_in(accountant).get("/ledger/2026-09").get_data(as_text=True)

    assert "Zalo – mẫu 214 – Lịch chi trả" in page
    assert "SMS chăm sóc khách hàng" in page
    assert "850đ" in page
