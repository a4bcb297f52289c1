"""The group's papers, as PDF."""

import io

from flask import abort, send_file
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.collecting_paper import collecting_paper
from broadcaster.web.guards import needs, the_house
from broadcaster.web.leaders.site import blueprint, the_group
from subscriptions.months import read_month

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
