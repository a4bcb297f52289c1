"""People of the ward at the real web, and buttons pressed at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.builders.accounts import PASSWORD
from tests.product import Visitor, hidden

COMPOSE = "/staff/compose"
JOURNAL = "/staff/journal"
WITHIN_S = 60.0

Press = Callable[[], requests.Response]


def sign_in(url: str, username: str) -> Visitor:
    """Sign in at a web, by the form."""
    visitor = Visitor(url)
    visitor.post("/sign-in", {"username": username, "password": PASSWORD})
    return visitor


def compose_form(**typed: object) -> dict[str, object]:
    """Return the composer's form as it is filled in, to be sent at once."""
    return {
        "do": "confirm",
        "key": "form-1",
        "topic": "general",
        "body": "Mời bà con họp tổ dân phố lúc 19h30 tại nhà văn hóa.",
        "accented": "no",
        "whom": "groups",
        "when": "now",
        **typed,
    }


def ready_to_press(
    visitor: Visitor, form: dict[str, object], *, path: str = COMPOSE
) -> Press:
    """Fill in a form; return the press of its button."""
    token = hidden(visitor.get(JOURNAL), "csrf_token")
    filled = {"csrf_token": token, **form}
    return lambda: visitor.send(path, filled)


def press_together(presses: Sequence[Press]) -> list[requests.Response]:
    """Let all go at the same moment, each over a connection of its own."""
    together = threading.Barrier(len(presses))

    def press(one: Press) -> requests.Response:
        together.wait(WITHIN_S)
        return one()

    with ThreadPoolExecutor(len(presses)) as hands:
        return list(hands.map(press, presses))
