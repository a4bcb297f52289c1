"""Every blueprint of the web, one for each audience."""

from flask import Blueprint

from broadcaster.web.demo import blueprint as demo
from broadcaster.web.leaders import blueprint as leaders
from broadcaster.web.ledger import blueprint as ledger
from broadcaster.web.metrics import blueprint as metrics
from broadcaster.web.operator import blueprint as operator
from broadcaster.web.public import blueprint as public
from broadcaster.web.residents import blueprint as residents
from broadcaster.web.staff import blueprint as staff

ALL: tuple[Blueprint, ...] = (
    public,
    leaders,
    ledger,
    operator,
    residents,
    staff,
    metrics,
    demo,
)
