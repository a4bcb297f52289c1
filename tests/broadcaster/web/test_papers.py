"""Papers by HTTP: who may print what, and that it opens as a PDF."""

import io

import pytest
from pypdf import PdfReader

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from subscriptions.payments import reverse_payment
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    LEADER,
    SEPTEMBER,
    a_paying_household,
    charge,
    in_month,
    pay,
)
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


def test_the_leader_and_the_accountant_print_the_same_list(
    database: Database, signed_in: SignIn
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group, other = a_group(session, ward, number=12), a_group(session, ward)
        a_paying_household(session, in_group=group, head="Đỗ Thị Ựa")
        charge(session, ward, SEPTEMBER)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
        leader = an_account(
            session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({group.id})
        )
        stranger = an_account(
            session, Role.ACCOUNTANT, ward_id=a_ward(session).id, username="khach"
        )
    of_leader, of_ward = signed_in(leader), signed_in(accountant)
    path = f"/leader/{group.id}/due/2026-09.pdf"

    carried = words_of(of_leader.get(path).data)
    printed = words_of(of_ward.get(f"/ledger/2026-09/due/{group.id}.pdf").data)

    assert "Đỗ Thị Ựa" in carried
    assert carried == printed
    due = of_ward.get(f"/ledger/2026-09/due?group={group.id}").get_data(as_text=True)
    assert f'href="/ledger/2026-09/due/{group.id}.pdf"' in due
    page = of_leader.get(f"/leader/{group.id}/collect?month=2026-09-01")
    assert f'href="{path}"' in page.get_data(as_text=True)
    unled = of_leader.get(f"/leader/{other.id}/due/2026-09.pdf")
    assert unled.status_code == 404
    assert of_leader.get(f"/leader/{group.id}/due/2026-13.pdf").status_code == 404
    foreign = signed_in(stranger).get(f"/ledger/2026-09/due/{group.id}.pdf")
    assert foreign.status_code == 404


def test_a_receipt_is_printed_by_its_ward_and_its_leader_alone(
    database: Database, signed_in: SignIn
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group, other = a_group(session, ward, number=12), a_group(session, ward)
        home = a_paying_household(session, in_group=group)
        payment = pay(session, home, 3000, now=in_month(SEPTEMBER))
        undone = pay(session, home, 6000, now=in_month(SEPTEMBER))
        undoing = reverse_payment(
            session, undone, reversed_by=LEADER, now=in_month(SEPTEMBER)
        )
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
        leader = an_account(
            session,
            Role.LEADER,
            ward_id=ward.id,
            group_ids=frozenset({group.id, other.id}),
        )
        stranger = an_account(
            session, Role.ACCOUNTANT, ward_id=a_ward(session).id, username="khach"
        )
    of_ward, of_leader = signed_in(accountant), signed_in(leader)
    path = f"/ledger/payments/{payment.public_id}.pdf"

    page = of_ward.get(f"/ledger/households/{home.public_id}").get_data(as_text=True)
    printed = of_ward.get(path)
    carried = of_leader.get(f"/leader/{group.id}/payments/{payment.public_id}.pdf")

    assert f'href="{path}"' in page
    assert "T12-2026-0001" in words_of(printed.data)
    assert words_of(carried.data) == words_of(printed.data)
    last = of_leader.get(f"/leader/{group.id}/collect?last={payment.public_id}")
    assert "In biên nhận T12-2026-0001" in last.get_data(as_text=True)
    unled = of_leader.get(f"/leader/{other.id}/payments/{payment.public_id}.pdf")
    assert unled.status_code == 404
    assert signed_in(stranger).get(path).status_code == 404
    void = of_ward.get(f"/ledger/payments/{undoing.public_id}.pdf")
    assert void.status_code == 404
