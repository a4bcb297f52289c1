"""Lines pasted from a chat: looked at, ticked, each saved as a household of its own."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from subscriptions.consents import standing
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household, Line, Resident, Subscription
from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.builders.people import a_household

LINES = "Anh Tú P1203 0912345678\nP1204 - cô Lan: 01236030999\nChào cả nhà ạ"


def path_of(rounds: Round) -> str:
    return f"/leader/{rounds.group.id}/paste"


def paste(browser: Browser, rounds: Round, lines: str = LINES) -> TestResponse:
    return browser.send(path_of(rounds), lines=lines)


def fields_of(answer: TestResponse) -> dict[str, str]:
    """Return every hidden and typed field of the list, as a browser would send it."""
    form = shown(answer).rsplit("<form", 1)[1]
    inputs = re.findall(r'<input[^>]*type="(?:hidden|text|tel)"[^>]*>', form)
    pairs = [
        (re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag))
        for tag in inputs
    ]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def save(
    browser: Browser, rounds: Round, listed: TestResponse, **chosen: str
) -> TestResponse:
    return browser.client.post(
        f"{path_of(rounds)}/save",
        data=fields_of(listed) | chosen,
        follow_redirects=True,
    )


def rows(session: Session) -> list[tuple[str, str, str]]:
    found = session.execute(
        select(Household.address, Resident.full_name, Line.e164)
        .join(Resident, Resident.household_id == Household.id)
        .join(Subscription, Subscription.resident_id == Resident.id)
        .join(Line, Line.id == Subscription.line_id)
        .order_by(Line.id)
    )
    return [(address, name, e164) for address, name, e164 in found]


def test_each_line_is_shown_with_what_was_read_and_nothing_is_chosen(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    answer = paste(browser_of_leader, rounds)
    page = shown(answer)
    fields = fields_of(answer)
    assert (fields["full_name_0"], fields["address_0"]) == ("Tú", "P1203")
    assert fields["phone_1_0"] == "01236030999"
    assert "Đọc là 0836 030 999" in words_of(answer)
    assert 'value="phone_1_0:0836 030 999"' in page
    assert "Chào cả nhà ạ" in page
    assert not re.search(r"<input[^>]*\bchecked", page)
    with database.reading() as session:
        assert rows(session) == []


def test_the_ticked_lines_are_saved_and_the_others_stay_on_the_page(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds)
    answer = save(
        browser_of_leader, rounds, listed, pick_1="yes", consent_1="leader_screen"
    )
    assert answer.status_code == 200
    said = words_of(answer)
    assert "Đã lưu 1 hộ. Đang gửi tin xác nhận đến 1 số. Còn 2 dòng chưa ghi" in said
    assert set(fields_of(answer)) >= {"key_0", "key_2"}
    assert "key_1" not in fields_of(answer)
    with database.reading() as session:
        assert rows(session) == [("P1204", "Lan", "+84836030999")]
        assert session.scalars(select(Message.to)).all() == ["+84836030999"]


def test_consent_is_asked_of_each_person_and_kept_as_it_was_given(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds, "Tú 0912345678\nLan 0987654321")
    answer = save(
        browser_of_leader,
        rounds,
        listed,
        pick_0="yes",
        consent_0="paper",
        pick_1="yes",
        consent_1="none",
    )
    assert "Đã lưu 2 hộ." in words_of(answer)
    assert "Danh sách hộ · 2 hộ" in words_of(answer)
    with database.reading() as session:
        lines = session.scalars(select(Line.id).order_by(Line.id)).all()
        agreed, silent = (standing(session, line) for line in lines)
    assert agreed[Purpose.NOTICES].method is ConsentMethod.PAPER
    assert silent == {}


def test_a_ticked_line_without_an_answer_on_consent_keeps_all_from_being_saved(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds)
    answer = save(
        browser_of_leader, rounds, listed, pick_0="yes", consent_0="paper", pick_1="yes"
    )
    assert answer.status_code == 422
    assert 'id="consent_1-error"' in shown(answer)
    assert re.search(r'id="pick_0"[^>]*checked', shown(answer))
    assert re.search(r'id="consent_0-paper"[^>]*checked', shown(answer))
    with database.reading() as session:
        assert rows(session) == []


def test_several_numbers_of_a_line_are_the_same_persons(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds, "P1 Tú 0912345678/0987654321")
    save(browser_of_leader, rounds, listed, pick_0="yes", consent_0="paper")
    with database.reading() as session:
        assert rows(session) == [
            ("P1", "Tú", "+84912345678"),
            ("P1", "Tú", "+84987654321"),
        ]


def test_the_same_list_sent_twice_enrols_once(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds)
    for _ in range(2):
        answer = save(
            browser_of_leader, rounds, listed, pick_0="yes", consent_0="leader_screen"
        )
        assert "Đã lưu 1 hộ." in words_of(answer)
    with database.reading() as session:
        assert len(rows(session)) == 1
        assert len(session.scalars(select(Message.id)).all()) == 1


def test_a_number_of_another_home_is_asked_about_and_may_be_shared(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        known = a_household(session, in_group=rounds.group, with_phone="0912345678")
    listed = paste(browser_of_leader, rounds, "Tú 0912345678")
    assert f"Số này đã có ở hộ {known.address}" in words_of(listed)
    chosen = {"pick_0": "yes", "consent_0": "paper"}
    refused = save(browser_of_leader, rounds, listed, **chosen)
    assert refused.status_code == 422
    said = {"shared_0_0": "+84912345678"}
    answer = save(browser_of_leader, rounds, listed, **chosen, **said)
    assert "Đã lưu 1 hộ." in words_of(answer)


def test_a_number_pasted_twice_is_saved_once_and_asked_about(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds, "P1 Tú 0912345678\nP2 Lan 0912345678")
    chosen = {f"pick_{n}": "yes" for n in (0, 1)}
    chosen |= {f"consent_{n}": "paper" for n in (0, 1)}
    answer = save(browser_of_leader, rounds, listed, **chosen)
    assert answer.status_code == 422
    assert "Đã lưu 1 hộ." in words_of(answer)
    assert "Số này đã có ở hộ P1" in words_of(answer)
    with database.reading() as session:
        assert [address for address, _, _ in rows(session)] == ["P1"]


def test_a_repaired_number_is_put_in_place_and_the_rest_kept(
    browser_of_leader: Browser, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds)
    answer = save(
        browser_of_leader,
        rounds,
        listed,
        pick_1="yes",
        full_name_1="Lý Thị Lan",
        fix="phone_1_0:0836 030 999",
    )
    assert fields_of(answer)["phone_1_0"] == "0836 030 999"
    assert fields_of(answer)["full_name_1"] == "Lý Thị Lan"
    assert re.search(r'id="pick_1"[^>]*checked', shown(answer))


def test_a_mended_number_is_answered_while_it_is_typed(
    browser_of_leader: Browser, rounds: Round
) -> None:
    path = path_of(rounds)
    answer = browser_of_leader.send(
        f"{path}/check?name=phone_3_0", path, phone_3_0="0912345678"
    )
    assert "Số đúng · VinaPhone" in words_of(answer)
    assert 'id="phone_3_0-check"' in shown(answer)


def test_lines_that_nothing_is_read_from_say_what_to_do(
    browser_of_leader: Browser, rounds: Round
) -> None:
    empty = paste(browser_of_leader, rounds, " \n--\n")
    assert (empty.status_code, "Chưa có dòng nào đọc được" in shown(empty)) == (
        422,
        True,
    )
    many = paste(browser_of_leader, rounds, "Tú 0912345678\n" * 41)
    assert (many.status_code, "nhiều nhất 40 dòng" in shown(many)) == (422, True)
    assert "Tú 0912345678" in shown(many)


def test_nothing_ticked_saves_nothing_and_says_so(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    answer = save(browser_of_leader, rounds, paste(browser_of_leader, rounds))
    assert answer.status_code == 422
    assert "Chưa đánh dấu hộ nào" in words_of(answer)
    with database.reading() as session:
        assert rows(session) == []


def test_a_number_that_cannot_be_texted_is_refused_beside_its_field(
    browser_of_leader: Browser, rounds: Round
) -> None:
    listed = paste(browser_of_leader, rounds, "Tú (024) 3657 7024")
    answer = save(browser_of_leader, rounds, listed, pick_0="yes", consent_0="paper")
    assert answer.status_code == 422
    assert 'id="phone_0_0-error"' in shown(answer)
    assert "không nhận được tin nhắn" in words_of(answer)
