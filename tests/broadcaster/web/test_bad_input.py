"""Whatever is typed into whichever form is answered in words, on every database.

The forms are found by walking from link to link as each role, so that a new page is
tried without being named here.
"""

import html
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.announcements import submit_announcement
from broadcaster.store.session import Database
from subscriptions.exemptions import NewExemption, record_exemption
from subscriptions.months import month_of
from subscriptions.tables.ledger import ExemptionReason
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.announcements import GATEWAY, a_draft, a_staffed_ward, the_group
from tests.builders.ledger import a_paying_household, charge, pay
from tests.builders.people import NOW

BAD = ("\x00", "=\U0001f600" * 2500, "9" * 30, "9999-12-31", "-1")
"""NUL, longer than any column, more than any integer, the last day there is."""
GOOD = {
    "hidden": "",
    "month": "2026-11",
    "date": "2026-12-01",
    "tel": "0912 345 679",
    "password": "mat khau moi tinh",
}
"""What stands in the other empty fields, by type, so that their faults come last."""
NUMBER = "3000"
MOST_PAGES = 200
FAILURE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of a page: where it is sent, and what stands in it."""

    action: str
    typed: dict[str, str] = field(default_factory=dict)


class Reader(HTMLParser):
    """Finds the links and the forms of a page; one form for each of its buttons."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._path = path
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a form or a field."""
        told = {name: word or "" for name, word in attrs}
        if tag == "a":
            self.links.append(told.get("href", ""))
        elif tag == "form" and told.get("method") == "post":
            self.forms.append(Form(action=told.get("action") or self._path))
        elif self.forms:
            self._note_field(tag, told)

    def _note_field(self, tag: str, told: dict[str, str]) -> None:
        last, name = self.forms[-1], told.get("name", "")
        if tag in {"input", "textarea"} and name:
            good = told.get("value") or GOOD.get(told.get("type", ""), NUMBER)
            last.typed.setdefault(name, good)
        elif tag == "select":
            self._select = name
        elif tag == "option" and told.get("value"):
            last.typed.setdefault(self._select, told["value"])
        elif tag == "button" and name:
            typed = {**last.typed, name: told.get("value", "")}
            self.forms.append(replace(last, typed=typed))


@pytest.fixture
def people(database: Database) -> dict[Role, Actor]:
    """Give a ward with something to see on every page, and somebody of every role."""
    ward = a_staffed_ward(database, approval_over=1)
    with database.writing() as session:
        home = a_paying_household(
            session, in_group=session.merge(ward.group), since=month_of(NOW)
        )
        charge(session, session.merge(ward.ward), month_of(NOW))
        pay(session, home, 1000, now=NOW)
        decision = NewExemption(
            reason=ExemptionReason.POOR, decision="1/QĐ", first_month=month_of(NOW)
        )
        found = {
            role: an_account(
                session,
                role,
                ward_id=None if role is Role.OPERATOR else ward.ward.id,
                username=f"somebody-{role}",
                group_ids=frozenset({ward.group.id} if role is Role.LEADER else ()),
            )
            for role in Role
        }
        recorded_by = found[Role.ACCOUNTANT].account_id
        record_exemption(session, home, decision, recorded_by=recorded_by, now=NOW)
    submit_announcement(
        database,
        a_draft(the_group(ward.group)),
        actor=ward.officer,
        gateway=GATEWAY,
        now=NOW,
    )
    return {**found, Role.OFFICER: ward.officer, Role.APPROVER: ward.approver}


def _pages(app: Flask, client: FlaskClient, start: str) -> Iterator[Reader]:
    """Walk from link to link, one page for each view."""
    waiting, seen = [start], set[str]()
    routes = app.url_map.bind("localhost")
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if not routes.test(path.partition("?")[0], method="GET"):
            continue
        view = routes.match(path.partition("?")[0], method="GET")[0]
        if view in seen or view == "static":
            continue
        seen.add(view)
        answer = client.get(path, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        page = Reader(answer.request.path)
        page.feed(answer.get_data(as_text=True))
        waiting += [html.unescape(link) for link in page.links if link[:1] == "/"]
        yield page


def _forms(app: Flask, client: FlaskClient, start: str) -> list[Form]:
    """Return every form that can be reached, once for each view and its fields."""
    routes = app.url_map.bind("localhost")
    found: dict[tuple[str, str, frozenset[str]], Form] = {}
    for page in _pages(app, client, start):
        for form in page.forms:
            path = form.action.partition("?")[0]
            view = routes.match(path, method="POST")[0]
            key = (view, form.typed.get("do", ""), frozenset(form.typed))
            found.setdefault(key, form)
    return list(found.values())


def _spoiled(forms: list[Form]) -> Iterator[tuple[Form, str]]:
    """Give every form once for each field and each bad thing typed into it."""
    for form in forms:
        names = form.typed.keys() - {"csrf_token", "do"}
        for name, bad in itertools.product(sorted(names), BAD):
            yield replace(form, typed={**form.typed, name: bad}), f"{name}={bad[:9]!r}"


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "anyone")
def test_every_field_of_every_form_takes_anything_without_failing(
    app: Flask,
    client: FlaskClient,
    people: dict[Role, Actor],
    signed_in: SignIn,
    role: Role | None,
) -> None:
    browser = client if role is None else signed_in(people[role])
    starts = ("/sign-in", "/me") if role is None else ("/",)
    forms = [form for start in starts for form in _forms(app, browser, start)]
    assert forms
    failed = [
        f"{form.action} {what}"
        for form, what in _spoiled(forms)
        if browser.post(form.action, data=form.typed).status_code >= FAILURE
    ]
    assert failed == []
