"""Honest words for what became of a text, and what there is to do about it."""

from broadcaster.ports import Blame, Channel, ReceiptKind
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.outcomes import FAILED, LineOutcome
from broadcaster.store.tables.messages import WithheldReason
from broadcaster.web.formats import clock, moment
from broadcaster.web.wording import say

__all__ = [
    "FAILED",
    "WORKS",
    "blame_of",
    "channel_sentence",
    "delivery_word",
    "outcome_sentence",
]

UNKNOWN = "unknown"
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


def channel_sentence(outcome: LineOutcome) -> str:
    """Return by which channel a text goes, and why it is not the other."""
    channel = say(outcome.channel, "channels")
    if outcome.earlier is None:
        return channel
    if outcome.earlier.has_arrived:
        return say("both", "channels", channel=channel)
    why = say(f"fell_back.{outcome.earlier.why}", "channels")
    return say("instead", "channels", channel=channel, why=why)


def outcome_sentence(outcome: LineOutcome, receipts: ReceiptKind) -> str:
    """Return what people read about one text."""
    by_zalo = outcome.channel is Channel.ZALO
    if outcome.is_paused:
        return say("paused", "delivery")
    if outcome.state is MessageState.QUEUED and outcome.attempts:
        return say("queued.again", "delivery", at=moment(outcome.due_at))
    if outcome.state is MessageState.IN_DOUBT and outcome.submitted_at:
        since, at = clock(outcome.submitted_at), clock(outcome.due_at)
        return say("in_doubt.since", "delivery", since=since, at=at)
    if outcome.state is MessageState.ACCEPTED and by_zalo:
        return say("accepted.zalo", "delivery")
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
