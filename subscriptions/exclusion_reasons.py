"""Why someone whom a notice names is not texted: one list, one order."""

import enum

from sqlalchemy import ColumnElement, String, case, literal, null

from subscriptions.consents import latest_action
from subscriptions.tables.consents import ConsentAction, Purpose
from subscriptions.tables.households import (
    Line,
    LineStatus,
    Subscription,
    SubscriptionStatus,
)


class ExclusionReason(enum.StrEnum):
    """Why someone the audience names is not texted; the first that holds is given."""

    NO_LINE = "no_line"
    SUSPENDED = "suspended"
    UNUSABLE_LINE = "unusable_line"
    WITHDRAWN = "withdrawn"
    NO_CONSENT = "no_consent"


def reason_now(purpose: Purpose) -> ColumnElement[str | None]:
    """Return the expression for why a subscription is not texted, null if it is.

    Goes with a query that joins Subscription to its Line.
    """
    last_word = case(
        {
            ConsentAction.GRANTED.value: null(),
            ConsentAction.WITHDRAWN.value: stored_word(ExclusionReason.WITHDRAWN),
        },
        value=latest_action(Line.id.expression, purpose),
        else_=stored_word(ExclusionReason.NO_CONSENT),
    )
    return case(
        (
            Subscription.status == SubscriptionStatus.SUSPENDED,
            stored_word(ExclusionReason.SUSPENDED),
        ),
        (
            Line.status == LineStatus.UNUSABLE,
            stored_word(ExclusionReason.UNUSABLE_LINE),
        ),
        else_=last_word,
    )


def stored_word(reason: ExclusionReason) -> ColumnElement[str]:
    """Return the reason as a query gives it."""
    return literal(reason.value, String(24))
