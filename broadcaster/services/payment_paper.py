"""The receipt of a payment on paper: who paid what for which months, in words too."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.amounts import in_words
from broadcaster.rules.timing import show_day, show_time, ward_time
from broadcaster.services.paper import Paper, written
from broadcaster.store.tables.staff import Account
from subscriptions.collecting import months_paid_by
from subscriptions.payments import find_reversal
from subscriptions.places import get_ward
from subscriptions.tables.households import Household, Resident
from subscriptions.tables.ledger import Payment
from subscriptions.tables.places import ResidentialGroup
from templates import read_words

TITLE_PT, TEXT_PT = 15, 11


def payment_paper(session: Session, payment: Payment) -> bytes:
    """Return the receipt of a payment as PDF of one A5 page.

    One that was undone since says so: the paper may be printed again at any time.
    """
    words = read_words("paper")
    title = words["receipt.number"].format(number=payment.receipt_number)
    paper = Paper(title, size="A5")
    group = session.get_one(ResidentialGroup, payment.group_id)
    ward = get_ward(session, payment.ward_id)
    paper.paragraph(f"{ward.name} – {group.name}", size_pt=TEXT_PT)
    paper.paragraph(words["receipt.title"], size_pt=TITLE_PT, style="B")
    paper.paragraph(title, size_pt=TEXT_PT, style="B")
    undone = find_reversal(session, payment.id)
    if undone is not None:
        said = words["receipt.undone"].format(at=_show(undone.paid_at))
        paper.paragraph(said, size_pt=TEXT_PT, style="B")
    for line in _lines(session, payment, words):
        paper.paragraph(line, size_pt=TEXT_PT)
    paper.signatures([words["sign.payer"], words["sign.receiver"]])
    return paper.finished()


def _lines(session: Session, payment: Payment, words: dict[str, str]) -> Iterator[str]:
    home = session.get_one(Household, payment.household_id)
    receiver = session.get(Account, payment.received_by)
    facts = {
        "payer": _head(session, home.id),
        "address": home.address,
        "months": _months(session, payment, words),
        "amount": words["receipt.vnd"].format(vnd=written(payment.amount_vnd)),
        "in_words": in_words(payment.amount_vnd),
        "method": words[f"method.{payment.method}"],
        "at": _show(payment.paid_at),
        "receiver": receiver.display_name if receiver else "",
    }
    for key, fact in facts.items():
        if fact:
            yield words[f"receipt.{key}"].format(fact=fact)


def _months(session: Session, payment: Payment, words: dict[str, str]) -> str:
    paid = months_paid_by(session, payment.id)
    parts = [
        words["receipt.month"].format(month=f"{month:%m/%Y}", vnd=written(vnd))
        for month, vnd in paid.items()
        if vnd
    ]
    ahead = payment.amount_vnd - sum(paid.values())
    if ahead:
        parts.append(words["receipt.ahead"].format(vnd=written(ahead)))
    return ", ".join(parts)


def _head(session: Session, household_id: int) -> str:
    name = session.scalar(
        select(Resident.full_name)
        .where(Resident.household_id == household_id, Resident.is_head)
        .order_by(Resident.id)
        .limit(1)
    )
    return name or ""


def _show(moment: dt.datetime) -> str:
    return f"{show_time(moment)} {show_day(ward_time(moment).date())}"
