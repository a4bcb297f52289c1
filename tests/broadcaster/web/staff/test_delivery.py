"""Every possible end of a text has honest words."""

import itertools

import pytest

from broadcaster.ports import Blame, ReceiptKind
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.reports import Counts
from broadcaster.store.tables.messages import WithheldReason
from broadcaster.web.staff.delivery import (
    FAILED,
    WORKS,
    arrived,
    arrived_states,
    delivery_word,
    waiting,
    waiting_states,
)
from broadcaster.web.wording import say

BLAMES = (*Blame, None, "a word of next year")
POSSIBLE = [
    (state, receipts, reason, blame)
    for state, receipts, reason, blame in itertools.product(
        MessageState, ReceiptKind, (*WithheldReason, None), BLAMES
    )
    if (state is MessageState.WITHHELD) == (reason is not None)
]


def test_every_state_receipt_reason_and_blame_has_a_sentence() -> None:
    for state, receipts, reason, blame in POSSIBLE:
        word = delivery_word(
            state, receipts=receipts, withheld_reason=reason, blame=blame
        )
        assert say(word, "delivery", at="08:00")


def test_a_phone_has_it_only_by_the_handsets_own_receipt() -> None:
    for state, receipts, reason, blame in POSSIBLE:
        word = delivery_word(
            state, receipts=receipts, withheld_reason=reason, blame=blame
        )
        by_handset = state is MessageState.DELIVERED and receipts is ReceiptKind.HANDSET
        assert (say(word, "delivery") == "Máy đã nhận") == by_handset


def test_every_pile_of_failures_says_what_to_do() -> None:
    for work in WORKS:
        assert say(f"work.{work}", "delivery")
        assert say(f"todo.{work}", "delivery")
    assert {*Blame} < {*WORKS}


@pytest.mark.parametrize("receipts", ReceiptKind)
def test_each_state_is_in_exactly_one_of_the_four_figures(
    receipts: ReceiptKind,
) -> None:
    parts = [
        *arrived_states(receipts),
        *waiting_states(receipts),
        *FAILED,
        MessageState.WITHHELD,
    ]
    assert sorted(parts) == sorted(MessageState)


@pytest.mark.parametrize("receipts", ReceiptKind)
def test_the_four_figures_add_up(receipts: ReceiptKind) -> None:
    counts = Counts(
        waiting=1,
        on_wire=2,
        in_doubt=3,
        accepted=4,
        acknowledged=5,
        delivered=6,
        failed=7,
        withheld=8,
    )
    four = (arrived(counts, receipts), waiting(counts, receipts), 7, 8)
    assert sum(four) == counts.total
    assert four[0] == (11 if receipts is ReceiptKind.NETWORK else 6)
