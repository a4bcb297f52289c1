"""Zalo, both directions: template messages, free answers, and one address for events.

Wire facts: https://developers.zalo.me/docs/zalo-notification-service and
https://developers.zalo.me/docs/official-account; since 2026 the first is called ZBS
Template Message. Refusals come with HTTP 200. There is no key against repeating, so a
message whose answer was lost is in doubt and is never sent again; the event that tells
of its delivery carries our reference.

What a Submission is here:

* `template_id` and `to`: a template message by phone; `template_data` fills it.
* `template_id` and `user_id`: the same by user id, cheaper, to who follows the account;
  it carries no reference of ours, so reports name Zalo's id alone.
* `user_id` and no `template_id`: a free answer, `text`, to who spoke within two days.
* the same with `template_data={"ask": "phone"}`: Zalo's own form that asks for the
  phone number; the first line of `text` is its title, the rest its subtitle. What the
  person gives comes back as SharedPhone.
"""

import logging
from collections.abc import Callable, Sequence

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.zalo_events import (
    Signatures,
    inbound_of,
    read_body,
    read_event,
    receipt_of,
)
from broadcaster.gateways.zalo_options import OPTIONS, Account, read_account
from broadcaster.gateways.zalo_questions import Questions
from broadcaster.gateways.zalo_requests import Forms, goes_by_user_id, header_lines
from broadcaster.gateways.zalo_tokens import Keys, NoAccessError
from broadcaster.gateways.zalo_words import (
    TOKEN_CODES,
    Spent,
    not_sent,
    ours,
    over_quota,
    read_answer,
)
from broadcaster.ports import (
    Callback,
    Channel,
    Event,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    ReceiptStatus,
    Standing,
    Submission,
    Template,
    Unfound,
)

CHANNEL = Channel.ZALO
CHUNK = 128
"""Messages handed in before it is asked whether the quota is used up."""
STATUSES = {0: ReceiptStatus.ACCEPTED, 1: ReceiptStatus.DELIVERED}

__all__ = ["CHANNEL", "OPTIONS", "ZaloGateway", "build"]


class ZaloGateway:
    """One official account."""

    def __init__(self, account: Account, *, settings: GatewaySettings) -> None:
        self.name = settings.name
        self.capabilities = account.capabilities
        self.signatures = Signatures(account)
        self._account = account
        self._engine = HttpEngine(connections=account.capabilities.connections)
        self._keys = Keys(account, settings.tokens, name=settings.name)
        self._questions = Questions(account, self._keys)
        self._forms = Forms(account)
        self._spent = Spent()

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, many at the same time.

        One that met an access token that had ended was certainly not taken, and leaves
        once more with the next. Once a quota is found used up, the rest stays.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(batch), CHUNK):
            chunk = batch[start : start + CHUNK]
            outcomes += self._submit(chunk, may_start=may_start)
        return outcomes

    def verify(self, callback: Callback) -> bool:
        """Tell whether Zalo signed this event."""
        return self.signatures.verify(callback)

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read that a phone received a message. Raises InputError when it is none."""
        return receipt_of(read_body(callback))

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read what somebody wrote to the account. Raises InputError."""
        return inbound_of(read_body(callback))

    def read_event(self, callback: Callback) -> Event | None:
        """Read any event; None for one that tells us nothing. Raises InputError."""
        return read_event(callback)

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Ask where a message is; only one whose id we know can be asked for."""
        if not submission.provider_id:
            return Unfound.UNCLEAR
        try:
            status = self._questions.status(submission.provider_id, phone=submission.to)
        except GatewayAwayError:
            return Unfound.UNCLEAR
        if status not in STATUSES:
            return Unfound.ABSENT if status < 0 else Unfound.UNCLEAR
        return Receipt(
            reference=str(submission.reference),
            provider_id=submission.provider_id,
            status=STATUSES[status],
            raw_status=str(status),
        )

    def standing(self) -> Standing:
        """Ask for the day's quota and what is left of it. Raises GatewayAwayError."""
        daily, remaining = self._questions.quota()
        return Standing(
            daily_quota=self._account.daily_quota if daily is None else daily,
            remaining_quota=remaining,
        )

    def templates(self) -> list[Template]:
        """List every template, with parameters and prices. Raises GatewayAwayError."""
        return self._questions.templates()

    def _submit(
        self, texts: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        outcomes, rest = [], []
        for text in texts:
            held = self._held_back(text)
            if held is None:
                rest.append(text)
            else:
                outcomes.append(held)
        access, refused = self._access(rest)
        sent = self._send(rest, access, may_start=may_start) if access else refused
        unopened = [
            text for text, told in zip(rest, sent, strict=True) if _is_shut(told)
        ]
        if unopened:
            sent = [told for told in sent if not _is_shut(told)]
            access, refused = self._access(unopened, stale=access)
            sent += (
                self._send(unopened, access, may_start=may_start) if access else refused
            )
        return outcomes + sent

    def _access(
        self, texts: Sequence[Submission], *, stale: str = ""
    ) -> tuple[str, list[Outcome]]:
        """Return a token that opens, or none and what that means for these texts."""
        if not texts:
            return "", []
        try:
            return self._keys.renewed(stale) if stale else self._keys.access(), []
        except NoAccessError as err:
            wait = err.retry_after
            if wait is None:
                return "", [ours(text, err.code) for text in texts]
            return "", [not_sent(text, err.code, retry_after=wait) for text in texts]

    def _send(
        self,
        texts: Sequence[Submission],
        access: str,
        *,
        may_start: Callable[[], bool],
    ) -> list[Outcome]:
        """Send with this token and return the outcomes in the same order."""
        headers = header_lines(access)
        answers = self._engine.exchange(
            [self._forms.request(text, headers) for text in texts], may_start=may_start
        )
        outcomes = []
        for text, answer in zip(texts, answers, strict=True):
            by_id = goes_by_user_id(text)
            outcome = read_answer(text, answer, is_by_user_id=by_id)
            self._spent.learn(text, outcome)
            outcomes.append(outcome)
        return outcomes

    def _held_back(self, text: Submission) -> Outcome | None:
        """Return the outcome of a text that need not ask Zalo at all."""
        if text.template_id is None and text.user_id is None:
            return ours(text, "no_template")
        code = self._spent.why(text)
        return None if code is None else over_quota(text, code)


def _is_shut(outcome: Outcome) -> bool:
    """Tell whether Zalo answered that the access token does not open."""
    return outcome.code in TOKEN_CODES


def build(settings: GatewaySettings) -> ZaloGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault.

    Options: `app_id`, `app_secret`, `oa_id`, `oa_secret` (signs events),
    `refresh_token` (the first one); `base_url` for all three of Zalo's interfaces, or
    `oauth_url`, `template_url` and `oa_url` for each; `requests_per_minute`;
    `daily_quota` where Zalo tells none; `sending_mode`, 1 or 3; `mode`, development to
    reach administrators alone; `form_image_url`, the picture over the form that asks
    for a number; `connections` and `window`.
    """
    account = read_account(settings)
    # at DEBUG it writes the address of every request, and a lookup's holds a number
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return ZaloGateway(account, settings=settings)
