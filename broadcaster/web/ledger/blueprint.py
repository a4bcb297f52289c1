"""The blueprint that the ledger's pages hang on, and how they read a month."""

import datetime as dt
import re

from flask import Blueprint, abort

from broadcaster.web.guards import no_store
from subscriptions import months

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")
no_store(blueprint)

# signs part thousands and nothing else: "36.000,5" is a slip and not 360.005
_VND = re.compile(r"(?:\d{1,12}|\d{1,3}(?:[ .,\u00a0]\d{3}){1,3})\s*[đĐ]?")


def read_month(word: str) -> dt.date:
    """Read "2026-10" from an address; anything else is no page of ours."""
    try:
        return months.read_month(word)
    except ValueError:
        abort(404)


def read_vnd(typed: str) -> int:
    """Read an amount as people type it, "36.000" or "36 000đ"; 0 when it is none."""
    amount = _VND.fullmatch(typed.strip())
    return int(re.sub(r"\D", "", amount[0])) if amount else 0
