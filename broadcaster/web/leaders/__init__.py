"""The group leader's pages: enrol, find, collect, hand in, import."""

from broadcaster.web.leaders import (
    collect,
    enrol,
    hand_in,
    home,
    households,
    imports,
    line_state,
    lines,
    papers,
    paste,
    transfers,
)
from broadcaster.web.leaders.site import blueprint

__all__ = [
    "blueprint",
    "collect",
    "enrol",
    "hand_in",
    "home",
    "households",
    "imports",
    "line_state",
    "lines",
    "papers",
    "paste",
    "transfers",
]
