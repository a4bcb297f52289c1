"""The tree of what can go wrong with people, their consents and their charges.

SubscriptionsError
├── NotAPhoneNumberError    a value that should already be a number is none
├── NotInRegisterError      nothing of that name in the scope of who asks
├── EnrolmentError          one thing that was typed cannot be used; says which
├── AlreadyEnrolledError    the household is in its group already
├── LineTakenError          other households hold the phone
├── SubscriptionStateError  too late or too early: its state or the month forbids it
├── RegisterError           a leader's file cannot be read at all; says what to do
├── LedgerInputError        an amount or a key cannot be booked; says which and why
├── PaidMeanwhileError      another payment came while the form was open; says which
└── LedgerStateError        what is in the books already forbids it
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdFacts:
    """What an error may tell of a household.

    `public_id` and `address` are None when it is outside the scope of who asked.
    """

    group_name: str
    public_id: uuid.UUID | None = None
    address: str | None = None


class SubscriptionsError(Exception):
    """Root: `code` is stable, the words a user reads live in templates."""

    code: ClassVar[str] = "subscriptions"


class NotAPhoneNumberError(SubscriptionsError):
    """What was to be trusted as a phone number cannot be read as one."""

    code: ClassVar[str] = "not_a_phone_number"


class NotInRegisterError(SubscriptionsError):
    """There is no such thing in the scope of who asks; `what` is a stable word."""

    code: ClassVar[str] = "not_in_register"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class EnrolmentError(SubscriptionsError):
    """One field cannot be used: `field` says which, `reason` is a stable word."""

    code: ClassVar[str] = "enrolment"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class AlreadyEnrolledError(SubscriptionsError):
    """The group has a household of the same head's name and address."""

    code: ClassVar[str] = "already_enrolled"

    def __init__(self, household: HouseholdFacts) -> None:
        super().__init__(self.code)
        self.household = household


class LineTakenError(SubscriptionsError):
    """Other households hold the phone: ask whether they share it."""

    code: ClassVar[str] = "line_taken"

    def __init__(self, holders: tuple[HouseholdFacts, ...]) -> None:
        super().__init__(self.code)
        self.holders = holders


class SubscriptionStateError(SubscriptionsError):
    """The subscription's status or the month forbids it; `reason` is a stable word."""

    code: ClassVar[str] = "subscription_state"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RegisterError(SubscriptionsError):
    """A file cannot be read at all: `reason` is stable, `help` says what to do."""

    code: ClassVar[str] = "register"

    def __init__(self, reason: str, *, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = advice


class LedgerInputError(SubscriptionsError):
    """One field cannot be booked: `field` says which, `reason` is a stable word."""

    code: ClassVar[str] = "ledger_input"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class PaidMeanwhileError(SubscriptionsError):
    """The household paid after the form was drawn: ask whether to take more.

    What it paid last and when, and what is still open of what the form asked for.
    In VND.
    """

    code: ClassVar[str] = "paid_meanwhile"

    def __init__(
        self,
        receipt_number: str,
        *,
        amount_vnd: int,
        paid_at: dt.datetime,
        open_vnd: int,
    ) -> None:
        super().__init__(receipt_number)
        self.receipt_number = receipt_number
        self.amount_vnd = amount_vnd
        self.paid_at = paid_at
        self.open_vnd = open_vnd


class LedgerStateError(SubscriptionsError):
    """The books forbid it: undone, matched or not begun; `reason` is a stable word."""

    code: ClassVar[str] = "ledger_state"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
