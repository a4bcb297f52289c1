"""The ward staff's pages: write, have approved, watch, look up."""

from broadcaster.web.staff import (
    approvals,
    channels,
    compose,
    home,
    journal,
    live,
    names,
    outcomes,
    people,
    schedules,
    stopping,
)
from broadcaster.web.staff.site import blueprint

__all__ = [
    "approvals",
    "blueprint",
    "channels",
    "compose",
    "home",
    "journal",
    "live",
    "names",
    "outcomes",
    "people",
    "schedules",
    "stopping",
]
