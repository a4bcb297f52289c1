"""The journal speaks in sentences: there is one for every act the house writes."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient

import broadcaster
from broadcaster.services.household_lines import ServiceChange
from broadcaster.store.journal_entries import Entry
from broadcaster.store.tables.announcements import OccurrenceOutcome
from broadcaster.web.staff.journal import entry_sentence
from subscriptions.tables.consents import ConsentAction
from templates import read_words
from tests.broadcaster.web.staff.desk import a_form, press, see
from tests.builders.announcements import StaffedWard

SERVICES = Path(broadcaster.__file__).parent / "services"
WRITERS = {"note", "_note", "_write", "write"}
ACT = re.compile(r"[a-z]+\.[a-z_]+")
COMPUTED = {
    *(f"subscription.{change}" for change in ServiceChange),
    *(f"consent.{action}" for action in ConsentAction),
    *(f"schedule.{outcome}" for outcome in OccurrenceOutcome),
    "zalo.refused",
}
"""Acts whose word is put together where they are written, or that a store writes."""


def acts_written() -> Iterator[str]:
    for path in SERVICES.glob("*.py"):
        room = {"schedules": "schedule"}.get(path.stem, "announcement")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in WRITERS:
                for text in _texts(node):
                    yield text if ACT.fullmatch(text) else f"{room}.{text}"
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "act":
                yield from (t for t in _texts(node.value) if ACT.fullmatch(t))


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _texts(node: ast.AST) -> Iterator[str]:
    parts = node.args[1:3] if isinstance(node, ast.Call) else [node]
    for part in parts:
        for inner in ast.walk(part):
            if isinstance(inner, ast.JoinedStr | ast.Dict):
                break
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value


def test_every_act_that_is_written_has_a_sentence() -> None:
    found = {*acts_written(), *COMPUTED}
    assert {"announcement.approved", "schedule.created", "payment.taken"} <= found
    assert {"account.kept_out", "household.enrolled", "month.closed"} <= found
    assert found - read_words("journal").keys() == set()


def test_facts_are_written_as_people_read_them() -> None:
    assert _said("payment.taken", amount_vnd=36000) == "ghi thu 36.000đ"
    assert _said("month.closed", month="2026-10-01") == "khóa tháng 10/2026"
    assert _said("announcement.confirmed", lines=1842) == "gửi tin cho 1.842 máy"
    assert _said("announcement.confirmed") == "gửi tin cho – máy"
    assert _said("future.act") == "làm việc khác (future.act)"


def test_what_was_done_is_read_with_who_did_it_the_newest_first(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    press(officer, "confirm", a_form(staffed))
    page = see(officer, "/staff/journal")
    assert page.index("gửi tin cho 3 máy") < page.index("viết một tin")
    assert "officer thử" in page


def _said(act: str, **facts: object) -> str:
    now = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
    return entry_sentence(Entry(id=1, at=now, who=None, act=act, facts=dict(facts)))
