"""What every part of the seed works on: database, calendar, dice, people."""

import random
from dataclasses import dataclass, field

from broadcaster.demo.seed.dates import Calendar
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database

SEED = 1882
GATEWAY = "twilio"


class Dice(random.Random):
    """Chance that falls the same way every time: nothing secret is made of it."""


@dataclass(slots=True, kw_only=True)
class World:
    """The demo's ward while it is being made."""

    database: Database
    calendar: Calendar
    ward_id: int
    groups: dict[int, int]
    """Number of the group → its id."""
    officer: Actor
    approver: Actor
    accountant: Actor
    leaders: dict[int, Actor]
    """Number of the group → its leader."""
    dice: Dice = field(default_factory=lambda: Dice(SEED))
