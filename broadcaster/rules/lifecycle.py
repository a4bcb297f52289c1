"""A message's states and moves as one table: code, database and docs read this."""

import enum
from dataclasses import dataclass


class MessageState(enum.StrEnum):
    """Where one text stands."""

    QUEUED = "queued"
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
_ENDS = frozenset({_S.DELIVERED, _S.UNDELIVERED, _S.REFUSED, _S.EXPIRED})
_AFTER_WIRE = frozenset({_S.ACCEPTED, _S.ACKNOWLEDGED}) | _ENDS


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
    _S.QUEUED: _facts(_S.SUBMITTING, _S.WITHHELD, *_AFTER_WIRE),
    _S.SUBMITTING: _facts(_S.QUEUED, _S.IN_DOUBT, *_AFTER_WIRE),
    # only a stated policy may put a doubtful text back into the queue
    _S.IN_DOUBT: _facts(_S.QUEUED, *_AFTER_WIRE),
    _S.ACCEPTED: _facts(_S.ACKNOWLEDGED, *_ENDS, billable=True),
    _S.ACKNOWLEDGED: _facts(_S.DELIVERED, _S.UNDELIVERED, _S.EXPIRED, billable=True),
    # a handset's own word beats an earlier failure: receipts arrive in any order
    _S.UNDELIVERED: _facts(_S.DELIVERED, final=True, billable=True),
    _S.EXPIRED: _facts(_S.DELIVERED, final=True),
    _S.DELIVERED: _facts(final=True, billable=True),
    _S.REFUSED: _facts(_S.DELIVERED, final=True),
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
