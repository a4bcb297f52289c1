"""What people search for: names and phones, so never in an address or a log.

A search is posted and kept in the signed cookie of the device; the list it is for reads
it from there, page after page, until another search or an empty one takes its place.
"""

from flask import request, session

FIELD = "search"
MAX_LENGTH = 120
_KEPT = "searches"


def search_of(page: str) -> str:
    """Return what is searched for on a page; empty for everything."""
    found: str = session.get(_KEPT, {}).get(page, "")
    return found


def keep_search(page: str) -> None:
    """Keep what a form asked for on a page."""
    asked = request.form.get(FIELD, "").replace("\x00", "").strip()[:MAX_LENGTH]
    kept = {**session.get(_KEPT, {}), page: asked}
    session[_KEPT] = {name: text for name, text in kept.items() if text}
