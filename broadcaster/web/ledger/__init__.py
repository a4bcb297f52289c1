"""The accountant's pages: months, payments, hand-ins, exemptions."""

from broadcaster.web.ledger import account, cash, exemptions, households, months, papers
from broadcaster.web.ledger.blueprint import blueprint

__all__ = [
    "account",
    "blueprint",
    "cash",
    "exemptions",
    "households",
    "months",
    "papers",
]
