"""Who did what, in sentences, the newest first."""

import datetime as dt
from typing import Any

from flask import render_template

from broadcaster.rules.permissions import Act
from broadcaster.store.journal_entries import Entry, list_entries
from broadcaster.web.formats import count, month, vnd
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.site import blueprint, read_cursor
from templates import read_words

PAGE = 50


@blueprint.get("/journal")
@needs(Act.SEE_JOURNAL)
def journal() -> str:
    """List what was done in the ward."""
    before = read_cursor("before")
    with the_house().database.reading() as session:
        entries = list_entries(session, the_actor().ward_id, before=before, limit=PAGE)
    return render_template(
        "staff/journal.html",
        entries=[(entry, entry_sentence(entry)) for entry in entries],
        more=entries[-1].id if len(entries) == PAGE else None,
    )


def entry_sentence(entry: Entry) -> str:
    """Say an entry; a fact that an old entry lacks is a dash."""
    table = read_words("journal")
    sentence = table.get(entry.act, table["unknown"])
    return sentence.format_map(_Facts(entry.facts, act=entry.act))


class _Facts(dict[str, str]):
    """The facts of an entry as people read them."""

    def __init__(self, facts: dict[str, Any], *, act: str) -> None:
        super().__init__({name: _show(name, fact) for name, fact in facts.items()})
        self["act"] = act

    def __missing__(self, name: str) -> str:
        return "–"


def _show(name: str, fact: Any) -> str:
    if isinstance(fact, int):
        return vnd(fact) if name.endswith("_vnd") else count(fact)
    if name == "month" and isinstance(fact, str):
        return _month(fact)
    return str(fact)


def _month(fact: str) -> str:
    try:
        return month(dt.date.fromisoformat(fact))
    except ValueError:
        return fact
