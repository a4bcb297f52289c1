"""The tree of what can go wrong when the ward speaks.

BroadcasterError
├── ConfigurationError      settings are missing or contradict each other
├── NotFoundError           nothing of that name in this ward
├── NotAllowedError         this account may not do that
├── StateError              too late or too early: its state forbids it
│   └── MonthBlockedError   a month cannot be closed yet; lists every reason
├── PaceUnknownError        what workers share their pace by is away
├── GatewayAwayError        a telco did not answer a question
└── InputError              what was typed cannot be used; says where
"""

from typing import ClassVar


class BroadcasterError(Exception):
    """Root: `code` is stable, the words a user reads live in templates."""

    code: ClassVar[str] = "broadcaster"


class ConfigurationError(BroadcasterError):
    """The process cannot start: `missing` lists every fault at once."""

    code: ClassVar[str] = "configuration"

    def __init__(self, missing: list[str]) -> None:
        super().__init__("; ".join(missing))
        self.missing = missing


class NotFoundError(BroadcasterError):
    """There is no such thing in the scope of who asks."""

    code: ClassVar[str] = "not_found"


class NotAllowedError(BroadcasterError):
    """The account's role or group scope does not cover this."""

    code: ClassVar[str] = "not_allowed"


class StateError(BroadcasterError):
    """The thing exists, but its state forbids what was asked."""

    code: ClassVar[str] = "state"


class PaceUnknownError(BroadcasterError):
    """Nobody can tell how fast the others send: send nothing, ask again."""

    code: ClassVar[str] = "pace_unknown"


class GatewayAwayError(BroadcasterError):
    """A telco gave no answer that can be read to a question of ours."""

    code: ClassVar[str] = "gateway_away"


class MonthBlockedError(StateError):
    """A billing month cannot be closed: `reasons` are stable words, all of them."""

    code: ClassVar[str] = "month_blocked"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


class InputError(BroadcasterError):
    """One field cannot be used: `field` says where, `reason` is a stable word."""

    code: ClassVar[str] = "input"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
