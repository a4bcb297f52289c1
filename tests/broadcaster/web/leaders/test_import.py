"""A leader's workbook by HTTP: every fact shown, taken in once, bad files answered."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from broadcaster.services import register_uploads
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry, Upload
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Household, Line, Resident
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.builders.old_fonts import in_tcvn3
from tests.fakes import HandClock

DATA = Path(__file__).parents[3] / "data"
WORKBOOK = DATA / "register_tdp12.xlsx"
FACTS: dict[str, Any] = json.loads((DATA / "register_tdp12.facts.json").read_text())
SHORT = "Họ và tên;Số điện thoại\nLê Văn Bảy;0987654321\nTrần Thị Ăn;0912345678\n"
OLD = "Họ và tên;Số điện thoại\nLê Văn Bảy;0363 123 456\n"


def upload(
    browser: Browser, rounds: Round, content: bytes, name: str = "danh sách.xlsx"
) -> TestResponse:
    """Choose a file and press "Xem trước"."""
    path = f"/leader/{rounds.group.id}/import"
    data = {**browser.hidden(path), "file": (io.BytesIO(content), name)}
    return browser.client.post(path, data=data, follow_redirects=True)


def confirm(browser: Browser, page: TestResponse, consent: str) -> TestResponse:
    """Answer the question on consent and press "Ghi … hộ mới vào sổ"."""
    form = shown(page).rsplit("<form", 1)[1]
    fields = dict(re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', form))
    (action,) = re.findall(r'action="([^"]*)"', form)
    return browser.client.post(
        action, data=fields | {"consent": consent}, follow_redirects=True
    )


def totals(session: Session) -> list[int]:
    return [
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Household, Resident, Line)
    ]


def test_the_preview_shows_exactly_the_facts_of_the_workbook(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, WORKBOOK.read_bytes())
    page = words_of(preview)
    assert f"{FACTS['good_lines']} số đúng" in page
    assert f"{FACTS['faulty']} cần ông/bà xem" in page
    assert "1 số trùng" in page
    assert f"{FACTS['households']} hộ, {FACTS['residents']} người" in page
    assert f"Hộ mới: {FACTS['households']}" in page
    assert shown(preview).count('class="card fault"') == FACTS["faulty"]
    for fault in FACTS["faults"]:
        assert f"Dòng {fault['row']} · ô F{fault['row']} · cột Số điện thoại" in page
        assert f"Đang ghi: {fault['value']}" in page
    assert f"Số {FACTS['duplicate']} , lần đầu ở dòng" in page
    with database.reading() as session:
        assert totals(session) == [0, 0, 0]


def test_a_list_in_an_old_font_is_shown_before_and_after_and_taken_as_meant(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    typed = in_tcvn3("Họ và tên;Số điện thoại\nNguyễn Văn Tú;01236030999\n")
    preview = upload(browser_of_leader, rounds, typed.encode(), "cũ.csv")
    page = words_of(preview)
    assert "2 đã tự sửa" in page
    assert "Chữ gõ bằng phông cũ, đã đọc lại: 1 ô" in page
    assert "NguyÔn V¨n Tó → Nguyễn Văn Tú" in page
    assert "TCVN3 (ABC)" in page
    confirm(browser_of_leader, preview, "none")
    with database.reading() as session:
        (person,) = session.scalars(select(Resident)).all()
    assert person.full_name == "Nguyễn Văn Tú"


def test_confirming_takes_it_in_as_one_change_with_its_consent(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, WORKBOOK.read_bytes())
    done = confirm(browser_of_leader, preview, "paper")
    assert "61 hộ mới 161 người mới 68 số mới" in words_of(done)
    with database.reading() as session:
        assert totals(session) == [61, 161, 68]
        told = session.scalars(consented_lines(Purpose.NOTICES)).all()
        entry = session.scalars(select(JournalEntry)).one()
        kept = session.scalars(select(Upload)).one()
    assert len(told) == 68
    assert (entry.act, entry.facts["households"]) == ("register.imported", 61)
    assert kept.content is None


def test_households_that_were_not_asked_are_not_texted(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, SHORT.encode())
    page = words_of(confirm(browser_of_leader, preview, "none"))
    assert "Chưa ghi sự đồng ý nào" in page
    with database.reading() as session:
        assert session.scalars(consented_lines(Purpose.NOTICES)).all() == []


def test_the_question_on_consent_has_no_answer_of_its_own(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, SHORT.encode())
    assert not re.search(r'name="consent"[^>]*checked', shown(preview))
    answer = confirm(browser_of_leader, preview, "")
    assert answer.status_code == 422
    assert "Chọn một câu trả lời: các hộ đã ký đồng ý chưa." in shown(answer)
    with database.reading() as session:
        assert totals(session) == [0, 0, 0]


def test_confirming_twice_changes_nothing_and_says_so(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, SHORT.encode())
    confirm(browser_of_leader, preview, "paper")
    again = words_of(confirm(browser_of_leader, preview, "paper"))
    assert "Danh sách này đã nhập lúc 09:00 T2 05/10/2026." in again
    assert "Lần bấm này không thay đổi gì." in again
    with database.reading() as session:
        assert totals(session) == [2, 2, 2]
        assert len(session.scalars(select(JournalEntry)).all()) == 1


def test_the_same_file_again_has_nothing_to_add(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    preview = upload(browser_of_leader, rounds, WORKBOOK.read_bytes())
    confirm(browser_of_leader, preview, "paper")
    page = words_of(upload(browser_of_leader, rounds, WORKBOOK.read_bytes()))
    assert "Hộ đã có đủ, giữ nguyên: 61" in page
    assert "Không có gì để ghi thêm." in page
    with database.reading() as session:
        assert totals(session) == [61, 161, 68]


def test_the_date_of_an_old_list_is_asked_and_used(
    browser_of_leader: Browser, rounds: Round
) -> None:
    preview = shown(upload(browser_of_leader, rounds, OLD.encode(), "cũ.csv"))
    assert "Danh sách này lập ngày nào?" in preview
    (action,) = re.findall(r'action="([^"]*/date)"', preview)
    page = action.removesuffix("/date")
    for wrong in ("", "2026-12-31", "15/3"):
        answer = browser_of_leader.send(action, page, list_date=wrong)
        assert answer.status_code == 422
    answer = browser_of_leader.send(action, page, list_date="2016-03-15")
    assert "danh sách lập ngày T3 15/03/2016" in shown(answer)
    assert "Danh sách này lập ngày nào?" not in shown(answer)


BAD_FILES = {
    "nothing chosen": (b"", "", "Chọn tệp danh sách trên máy."),
    "empty": (b"", "trống.xlsx", "Tệp trống"),
    "zip that is no workbook": (None, "ảnh.xlsx", "Excel"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "a.xlsx", "không phải bảng tính"),
    "NUL bytes": (SHORT.encode().replace(b"B", b"\x00"), "a.csv", "ký tự rỗng"),
    "no phone column": (b"Ten;Tuoi\nAn;7\n", "a.csv", "Không thấy cột"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_says_what_is_wrong_and_keeps_nothing(
    browser_of_leader: Browser, rounds: Round, database: Database, case: str
) -> None:
    content, name, told = BAD_FILES[case]
    if content is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("ảnh.txt", "không phải bảng tính")
        content = packed.getvalue()
    answer = upload(browser_of_leader, rounds, content, name)
    assert answer.status_code == 422
    assert told in words_of(answer)
    with database.reading() as session:
        assert session.scalars(select(Upload)).all() == []


def test_a_file_over_ten_megabytes_is_answered(
    browser_of_leader: Browser, rounds: Round
) -> None:
    answer = upload(browser_of_leader, rounds, b"0" * 11_000_000)
    assert answer.status_code == 413
    assert "nhận tối đa 10 MB" in shown(answer)


def test_a_name_like_a_formula_or_markup_is_only_a_name(
    browser_of_leader: Browser, rounds: Round
) -> None:
    content = 'Họ và tên;Số điện thoại\n"<b>=1+1";09123\n'.encode()
    page = upload(browser_of_leader, rounds, content, "<script>.csv")
    raw = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<script>." not in raw
    assert "<b>=1" not in raw


def test_a_preview_expires_after_a_day_and_the_file_goes(
    browser_of_leader: Browser, rounds: Round, database: Database, clock: HandClock
) -> None:
    preview = upload(browser_of_leader, rounds, SHORT.encode())
    now = clock.turn(hours=24)
    answer = confirm(browser_of_leader, preview, "paper")
    assert "Tệp này không còn giữ nữa" in shown(answer)
    assert register_uploads.forget_expired(database, now=now) == 1
    with database.reading() as session:
        assert session.scalars(select(Upload)).all() == []
        assert totals(session) == [0, 0, 0]


def test_another_file_takes_the_place_of_the_one_not_confirmed(
    browser_of_leader: Browser, rounds: Round, database: Database
) -> None:
    upload(browser_of_leader, rounds, SHORT.encode())
    upload(browser_of_leader, rounds, OLD.encode())
    with database.reading() as session:
        (kept,) = session.scalars(select(Upload)).all()
    assert kept.content == OLD.encode()


def test_a_restarted_web_process_still_has_the_preview(
    browser_of_leader: Browser,
    rounds: Round,
    signed_in: SignIn,
) -> None:
    preview = upload(browser_of_leader, rounds, SHORT.encode())
    other = Browser(signed_in(rounds.leader))
    assert "2 hộ, 2 người" in words_of(other.read(preview.request.path))
