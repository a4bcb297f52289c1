"""A printed receipt says who paid what for which months, in digits and in words."""

import datetime as dt

import pytest

from broadcaster.rules.permissions import Role
from broadcaster.services.payment_paper import payment_paper
from broadcaster.store.session import Database
from subscriptions.payments import NewPayment, record_payment, reverse_payment
from subscriptions.tables.ledger import PaymentMethod
from tests.broadcaster.services.test_papers import read, words_of
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    LEADER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward


def test_a_receipt_names_the_months_and_spells_the_amount(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(
            session, in_group=a_group(session, ward, number=12), since=SEPTEMBER
        )
        charge(session, ward, SEPTEMBER)
        charge(session, ward, OCTOBER)
        payment = pay(session, home, 7500, now=in_month(OCTOBER))
        paper = payment_paper(session, payment)
    words = words_of(paper)
    assert len(read(paper).pages) == 1
    assert "Phường Hoa Sữa – Tổ 12 BIÊN NHẬN THU TIỀN" in words
    assert "Số biên nhận: T12-2026-0001" in words
    assert f"Người nộp: Nguyễn Văn An Địa chỉ: {home.address}" in words
    months = "tháng 09/2026 (3.000đ), tháng 10/2026 (3.000đ), trả trước (1.500đ)"
    assert f"Nội dung: cước nhắn tin {months}" in words
    assert "Số tiền: 7.500 đồng Bằng chữ: Bảy nghìn năm trăm đồng" in words
    assert "Hình thức: tiền mặt Thu lúc: 09:00 T7 10/10/2026" in words
    assert "HOÀN TÁC" not in words


def test_a_receipt_that_was_undone_is_void_on_paper_too(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(session, in_group=a_group(session, ward))
        payment = pay(session, home, 3000, now=in_month(OCTOBER))
        reverse_payment(
            session, payment, reversed_by=LEADER, now=in_month(OCTOBER, day=11)
        )
        words = words_of(payment_paper(session, payment))
    assert "ĐÃ HOÀN TÁC lúc 09:00 CN 11/10/2026" in words
    assert "không còn giá trị" in words


@pytest.mark.parametrize(
    ("method", "word"),
    [(PaymentMethod.CASH, "tiền mặt"), (PaymentMethod.TRANSFER, "chuyển khoản")],
)
def test_a_receipt_says_how_and_who_took_the_money(
    database: Database, method: PaymentMethod, word: str
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(session, in_group=a_group(session, ward))
        taker = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
        new = NewPayment(
            amount_vnd=36_000,
            method=method,
            received_by=taker.account_id,
            idempotency_key="k",
        )
        payment = record_payment(session, home, new, now=in_month(OCTOBER))
        words = words_of(payment_paper(session, payment))
    assert f"Hình thức: {word}" in words
    assert f"Người thu: {taker.display_name}" in words
    assert "Ba mươi sáu nghìn đồng" in words


def test_a_year_paid_in_one_fits_on_one_page(database: Database) -> None:
    year = [dt.date(2026, month, 1) for month in range(1, 13)]
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(
            session, in_group=a_group(session, ward), since=year[0]
        )
        for month in year:
            charge(session, ward, month)
        payment = pay(session, home, 36_000, now=in_month(OCTOBER))
        paper = payment_paper(session, payment)
    assert len(read(paper).pages) == 1
    assert "tháng 12/2026 (3.000đ) Số tiền: 36.000 đồng" in words_of(paper)
