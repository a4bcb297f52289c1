"""A message's states and moves as one table: code, database and docs read this."""

import enum
from dataclasses import dataclass


class MessageState(enum.StrEnum):
    """Where one text stands."""

    QUEUED = "queued"
    HELD = "held"
    SUBMITTING = "submitting"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    ACKNOWLEDGED = "acknowledged"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """What a state means: over for good, paid for, may be sent, and where next."""

    final: bool
    billable: bool
    sendable: bool
    moves_to: frozenset[MessageState]


_S = MessageState
PROOFS = (
    _S.ACCEPTED,
    _S.ACKNOWLEDGED,
    _S.REFUSED,
    _S.EXPIRED,
    _S.UNDELIVERED,
    _S.DELIVERED,
)
"""What telcos tell of a text, and each beats those before it.

One order, so that reports and answers may come in any, and contradict each other: a
failure beats the network's word, and a handset's own word beats everything.
"""


def _beyond(state: MessageState) -> tuple[MessageState, ...]:
    return PROOFS[PROOFS.index(state) + 1 :]


def _facts(
    *moves: MessageState, final: bool = False, billable: bool = False
) -> StateFacts:
    return StateFacts(
        final=final,
        billable=billable,
        sendable=not final and not billable,
        moves_to=frozenset(moves),
    )


LIFECYCLE: dict[MessageState, StateFacts] = {
    # a receipt for what was refused for now proves that it was taken all the same
    _S.QUEUED: _facts(_S.SUBMITTING, _S.HELD, _S.WITHHELD, *PROOFS),
    # its announcement is paused
    _S.HELD: _facts(_S.QUEUED, _S.WITHHELD, *PROOFS),
    _S.SUBMITTING: _facts(_S.QUEUED, _S.IN_DOUBT, *PROOFS),
    # back only when the telco has no such text, or by an emergency's stated policy
    _S.IN_DOUBT: _facts(_S.QUEUED, *PROOFS),
    _S.ACCEPTED: _facts(*_beyond(_S.ACCEPTED), billable=True),
    _S.ACKNOWLEDGED: _facts(*_beyond(_S.ACKNOWLEDGED), billable=True),
    _S.UNDELIVERED: _facts(*_beyond(_S.UNDELIVERED), final=True, billable=True),
    _S.EXPIRED: _facts(*_beyond(_S.EXPIRED), final=True),
    _S.DELIVERED: _facts(final=True, billable=True),
    _S.REFUSED: _facts(*_beyond(_S.REFUSED), final=True),
    _S.WITHHELD: _facts(final=True),
}


def may_move(state: MessageState, to: MessageState) -> bool:
    """Tell whether a message may go from one state to another."""
    return to in LIFECYCLE[state].moves_to


def sources_of(to: MessageState) -> frozenset[MessageState]:
    """Return the states from which a message may come to this one."""
    return frozenset(state for state in MessageState if may_move(state, to))


def states(*, final: bool) -> frozenset[MessageState]:
    """Return the states that are, or are not, the end of a message."""
    return frozenset(s for s, facts in LIFECYCLE.items() if facts.final is final)
