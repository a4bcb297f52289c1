"""Doubts that are handed in again, under their number, to the one who may have them.

A telco that knows our references takes each once. Until it says that it has such a
text, or will never take it, nobody knows whether it took the first: whatever else it
answers, the doubt goes on, and no other gateway may have the text meanwhile. So it is
queued only in name: the table of moves has no way from there to doubt, for no answer
may make one of what was put back; these go back by statements of their own.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from broadcaster.ports import Outcome, Verdict
from broadcaster.rules.retrying import next_look
from broadcaster.store.tables.messages import Message

ENDS = frozenset({Verdict.ACCEPTED, Verdict.NEVER})


def is_repeated() -> ColumnElement[bool]:
    """Return the condition for a text that may be at its gateway already."""
    return Message.first_tried_at.is_not(None)


def keep_doubts(
    session: Session, outcomes: Sequence[Outcome], *, now: dt.datetime
) -> list[Outcome]:
    """Return these outcomes, a repeated text that was not taken being in doubt again.

    The older the doubt, the longer until it is handed in once more.
    """
    open_ids = [o.message_id for o in outcomes if o.verdict not in ENDS]
    if not open_ids:
        return list(outcomes)
    query = select(Message.id, Message.first_tried_at).where(
        Message.id.in_(open_ids), is_repeated()
    )
    since = {row.id: row.first_tried_at for row in session.execute(query)}
    return [
        replace(
            outcome,
            verdict=Verdict.IN_DOUBT,
            blame=None,
            retry_after=next_look(now - since[outcome.message_id]).total_seconds(),
        )
        if outcome.message_id in since and outcome.verdict not in ENDS
        else outcome
        for outcome in outcomes
    ]
