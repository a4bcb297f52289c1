"""The demo's wards with their groups, and what carriers take for a segment."""

import datetime as dt

from sqlalchemy import insert, update

from broadcaster.demo.seed.dates import Calendar
from broadcaster.rules.tariffs import TariffKind
from broadcaster.services.wards import NewWard, add_ward
from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from subscriptions.places import Scope, list_groups
from subscriptions.tables.places import Ward, WardKind

SERVICE_NUMBER = "+84899000888"
"""The ward's own number, which the simulated network knows."""
RATES = {
    "Viettel": (730, 800),
    "VinaPhone": (690, 750),
    "MobiFone": (650, 700),
    "Vietnamobile": (450, 500),
    "Gmobile": (450, 500),
    "iTel": (450, 500),
    "Wintel": (450, 500),
}
"""VND a segment by carrier: long ago, and since the middle of the first month."""
OUR_WARD = NewWard(
    name="Phường Thanh Xuân",
    kind=WardKind.WARD,
    province="Hà Nội",
    sender_brand="eCONGDAN",
    groups=12,
    inbound_number=SERVICE_NUMBER,
)
NEIGHBOUR = NewWard(
    name="Phường Hoa Ban",
    kind=WardKind.WARD,
    province="Hà Nội",
    sender_brand="HOABAN",
    groups=3,
)
HOTLINES = {OUR_WARD.name: "0899 000 888", NEIGHBOUR.name: "0899 000 777"}


def make_ward(
    database: Database, new: NewWard, calendar: Calendar
) -> tuple[int, dict[int, int]]:
    """Add a ward; return its id, and the number of each group with its id.

    It has no quiet hours: whoever tries the demo late, or far from Vietnam, would send
    a text and see nothing until seven in the morning there.
    """
    ward = add_ward(database, new, actor=None, now=calendar.began)
    with database.writing() as session:
        session.execute(
            update(Ward)
            .where(Ward.id == ward.id)
            .values(
                hotline=HOTLINES[new.name],
                quiet_from=dt.time.min,
                quiet_until=dt.time.min,
            )
        )
        groups = list_groups(session, Scope(ward_id=ward.id))
    return ward.id, {group.number: group.id for group in groups}


def add_prices(database: Database, calendar: Calendar) -> None:
    """Add what the carriers took, and what they take since they raised it."""
    days = (
        calendar.first.replace(year=calendar.first.year - 2, month=1),
        calendar.first.replace(day=14),
    )
    rows = [
        {
            "carrier": carrier,
            "kind": TariffKind.CARE.value,
            "valid_from": day,
            "vnd_per_segment": rate,
        }
        for carrier, rates in RATES.items()
        for day, rate in zip(days, rates, strict=True)
    ]
    with database.writing() as session:
        session.execute(insert(Tariff), rows)
