"""Every possible end of a text has honest words."""

import itertools

import pytest

from broadcaster.ports import Blame, ReceiptKind
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.fallbacks import FallBack
from broadcaster.store.tables.messages import WithheldReason
from broadcaster.web.staff.delivery import (
    WORKS,
    delivery_word,
)
from broadcaster.web.staff.site import Receipts
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


def test_every_cause_of_a_fall_back_has_words() -> None:
    assert {say(f"fell_back.{why}", "channels") for why in FallBack}


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        ({"a": ReceiptKind.HANDSET}, "handset"),
        ({"a": ReceiptKind.NETWORK}, "network"),
        ({"a": ReceiptKind.NETWORK, "b": ReceiptKind.HANDSET}, "mixed"),
    ],
)
def test_arrived_says_only_what_every_gateway_proves(
    kinds: dict[str, ReceiptKind], word: str
) -> None:
    receipts = Receipts(kinds=kinds)
    assert receipts.word() == word
    for name in ("arrived", "show.arrived"):
        assert say(f"{name}.{word}", "live")
    # a gateway that is not here any more proves no more than the least
    assert receipts.of("gone") is ReceiptKind.NETWORK
