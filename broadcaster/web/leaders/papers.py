"""The group's papers, as PDF."""

import io
import uuid

from flask import abort, send_file
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.collecting_paper import collecting_paper
from broadcaster.services.payment_paper import payment_paper
from broadcaster.web.guards import needs, the_house
from broadcaster.web.leaders.site import blueprint, the_group
from subscriptions.months import read_month
from subscriptions.payments import find_payment

PDF = "application/pdf"


@blueprint.get("/<int:group_id>/due/<word>.pdf")
@needs(Act.COLLECT)
def printed_due(group_id: int, word: str) -> Response:
    """Give the month's collecting list as pages to carry from door to door."""
    now = the_house().clock.now()
    try:
        month = read_month(word)
    except ValueError:
        abort(404)
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        paper = collecting_paper(session, group, month, now=now)
    return send_file(
        io.BytesIO(paper),
        mimetype=PDF,
        download_name=f"thu-tien-{group_id}-{month:%Y-%m}.pdf",
    )


@blueprint.get("/<int:group_id>/payments/<uuid:payment_id>.pdf")
@needs(Act.COLLECT)
def printed_receipt(group_id: int, payment_id: uuid.UUID) -> Response:
    """Give the receipt of a payment of the group as a page to print and sign."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
        payment = find_payment(session, group.ward_id, payment_id)
        if payment is None or payment.reverses_id or payment.group_id != group.id:
            abort(404)
        paper, number = payment_paper(session, payment), payment.receipt_number
    return send_file(io.BytesIO(paper), mimetype=PDF, download_name=f"{number}.pdf")
