"""What an operator does with a page: reads it as words, and sends its form."""

import html
import re

from flask.testing import FlaskClient

from tests.broadcaster.web.conftest import csrf_of

TWILIO = {
    "name": "twilio-hanoi",
    "sender": "HANOI",
    "option-account_sid": "AC-of-nobody",
    "option-auth_token": "a token nobody has",
}
SECRET = TWILIO["option-auth_token"]


def read(client: FlaskClient, path: str) -> str:
    """Return a page as it is read: its words, each gap one space."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return in_words(answer.get_data(as_text=True))


def in_words(page: str) -> str:
    """Return the words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def press(
    client: FlaskClient, path: str, form: dict[str, str], *, to: str | None = None
) -> tuple[int, str]:
    """Send a form of the page at `path`; return the status and the page after it."""
    data = {"csrf_token": csrf_of(client, path), **form}
    answer = client.post(to or path, data=data, follow_redirects=True)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def set_up(client: FlaskClient, **change: str) -> None:
    """Add a gateway at Twilio."""
    status, _ = press(client, "/operator/gateways/new/twilio", {**TWILIO, **change})
    assert status == 200
