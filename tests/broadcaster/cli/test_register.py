"""`loa register` answers scripts in the form the reference states."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.store.session import Database, create_engine_for
from subscriptions.tables.consents import ConsentRecord
from subscriptions.tables.households import Household, Subscription
from tests.builders.people import a_group, a_ward

LOA = Path(sys.executable).with_name("loa")
DATA = Path(__file__).parents[2] / "data"
TDP12 = DATA / "register_tdp12.xlsx"


def _loa(*arguments: str | Path, url: str = "") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [LOA, "register", *arguments],
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "LOA_DATABASE_URL": url},
    )


def test_preview_answers_the_facts_of_the_list() -> None:
    facts = json.loads((DATA / "register_tdp12.facts.json").read_text())
    ran = _loa("preview", TDP12, "--json")

    answer = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert answer["households"] == facts["households"]
    assert answer["residents"] == facts["residents"]
    assert answer["lines"] == facts["good_lines"]
    assert [duplicate["value"] for duplicate in answer["duplicates"]] == [
        facts["duplicate"]
    ]
    assert [(fault["row"], fault["value"]) for fault in answer["faults"]] == [
        (fault["row"], fault["value"]) for fault in facts["faults"]
    ]
    assert answer["faults"][0] == {
        "row": 7,
        "column": "Số điện thoại",
        "cell": "F7",
        "value": "0569380927/0940931856",
        "code": "two_numbers",
        "help": "Có hai số trong một ô. "
        "Mỗi ô chỉ để một số; số kia ghi sang dòng khác.",
        "suggestion": None,
    }
    assert (answer["sheet"], answer["list_date"]) == ("TDP 12", "2026-09-05")


def test_preview_for_a_person_counts_and_lists_in_vietnamese() -> None:
    lines = _loa("preview", TDP12).stdout.decode().splitlines()

    assert lines[0] == (
        "61 hộ, 161 người, 68 số dùng được (4 số đã tự sửa). "
        "16 chỗ cần xem, 1 số trùng."
    )
    assert "Dòng 14, Số điện thoại: O387852339" in lines


def test_the_date_and_sheet_given_count(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Họ tên;SĐT\nAn;0838291234\n", encoding="utf-8")
    ran = _loa("preview", file, "--json", "--list-date", "01/05/2016")

    (fault,) = json.loads(ran.stdout)["faults"]
    assert fault["code"] == "ambiguous_old_landline"
    assert _loa("preview", file, "--sheet", "Tổ 6").returncode == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"%PDF-1.7", "not_a_workbook"),
        (b"PK\x03\x04" + bytes(40_000_000), "too_large"),
    ],
    ids=["empty", "pdf", "40 MB"],
)
def test_a_file_that_cannot_be_read_ends_with_2_and_says_what_to_do(
    tmp_path: Path, content: bytes, code: str
) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(content)
    ran = _loa("preview", file, "--json")

    assert ran.returncode == 2
    answer = json.loads(ran.stdout)
    assert answer["code"] == code
    assert answer["help"] in ran.stderr.decode()


def test_import_enters_a_list_once(database_url: str) -> None:
    engine = create_engine_for(database_url)
    database = Database(engine)
    with database.writing() as session:
        a_group(session, a_ward(session, name="Phường Hoa Sữa"), number=12)
    order = ["--ward", "Phường Hoa Sữa", "--group", "Tổ 12", "--consent", "paper"]
    words = ["--wording", "2026-01", "--purpose", "notices", "--purpose", "pension"]
    first = _loa("import", TDP12, *order, *words, "--json", url=database_url)
    again = _loa("import", TDP12, *order, *words, url=database_url)

    added = json.loads(first.stdout)["added"]
    assert (added["households"], added["residents"], added["lines"]) == (61, 161, 68)
    assert added["consents"] == 136
    assert "Đã thêm 0 hộ, 0 người, 0 số, 0 lời đồng ý." in again.stdout.decode()
    with database.reading() as session:
        assert session.scalar(select(func.count(Household.id))) == 61
        assert session.scalar(select(func.count(Subscription.id))) == 68
        assert session.scalar(select(func.count(ConsentRecord.id))) == 136
    engine.dispose()


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--consent", "paper"],
        ["--consent", "none", "--wording", "2026-01"],
        ["--consent", "none", "--group", "Tổ 99"],
    ],
    ids=["consent not said", "no wording", "wording without paper", "no such group"],
)
def test_an_import_that_is_not_clear_enters_nothing(
    sqlite_url: str, options: list[str]
) -> None:
    ran = _loa(
        "import", TDP12, "--ward", "1", "--group", "Tổ 12", *options, url=sqlite_url
    )

    assert ran.returncode == 2
    assert b"Error: " in ran.stderr
