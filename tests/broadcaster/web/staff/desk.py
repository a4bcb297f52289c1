"""What an officer does at the desk: fills in the form, presses a button, reads."""

import html
import re

from flask.testing import FlaskClient
from sqlalchemy import select

from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from tests.broadcaster.web.conftest import csrf_of
from tests.builders.announcements import BODY, StaffedWard

COMPOSE = "/staff/compose"


def a_form(ward: StaffedWard, **typed: object) -> dict[str, object]:
    """Return the form as it is filled in for the first group, to be sent at once."""
    return {
        "key": "form-1",
        "topic": "general",
        "body": BODY,
        "accented": "no",
        "whom": "groups",
        "groups": [str(ward.group.id)],
        "when": "now",
        **typed,
    }


def press(client: FlaskClient, button: str, form: dict[str, object]) -> tuple[int, str]:
    """Press a button of the composer; return the status and the page one lands on."""
    token = csrf_of(client, COMPOSE)
    data = {"csrf_token": token, "do": button, **form}
    answer = client.post(COMPOSE, data=data, follow_redirects=True)
    return answer.status_code, read(answer.get_data(as_text=True))


def post(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    """Post a form of any page; its token is taken from the composer or the journal."""
    token = csrf_of(client, "/staff/journal")
    data = {"csrf_token": token, **form}
    answer = client.post(path, data=data, follow_redirects=True)
    return answer.status_code, read(answer.get_data(as_text=True))


def see(client: FlaskClient, path: str) -> str:
    """Open a page and return what a person reads on it."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return read(answer.get_data(as_text=True))


def read(page: str) -> str:
    """Return the text of a page's main part without its tags."""
    main = page.partition("<main")[2] or page
    text = html.unescape(re.sub(r"<[^>]+>", " ", main))
    return re.sub(r"\s+", " ", text).replace(" .", ".").replace(" ,", ",")


def the_announcements(database: Database) -> list[Announcement]:
    """Return every announcement, in the order of writing."""
    with database.reading() as session:
        return list(session.scalars(select(Announcement).order_by(Announcement.id)))
