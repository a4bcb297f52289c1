"""The month's books on paper, as PDF."""

import io
import uuid

from flask import abort, send_file
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.collecting_paper import collecting_paper
from broadcaster.services.payment_paper import payment_paper
from broadcaster.services.statement_paper import statement_paper
from broadcaster.services.statements import statement
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint, read_month
from subscriptions.payments import find_payment
from subscriptions.places import get_group

PDF = "application/pdf"


@blueprint.get("/<word>/statement.pdf")
@needs(Act.SEE_LEDGER)
def printed_statement(word: str) -> Response:
    """Give the month's statement as pages to print and sign."""
    of, actor = read_month(word), the_actor()
    with the_house().database.reading() as session:
        found = statement(session, actor.ward_id, of)
    return send_file(
        io.BytesIO(statement_paper(found)),
        mimetype=PDF,
        download_name=f"quyet-toan-{of:%Y-%m}.pdf",
    )


@blueprint.get("/<word>/due/<int:group_id>.pdf")
@needs(Act.SEE_LEDGER)
def printed_due(word: str, group_id: int) -> Response:
    """Give a group's collecting list as pages to carry from door to door."""
    of, now = read_month(word), the_house().clock.now()
    with the_house().database.reading() as session:
        group = get_group(session, the_actor().scope, group_id)
        paper = collecting_paper(session, group, of, now=now)
    return send_file(
        io.BytesIO(paper),
        mimetype=PDF,
        download_name=f"thu-tien-{group_id}-{of:%Y-%m}.pdf",
    )


@blueprint.get("/payments/<uuid:public_id>.pdf")
@needs(Act.SEE_LEDGER)
def printed_receipt(public_id: uuid.UUID) -> Response:
    """Give the receipt of a payment as a page to print and sign."""
    with the_house().database.reading() as session:
        payment = find_payment(session, the_actor().ward_id, public_id)
        if payment is None or payment.reverses_id is not None:
            abort(404)
        paper, number = payment_paper(session, payment), payment.receipt_number
    return send_file(io.BytesIO(paper), mimetype=PDF, download_name=f"{number}.pdf")
