"""What is known of a number while it is typed: readable, whose network, whose home."""

import enum
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from subscriptions.errors import HouseholdFacts
from subscriptions.lines import find_line, line_holders
from subscriptions.phones import PhoneNumber, read_phone
from subscriptions.places import Scope
from subscriptions.subscribing import facts_of


class CheckState(enum.StrEnum):
    """What to tell the person who typed a number."""

    EMPTY = "empty"
    GOOD = "good"
    REPAIRED = "repaired"
    TAKEN = "taken"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCheck:
    """The answer to one typed number.

    `number` is there when it can be texted. `help` says what to do with a faulty
    one, or how it was repaired; `suggestion` is what one tap may put in its place.
    `holders` are the homes that have the number already.
    """

    state: CheckState
    number: PhoneNumber | None = None
    help: str = ""
    suggestion: str | None = None
    holders: tuple[HouseholdFacts, ...] = ()


def check_number(
    session: Session, scope: Scope, typed: str, *, own: uuid.UUID | None = None
) -> NumberCheck:
    """Read a typed number and look it up in the ward's register.

    `own` is the household that asks: what its own people hold is not taken.
    """
    if not typed.strip():
        return NumberCheck(state=CheckState.EMPTY)
    reading = read_phone(typed)
    if reading.number is None or not reading.sms:
        return NumberCheck(
            state=CheckState.FAULTY, help=reading.help, suggestion=reading.suggestion
        )
    number = reading.number
    holders = _holders(session, scope, number, own=own)
    if holders:
        return NumberCheck(state=CheckState.TAKEN, number=number, holders=holders)
    state = CheckState.REPAIRED if reading.repaired else CheckState.GOOD
    return NumberCheck(state=state, number=number, help=reading.help)


def _holders(
    session: Session, scope: Scope, number: PhoneNumber, *, own: uuid.UUID | None
) -> tuple[HouseholdFacts, ...]:
    line = find_line(session, scope.ward_id, number.e164)
    if line is None:
        return ()
    homes = {h.household.id: h.household for h in line_holders(session, line.id)}
    return tuple(
        facts_of(session, scope, home)
        for home in homes.values()
        if home.public_id != own
    )
