"""The month's books on paper, as PDF."""

import io

from flask import send_file
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.statement_paper import statement_paper
from broadcaster.services.statements import statement
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint, read_month

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
