"""Honest words for what became of a text, and what there is to do about it."""

import itertools

from broadcaster.ports import Blame, ReceiptKind
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.outcomes import LineOutcome
from broadcaster.store.reports import Counts
from broadcaster.store.tables.messages import WithheldReason
from broadcaster.web.formats import clock, moment
from broadcaster.web.wording import say

UNKNOWN = "unknown"
FAILED = (MessageState.UNDELIVERED, MessageState.REFUSED, MessageState.EXPIRED)
UNSENT = (
    MessageState.QUEUED,
    MessageState.HELD,
    MessageState.SUBMITTING,
    MessageState.IN_DOUBT,
)
WORKS = (
    Blame.RECIPIENT,
    Blame.OURS,
    Blame.THEIRS,
    UNKNOWN,
    Blame.NO_ACCOUNT,
    Blame.OPTED_OUT,
)
"""The piles that failures are sorted into: what people can mend comes first."""


def delivery_word(
    state: MessageState,
    *,
    receipts: ReceiptKind,
    withheld_reason: WithheldReason | None,
    blame: str | None,
) -> str:
    """Return the key of the sentence in the table `delivery`.

    Only a handset's own receipt ever says that a phone has it.
    """
    if state is MessageState.DELIVERED:
        return f"{state}.{receipts}"
    if state is MessageState.WITHHELD:
        return f"{state}.{withheld_reason}"
    if state in FAILED:
        return f"{state}.{blame_of(blame)}"
    return str(state)


def outcome_sentence(outcome: LineOutcome, receipts: ReceiptKind) -> str:
    """Return what people read about one text."""
    if outcome.is_paused:
        return say("paused", "delivery")
    if outcome.state is MessageState.QUEUED and outcome.attempts:
        return say("queued.again", "delivery", at=moment(outcome.due_at))
    if outcome.state is MessageState.IN_DOUBT and outcome.submitted_at:
        since, at = clock(outcome.submitted_at), clock(outcome.due_at)
        return say("in_doubt.since", "delivery", since=since, at=at)
    if outcome.state is MessageState.ACCEPTED and outcome.asked_at:
        return say("accepted.silent", "delivery")
    word = delivery_word(
        outcome.state,
        receipts=receipts,
        withheld_reason=outcome.withheld_reason,
        blame=outcome.blame,
    )
    return say(word, "delivery")


def blame_of(blame: str | None) -> str:
    """Return whose fault a failure is, as far as the telco said."""
    return blame if blame in set(Blame) else UNKNOWN


def arrived_states(receipts: ReceiptKind) -> tuple[MessageState, ...]:
    """Return the states that are the good end of a text on this route."""
    if receipts is ReceiptKind.NETWORK:
        return (MessageState.DELIVERED, MessageState.ACKNOWLEDGED)
    return (MessageState.DELIVERED,)


def waiting_states(receipts: ReceiptKind) -> tuple[MessageState, ...]:
    """Return the states in which something is still going to happen."""
    taken = (MessageState.ACCEPTED, MessageState.ACKNOWLEDGED)
    arrived = arrived_states(receipts)
    return (*UNSENT, *itertools.filterfalse(arrived.__contains__, taken))


def arrived(counts: Counts, receipts: ReceiptKind) -> int:
    """Count the texts that have come as far as this route can tell."""
    network = receipts is ReceiptKind.NETWORK
    return counts.delivered + (counts.acknowledged if network else 0)


def waiting(counts: Counts, receipts: ReceiptKind) -> int:
    """Count the texts that are on their way: all but the three kinds of end."""
    return counts.total - arrived(counts, receipts) - counts.failed - counts.withheld
