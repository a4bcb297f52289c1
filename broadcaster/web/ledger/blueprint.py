"""The blueprint that the ledger's pages hang on, and how they read a month."""

import datetime as dt

from flask import Blueprint, abort

from broadcaster.web.guards import no_store

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")
no_store(blueprint)


def read_month(word: str) -> dt.date:
    """Read "2026-10" from an address; anything else is no page of ours."""
    try:
        return dt.date.fromisoformat(f"{word}-01")
    except ValueError:
        abort(404)


def read_vnd(typed: str) -> int:
    """Read an amount as people type it, "36.000" or "36 000đ"; 0 when it is none."""
    digits = "".join(c for c in typed if c not in " .,đĐ\u00a0")
    return int(digits) if digits.isdecimal() else 0
