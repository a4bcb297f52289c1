"""`loa month close` answers scripts in the form the reference states."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.store.session import Database
from subscriptions.charges import charge_month
from subscriptions.months import month_of, previous_month
from tests.builders.ledger import a_paying_household
from tests.builders.people import a_group, a_ward

LOA = Path(sys.executable).with_name("loa")
A_WARD = ("--name", "A", "--province", "B", "--brand", "C", "--groups", "1")


def last_month() -> dt.date:
    return previous_month(month_of(dt.datetime.now(dt.UTC)))


def loa(database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.run(
        [LOA, "month", "close", *arguments],
        env={**os.environ, "LOA_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def a_ward_of_two_lines(database: Database, *, charged: bool) -> int:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        a_paying_household(session, in_group=group, lines=2, since=last_month())
        if charged:
            now = dt.datetime.now(dt.UTC)
            charge_month(session, ward.id, last_month(), now=now)
        return ward.id


def test_closing_answers_with_the_sums_and_again_with_the_same(
    database: Database,
) -> None:
    ward_id = a_ward_of_two_lines(database, charged=True)
    month = f"{last_month():%Y-%m}"

    first = loa(database, "--ward", "Phường Hoa Sữa", "--month", month, "--json")
    again = loa(database, "--ward", str(ward_id), "--month", month, "--json")

    answer = json.loads(first.stdout)
    assert dt.datetime.fromisoformat(answer.pop("closed_at")).tzinfo is not None
    assert answer == {
        "ward": ward_id,
        "month": month,
        "state": "closed",
        "charged_vnd": 6000,
        "exempted": 0,
        "collected_vnd": 0,
        "adjusted_charges_vnd": 0,
        "adjusted_payments_vnd": 0,
        "adjusted_usage_vnd": 0,
        "segments": 0,
        "usage_vnd": 0,
    }
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_what_stands_in_the_way_is_listed(database: Database) -> None:
    ward_id = a_ward_of_two_lines(database, charged=False)
    month = f"{last_month():%Y-%m}"

    ran = loa(database, "--ward", str(ward_id), "--month", month, "--json")

    assert ran.returncode == 1
    assert json.loads(ran.stdout) == {
        "ward": ward_id,
        "month": month,
        "state": "collecting",
        "code": "month_blocked",
        "reasons": [{"reason": "charges_missing", "amount": 2}],
        "warnings": [],
    }


def test_a_person_reads_what_to_do(database: Database) -> None:
    ward_id = a_ward_of_two_lines(database, charged=False)

    ran = loa(database, "--ward", str(ward_id), "--month", f"{last_month():%Y-%m}")

    assert "Còn 2 thuê bao chưa tính tiền tháng này" in ran.stdout


@pytest.mark.parametrize("named", ["Phường Không Có", "9" * 30])
def test_an_unknown_ward_is_a_wrong_call(database: Database, named: str) -> None:
    ran = loa(database, "--ward", named, "--month", "2026-01")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert named in ran.stderr.splitlines()[-1]


@pytest.mark.parametrize("month", ["2026-13", "9999-12", "0001-01", "tháng 10"])
def test_what_is_no_month_of_the_books_is_a_wrong_call(month: str) -> None:
    ran = subprocess.run(
        [LOA, "month", "close", "--ward", "1", "--month", month],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--month" in ran.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "url", ["", "garbage", "sqlite:///nowhere/loa.db", "postgresql+psycopg://@:1/loa"]
)
@pytest.mark.parametrize(
    "command",
    [
        ("month", "close", "--ward", "1", "--month", "2026-10"),
        ("ward", "add", *A_WARD),
    ],
    ids=["month close", "ward add"],
)
def test_without_its_database_a_command_says_so_in_one_line(
    tmp_path: Path, url: str, command: tuple[str, ...]
) -> None:
    ran = subprocess.run(
        [LOA, *command],
        cwd=tmp_path,
        env={**os.environ, "LOA_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "LOA_DATABASE_URL" in ran.stderr
    assert list(tmp_path.iterdir()) == []
