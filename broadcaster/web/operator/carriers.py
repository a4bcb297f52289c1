"""The mobile carriers that an operator can choose, the largest first."""

from subscriptions.phone_tables import MOBILE_CARRIERS

CARRIERS = tuple(dict.fromkeys(MOBILE_CARRIERS.values()))
