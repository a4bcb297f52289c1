"""What we ask of a gateway, of a shared pace and of the time."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from broadcaster.ports.accounts import Capabilities, Standing, Template
from broadcaster.ports.callbacks import Callback, Event, Inbound
from broadcaster.ports.texts import Outcome, Receipt, Submission, Unfound


class Gateway(Protocol):
    """One telco, both directions. A gateway's module has `build(settings)`."""

    @property
    def name(self) -> str:
        """The word by which messages and callbacks know it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text once and return one outcome for each, in any order.

        Called from several threads at once. Asks `may_start` before each text leaves;
        once that says False, the rest comes back NOT_SENT. Never raises for a single
        text, never sends one again by itself.
        """

    def verify(self, callback: Callback) -> bool:
        """Tell whether the telco itself signed this request."""

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a delivery report. Raises InputError when it is none."""

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read a resident's text. Raises InputError when it is none."""

    def read_event(self, callback: Callback) -> Event | None:
        """Read what came to its one address for everything; None: nothing for us.

        Raises InputError when it cannot be read.
        """

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Ask the telco's own records what became of a text that once left."""


@runtime_checkable
class HasStanding(Protocol):
    """A gateway that tells what its account has left."""

    def standing(self) -> Standing:
        """Ask for balance and quota. Raises GatewayAwayError."""


@runtime_checkable
class HasTemplates(Protocol):
    """A gateway that sends registered templates."""

    def templates(self) -> list[Template]:
        """List every template of the account. Raises GatewayAwayError."""


Hear: TypeAlias = Callable[[Receipt | Inbound], bool]
"""Keeps what came in; False when it could not, and the telco has to repeat it."""


@runtime_checkable
class Listens(Protocol):
    """A gateway whose reports come in over the session that it holds."""

    def listen(self, hear: Hear) -> None:
        """Open the session and keep it open; return at once."""

    def hang_up(self) -> None:
        """Close the session in good order."""


class Pace(Protocol):
    """Who may send how fast, over all workers of all machines."""

    def reserve(self, account: str, *, segments: int, per_second: float) -> float:
        """Take the next turn of an account; return the seconds until it comes.

        Raises PaceUnknownError when nobody can tell.
        """


class Clock(Protocol):
    """The only source of now."""

    def now(self) -> dt.datetime:
        """Return the aware moment, in UTC."""
