"""A text handed to an SMSC part by part, and what its answers come to."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.smpp import pdus
from broadcaster.gateways.smpp.options import Account
from broadcaster.gateways.smpp.parts import Fields, UnsendableError, parts_of
from broadcaster.gateways.smpp.pdus import Pdu
from broadcaster.gateways.smpp.receipts import answered_id
from broadcaster.gateways.smpp.session import LostError, NoAnswerError, Session
from broadcaster.ports import (
    Blame,
    Outcome,
    Receipt,
    ReceiptStatus,
    Submission,
    Verdict,
)

CODES = read_codes("smpp_codes.csv")
ANSWERS = frozenset({pdus.SUBMIT_SM_RESP, pdus.GENERIC_NACK})
UNKNOWN_COMMAND = 0x3
BUSY = frozenset({0x14, 0x58})
"""Queue full and throttled: certainly not taken, and the next would not be either."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
UNREACHABLE_AGAIN_S = 30.0
PART_PAUSES_S = (1.0, 2.0, 4.0)
"""How long a later part of a text waits when it is asked to: the text is begun."""


class Line(Protocol):
    """Where a bound session comes from."""

    async def session(self) -> Session | None:
        """Return one that may send, after a wait; None when there is none."""


class Patience:
    """How long an SMSC that is too busy is left alone: longer each time it still is."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._until = 0.0

    def refused(self, *, now: float) -> float:
        """Return the seconds to wait. `now` is monotonic seconds."""
        if now >= self._until:
            self._seconds = min(max(2 * self._seconds, FIRST_WAIT_S), LONGEST_WAIT_S)
            self._until = now + self._seconds
        return self._seconds

    def taken(self) -> None:
        """Begin anew: it takes texts."""
        self._seconds = self._until = 0.0


class Sender:
    """Hands texts in over one line. Belongs to its event loop."""

    def __init__(
        self, account: Account, line: Line, *, report: Callable[[Receipt], None]
    ) -> None:
        self._account = account
        self._line = line
        self._report = report
        self._patience = Patience()

    async def send_all(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, a window of them at a time."""
        waiting = deque(batch)
        outcomes: list[Outcome] = []

        async def send_some() -> None:
            while waiting:
                outcomes.append(await self._send(waiting.popleft(), may_start))

        hands = min(self._account.window, len(batch))
        await asyncio.gather(*(send_some() for _ in range(hands)))
        return outcomes

    async def _send(self, text: Submission, may_start: Callable[[], bool]) -> Outcome:
        try:
            parts = parts_of(text, self._account)
        except UnsendableError as error:
            return _outcome(text, Verdict.ELSEWHERE, code=error.code, blame=Blame.OURS)
        while session := await self._line.session():
            async with session.slots:
                if not session.is_bound:
                    continue  # it ended while this text waited for its turn
                if not may_start():
                    return _outcome(text, Verdict.NOT_SENT, code="stopped")
                return await self._hand_in(text, parts, session)
        return _outcome(
            text,
            Verdict.NOT_SENT,
            code="unreachable",
            blame=Blame.THEIRS,
            retry_after=UNREACHABLE_AGAIN_S,
        )

    async def _hand_in(
        self, text: Submission, parts: Sequence[Fields], session: Session
    ) -> Outcome:
        """Write the parts one after the other; what is begun is never sent anew.

        A later part that is refused leaves the text in doubt: the telco has some of
        it, and a person must see what the handset showed.
        """
        last = len(parts) - 1
        for place, part in enumerate(parts):
            late = self._late(text, is_whole=last == 0) if place == last else None
            try:
                answer = await self._ask(session, part, late=late, is_begun=place > 0)
            except LostError:
                return _outcome(text, Verdict.IN_DOUBT, code="line_lost")
            except NoAnswerError:
                return _outcome(text, Verdict.IN_DOUBT, code="no_answer")
            code = refusal(answer)
            if code and place:
                return _outcome(text, Verdict.IN_DOUBT, code=_word(code))
            if code:
                return self._refused(text, code)
            if place == last:
                self._patience.taken()
                return self._taken(text, answer)
        return _outcome(text, Verdict.IN_DOUBT, code="no_parts")

    async def _ask(
        self,
        session: Session,
        part: Fields,
        *,
        late: Callable[[Pdu], None] | None,
        is_begun: bool,
    ) -> Pdu:
        pauses = iter(PART_PAUSES_S if is_begun else ())
        while True:
            answer = await session.ask("submit_sm", late=late, **part)
            if answer.command not in ANSWERS:
                raise NoAnswerError  # it answers something that nobody asked
            pause = next(pauses, None)
            if pause is None or refusal(answer) not in BUSY:
                return answer
            await asyncio.sleep(pause)

    def _taken(self, text: Submission, answer: Pdu) -> Outcome:
        return _outcome(text, Verdict.ACCEPTED, provider_id=self._id_of(answer))

    def _refused(self, text: Submission, code: int) -> Outcome:
        word = _word(code)
        facts = CODES.facts(word)
        is_busy = code in BUSY
        return _outcome(
            text,
            facts.verdict,
            code=word,
            blame=facts.blame,
            retry_after=(
                self._patience.refused(now=time.monotonic()) if is_busy else None
            ),
        )

    def _late(self, text: Submission, *, is_whole: bool) -> Callable[[Pdu], None]:
        def settle(answer: Pdu) -> None:
            """Say what became of a text that is in doubt since its answer is late."""
            code = refusal(answer)
            if code and not is_whole:
                return
            self._report(
                Receipt(
                    reference=str(text.reference),
                    provider_id=None if code else self._id_of(answer),
                    status=ReceiptStatus.REFUSED if code else ReceiptStatus.ACCEPTED,
                    raw_status="late answer",
                    code=_word(code) if code else None,
                    blame=CODES.facts(_word(code)).blame if code else None,
                )
            )

        return settle

    def _id_of(self, answer: Pdu) -> str | None:
        id_ = answer.message_id
        return answered_id(id_, self._account.receipt_ids) if id_ else None


def refusal(answer: Pdu) -> int:
    """Return the status an answer refuses with, 0 when it takes the text."""
    if answer.command == pdus.GENERIC_NACK:
        return answer.status or UNKNOWN_COMMAND
    return answer.status


def not_sent(batch: Sequence[Submission], code: str) -> list[Outcome]:
    """Say of these texts that they never left, and why."""
    return [_outcome(text, Verdict.NOT_SENT, code=code) for text in batch]


def _word(code: int) -> str:
    return f"0x{code:X}"


def _outcome(
    text: Submission,
    verdict: Verdict,
    *,
    code: str | None = None,
    provider_id: str | None = None,
    blame: Blame | None = None,
    retry_after: float | None = None,
) -> Outcome:
    return Outcome(
        message_id=text.message_id,
        verdict=verdict,
        provider_id=provider_id,
        code=code,
        blame=blame,
        retry_after=retry_after,
    )
