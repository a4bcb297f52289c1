"""A ward whose texts have a price, so that they can use up a month."""

from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from tests.builders.announcements import StaffedWard, a_staffed_ward
from tests.builders.people import NOW


def a_priced_ward(
    database: Database, *, homes: int, vnd: int, approval_over: int = 500
) -> StaffedWard:
    """Add a staffed ward whose phones cost so much a segment since this month began."""
    staffed = a_staffed_ward(database, homes=homes, approval_over=approval_over)
    with database.writing() as session:
        session.add(
            Tariff(
                carrier="VinaPhone",
                kind="care",
                valid_from=NOW.date().replace(day=1),
                vnd_per_segment=vnd,
            )
        )
    return staffed
