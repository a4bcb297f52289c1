"""The demo's data: two invented wards, dirty on purpose, the same every time.

Only the calendar moves: everything is dated from today, so that the demo never ages.
"""

import datetime as dt
import json
from pathlib import Path

from broadcaster.demo.seed import books
from broadcaster.demo.seed.dates import Calendar
from broadcaster.demo.seed.homes import HOMES_OF_GROUP, plan_homes
from broadcaster.demo.seed.phones import give_phones
from broadcaster.demo.seed.places import RATES, SERVICE_NUMBER, add_prices
from broadcaster.demo.seed.register import store_homes
from broadcaster.demo.seed.staff import make_neighbour, make_our_ward
from broadcaster.demo.seed.story import tell
from broadcaster.demo.seed.words import wall
from broadcaster.store.session import Database

LINES = 2310
LATE_GROUPS = range(1, 11)
"""Of each of these a home is enrolled only in the second month."""
SMARTPHONE = "smartphone"
NEIGHBOUR_HOMES = (21, 18, 24)
NEIGHBOUR_LINES = 70


def seed(database: Database, *, handsets: Path, now: dt.datetime) -> None:
    """Fill a migrated, empty database, and write the phones of the wall last.

    The file is the sign that the seed is whole: without it, begin anew.
    """
    calendar = Calendar(now=now)
    add_prices(database, calendar)
    world = make_our_ward(database, calendar)
    homes = plan_homes(world.dice, HOMES_OF_GROUP, wall=wall(), late_groups=LATE_GROUPS)
    give_phones(world.dice, homes, lines=LINES)
    store_homes(world, [home for home in homes if not home.is_late])
    _settle_neighbour(database, calendar)
    tell(world, [home for home in homes if home.is_late])
    _write_handsets(handsets)


def _settle_neighbour(database: Database, calendar: Calendar) -> None:
    world = make_neighbour(database, calendar)
    homes = plan_homes(world.dice, NEIGHBOUR_HOMES)
    give_phones(world.dice, homes, lines=NEIGHBOUR_LINES)
    store_homes(world, homes)
    books.charge(world, month=calendar.this, now=calendar.now)


def _write_handsets(path: Path) -> None:
    facts = {
        "service_number": SERVICE_NUMBER,
        "senders": [],
        "rates": {carrier: rates[-1] for carrier, rates in RATES.items()},
        "handsets": [
            {
                "e164": person.e164,
                "label": person.label,
                "model": person.model,
                "skin": person.skin,
                "state": person.state,
                "has_zalo": person.skin == SMARTPHONE,
            }
            for person in wall()
        ],
    }
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(path)
