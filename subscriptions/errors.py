"""The tree of what can go wrong with people, their consents and their charges.

SubscriptionsError
└── NotAPhoneNumberError    a value that should already be a number is none
"""

from typing import ClassVar


class SubscriptionsError(Exception):
    """Root: `code` is stable, the words a user reads live in templates."""

    code: ClassVar[str] = "subscriptions"


class NotAPhoneNumberError(SubscriptionsError):
    """What was to be trusted as a phone number cannot be read as one."""

    code: ClassVar[str] = "not_a_phone_number"
