"""Journey 5: the month is charged, paid and closed; what comes late is adjusted."""

import datetime as dt
import io
import re
import uuid

import openpyxl
import pytest
import requests
from sqlalchemy import select, update
from twilio.request_validator import RequestValidator

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.timing import month_of, ward_today
from broadcaster.store.tables.messages import Message, MessageKind, RawCallback
from subscriptions.months import WARD_ZONE, previous_month
from subscriptions.tables.households import Household, Subscription
from subscriptions.tables.ledger import Adjustment
from tests.product import Visitor, hidden
from tests.stories.conftest import Town
from tests.telco import until

FIGURE = re.compile(r'<div class="figure[^"]*"><b>([^<]+)</b>')


@pytest.fixture
def last_month(town: Town) -> dt.date:
    """Give the month before this one, in which every subscription already ran."""
    month = previous_month(month_of(ward_today(dt.datetime.now(dt.UTC))))
    with town.product.database.writing() as session:
        session.execute(update(Subscription).values(first_month=month))
    return month


def test_a_month_is_charged_collected_and_closed_once_and_a_late_text_adjusted(
    town: Town, last_month: dt.date
) -> None:
    accountant = town.product.browser_of("accountant")
    month = f"/ledger/{last_month:%Y-%m}"
    _a_text(town, last_month, MessageState.ACCEPTED)
    lost = _a_text(town, last_month, MessageState.IN_DOUBT)

    accountant.post(f"{month}/charge", {}, page=month)
    household = _a_household(town)
    payments = f"/ledger/households/{household}/payments"
    account = f"/ledger/households/{household}"
    key = hidden(accountant.get(account), "idempotency_key")
    paid = {"amount_vnd": "3.000", "method": "cash", "idempotency_key": key}
    accountant.post(payments, paid, page=account)
    accountant.post(payments, paid, page=account)
    assert FIGURE.findall(accountant.get(month))[0] == "15.000đ"
    assert FIGURE.findall(accountant.get(account))[:2] == ["3.000đ", "3.000đ"]

    accountant.post(f"{month}/close", {}, page=month)
    closed = accountant.get(month)
    assert "Đã khóa lúc" in closed
    assert FIGURE.findall(closed) == ["15.000đ", "0đ", "1.600đ", "13.400đ"]
    accountant.post(f"{month}/close", {}, page="/ledger/exemptions")
    assert FIGURE.findall(accountant.get(month)) == FIGURE.findall(closed)
    assert _numbers_of(accountant, month) >= {15000, 1600}

    _report_delivered(town, lost)
    until(lambda: _adjustments(town), within_s=30)
    assert _adjustments(town) == [(f"message:{_id_of(town, lost)}", 1600)]
    assert FIGURE.findall(accountant.get(month)) == FIGURE.findall(closed)
    this_month = accountant.get(f"/ledger/{dt.datetime.now(WARD_ZONE):%Y-%m}")
    assert "Điều chỉnh cho tháng trước" in this_month
    assert "1.600đ" in this_month


def test_callbacks_that_are_not_signed_or_name_nothing_of_ours(town: Town) -> None:
    unknown = uuid.uuid4()
    url = f"{town.product.url}/callbacks/twilio/status/{unknown}"
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered"}
    unsigned = requests.post(url, data=form, timeout=10)
    forged = requests.post(
        url, data=form, headers={"X-Twilio-Signature": "AAAA"}, timeout=10
    )
    assert (unsigned.status_code, forged.status_code) == (403, 403)
    _report_delivered(town, unknown)
    with town.product.database.reading() as session:
        assert session.scalars(select(Message.id)).all() == []
    operator = _kept_callbacks(town)
    assert operator == [str(unknown)]


def _kept_callbacks(town: Town) -> list[str]:
    with town.product.database.reading() as session:
        return list(session.scalars(select(RawCallback.reference)))


def _a_text(town: Town, month: dt.date, state: MessageState) -> uuid.UUID:
    """Add a text of two segments that left in a month, its fate known or not."""
    at = dt.datetime.combine(month.replace(day=9), dt.time(9), tzinfo=WARD_ZONE)
    known = state is MessageState.ACCEPTED
    with town.product.database.writing() as session:
        message = Message(
            ward_id=town.ward_id,
            kind=MessageKind.TEST,
            to="+84362345003",
            sender="PHOASUA",
            text="Thu",
            encoding="GSM7",
            segments=2,
            carrier="Viettel",
            gateway="twilio",
            lane=2,
            state=state,
            due_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
            submitted_at=at,
            accepted_at=at if known else None,
            usage_day=at.date() if known else None,
            usage_month=month if known else None,
            created_at=at,
        )
        session.add(message)
        session.flush()
        return message.public_id


def _a_household(town: Town) -> uuid.UUID:
    with town.product.database.reading() as session:
        return session.scalars(select(Household.public_id).limit(1)).one()


def _id_of(town: Town, reference: uuid.UUID) -> int:
    with town.product.database.reading() as session:
        query = select(Message.id).where(Message.public_id == reference)
        return session.scalars(query).one()


def _adjustments(town: Town) -> list[tuple[str, int]]:
    with town.product.database.reading() as session:
        query = select(Adjustment.reference, Adjustment.amount_vnd)
        return [(reference, amount) for reference, amount in session.execute(query)]


def _numbers_of(accountant: Visitor, month: str) -> set[object]:
    book = openpyxl.load_workbook(
        io.BytesIO(accountant.download(f"{month}/statement.xlsx"))
    )
    return {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}


def _report_delivered(town: Town, reference: uuid.UUID) -> None:
    """Post the telco's delivery report, signed as the telco signs."""
    url = f"{town.product.url}/callbacks/twilio/status/{reference}"
    form = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}
    signature = RequestValidator(town.product.telco.auth_token).compute_signature(
        url, form
    )
    headers = {"X-Twilio-Signature": signature}
    answer = requests.post(url, data=form, headers=headers, timeout=10)
    assert answer.status_code == 204
