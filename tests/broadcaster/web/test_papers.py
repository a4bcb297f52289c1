"""Papers by HTTP: who may print what, and that it opens as a PDF."""

import io

import pytest
from pypdf import PdfReader

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.ledger import SEPTEMBER, a_paying_household, charge
from tests.builders.people import a_group, a_ward


def words_of(paper: bytes) -> str:
    pages = PdfReader(io.BytesIO(paper)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_accountant_prints_the_months_statement(
    database: Database, signed_in: SignIn
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_paying_household(session, in_group=a_group(session, ward), lines=2)
        charge(session, ward, SEPTEMBER)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
    client = signed_in(accountant)

    page = client.get("/ledger/2026-09").get_data(as_text=True)
    answer = client.get("/ledger/2026-09/statement.pdf")

    assert 'href="/ledger/2026-09/statement.pdf"' in page
    assert answer.mimetype == "application/pdf"
    assert "Phải thu trong kỳ 2 6.000" in words_of(answer.data)


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "thang-10"])
def test_a_month_that_is_none_has_no_paper(
    database: Database, signed_in: SignIn, month: str
) -> None:
    with database.writing() as session:
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=a_ward(session).id)
    answer = signed_in(accountant).get(f"/ledger/{month}/statement.pdf")
    assert answer.status_code == 404
