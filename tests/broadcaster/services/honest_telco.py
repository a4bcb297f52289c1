"""A telco that takes or refuses, may lose its answer, and never lies about it."""

import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Receipt, ReceiptStatus, Submission, Unfound, Verdict
from broadcaster.rules.lifecycle import MessageState

ABSENT_AFTER = dt.timedelta(minutes=2)
SERIAL = itertools.count()
_S = MessageState


def a_receipt(text: Submission, status: ReceiptStatus) -> Receipt:
    return Receipt(
        reference=str(text.reference),
        provider_id=f"SM{text.message_id}",
        status=status,
        raw_status=status,
    )


class HonestTelco(MemoryGateway):
    """Lists what it took, and nothing else."""

    def __init__(self) -> None:
        super().__init__(
            name=f"telco{next(SERIAL)}",
            capabilities=replace(CAPABILITIES, absent_after=ABSENT_AFTER),
        )
        self.taken: Counter[int] = Counter()

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        if not self.taken[submission.message_id]:
            return Unfound.ABSENT
        return a_receipt(submission, ReceiptStatus.ACCEPTED)


FATES = ("taken", "taken, answer lost", "lost", "refused", "busy")
"""What may become of a text that leaves."""
NEVER_LEFT = "never left"
VERDICTS = {
    "taken": Verdict.ACCEPTED,
    "taken, answer lost": Verdict.IN_DOUBT,
    "lost": Verdict.IN_DOUBT,
    "refused": Verdict.NEVER,
    "busy": Verdict.LATER,
    NEVER_LEFT: Verdict.NOT_SENT,
}
STATES = {
    Verdict.ACCEPTED: _S.ACCEPTED,
    Verdict.NEVER: _S.REFUSED,
    Verdict.LATER: _S.QUEUED,
    Verdict.NOT_SENT: _S.QUEUED,
    Verdict.IN_DOUBT: _S.IN_DOUBT,
}
