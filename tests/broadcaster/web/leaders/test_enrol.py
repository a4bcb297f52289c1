"""Enrolling at the door: saved once, nothing lost, undone with a tap."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.segments import measure
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageKind
from subscriptions.consents import standing
from subscriptions.register_search import find_households
from subscriptions.remittances import cash_in_hand
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    Relation,
    Resident,
    Subscription,
)
from tests.broadcaster.web.leaders.conftest import (
    DOOR,
    PHONE,
    Browser,
    Enrol,
    Round,
    shown,
)
from tests.builders.people import scope_of


def homes(session: Session) -> list[str]:
    return list(
        session.scalars(
            select(Household.address)
            .where(Household.left_on.is_(None))
            .order_by(Household.id)
        )
    )


def texts(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).order_by(Message.id)))


def test_a_household_with_two_lines_is_saved_as_typed(
    enrol: Enrol, database: Database
) -> None:
    answer = enrol(**DOOR, phone_2="0987654321", whose_2="relative", tags=["pensioner"])
    assert "Đã lưu hộ A1 · 1204." in shown(answer)
    with database.reading() as session:
        rows = session.execute(
            select(Line.e164, Subscription.relation, Resident.full_name)
            .join(Subscription, Subscription.line_id == Line.id)
            .join(Resident, Resident.id == Subscription.resident_id)
            .order_by(Line.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("+84912345678", Relation.OWN, "Đỗ Thị Ựa"),
        ("+84987654321", Relation.RELATIVE, "Đỗ Thị Ựa"),
    ]


def test_the_second_number_may_be_another_persons_of_the_home(
    enrol: Enrol, database: Database
) -> None:
    enrol(**DOOR, phone_2="0987654321", whose_2="member", name_2="Lê Văn Bảy")
    with database.reading() as session:
        names = session.scalars(select(Resident.full_name).order_by(Resident.id)).all()
    assert names == ["Đỗ Thị Ựa", "Lê Văn Bảy"]


def test_the_next_form_keeps_the_building_and_proposes_the_next_flat(
    enrol: Enrol,
) -> None:
    page = shown(enrol(**DOOR))
    assert 'name="address" type="text" value="A1 · 1205"' in page
    assert PHONE not in page


def test_each_phone_that_agreed_on_the_screen_gets_one_segment_of_confirmation(
    enrol: Enrol, database: Database
) -> None:
    enrol(**DOOR, phone_2="0987654321", whose_2="head")
    with database.reading() as session:
        sent = texts(session)
    assert [text.to for text in sent] == ["+84912345678", "+84987654321"]
    assert {text.kind for text in sent} == {MessageKind.CONFIRMATION}
    assert {measure(text.text or "").segments for text in sent} == {1}
    assert "Phuong Hoa Sua" in (sent[0].text or "")


@pytest.mark.parametrize("consent", ["paper", "none"])
def test_only_consent_on_the_screen_is_confirmed_by_text(
    enrol: Enrol, database: Database, consent: str
) -> None:
    enrol(**DOOR | {"consent": consent})
    with database.reading() as session:
        assert texts(session) == []


def test_consent_keeps_how_and_which_words_and_who_wrote_it_down(
    enrol: Enrol, database: Database, rounds: Round
) -> None:
    enrol(**DOOR)
    with database.reading() as session:
        line = session.scalars(select(Line)).one()
        words = standing(session, line.id)
    assert set(words) == {Purpose.NOTICES, Purpose.PENSION, Purpose.BILLING}
    word = words[Purpose.NOTICES]
    assert (word.method, word.wording_version) == (
        ConsentMethod.LEADER_SCREEN,
        "door-1",
    )
    assert word.recorded_by == rounds.leader.account_id


def test_no_answer_on_consent_is_preselected(
    browser_of_leader: Browser, rounds: Round
) -> None:
    page = browser_of_leader.read(f"/leader/{rounds.group.id}/enrol")
    answers = re.findall(r'<input[^>]*name="consent"[^>]*>', page)
    assert len(answers) == 3
    assert not any("checked" in answer for answer in answers)


def test_without_an_answer_on_consent_nothing_is_saved_and_nothing_is_lost(
    enrol: Enrol, database: Database
) -> None:
    answer = enrol(**DOOR | {"consent": ""}, tags=["pensioner"])
    page = shown(answer)
    assert answer.status_code == 422
    assert "Chọn một câu trả lời về đồng ý nhận tin" in page
    assert f'value="{PHONE}"' in page
    assert 'value="Đỗ Thị Ựa"' in page
    assert re.search(r'id="tags-pensioner"[^>]*checked', page)
    with database.reading() as session:
        assert homes(session) == []


def test_the_same_form_sent_twice_enrols_once(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    path = f"/leader/{rounds.group.id}/enrol"
    form = browser_of_leader.hidden(path) | DOOR | {"collected": "yes"}
    for _ in range(2):
        answer = browser_of_leader.client.post(path, data=form, follow_redirects=True)
        assert "Đã lưu hộ A1 · 1204." in shown(answer)
        assert "biên nhận T12-2026-0001" in shown(answer)
    with database.reading() as session:
        assert homes(session) == ["A1 · 1204"]
        assert cash_in_hand(session, rounds.group.id) == 3000
        assert len(texts(session)) == 1


def test_money_taken_at_the_door_is_for_each_paying_line_and_this_month(
    enrol: Enrol, database: Database, rounds: Round
) -> None:
    answer = enrol(**DOOR, phone_2="0987654321", whose_2="head", collected="yes")
    assert "Đã thu 6.000đ, biên nhận T12-2026-0001." in shown(answer)
    with database.reading() as session:
        assert cash_in_hand(session, rounds.group.id) == 6000
        months = session.scalars(select(Subscription.first_month).distinct()).all()
    assert [month.isoformat() for month in months] == ["2026-10-01"]


def test_not_collected_is_charged_from_the_month_after(
    enrol: Enrol, database: Database
) -> None:
    enrol(**DOOR)
    with database.reading() as session:
        month = session.scalars(select(Subscription.first_month)).one()
    assert month.isoformat() == "2026-11-01"


def test_undo_takes_the_household_its_money_its_consent_and_its_text_back(
    enrol: Enrol, browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    enrol(**DOOR, collected="yes")
    with database.reading() as session:
        saved = session.scalars(select(Household.public_id)).one()
    path = f"/leader/{rounds.group.id}/enrol"
    undo = f"/leader/{rounds.group.id}/households/{saved}/undo"
    browser_of_leader.send(undo, path)
    answer = browser_of_leader.send(undo, path)
    page = shown(answer)
    assert "Đã hoàn tác" in page
    assert 'value="A1 · 1204"' in page
    with database.reading() as session:
        assert homes(session) == []
        assert cash_in_hand(session, rounds.group.id) == 0
        (text,) = texts(session)
        word = standing(session, text.line_id or 0)[Purpose.NOTICES]
        found = find_households(session, scope_of(rounds.group))
    assert word.action is ConsentAction.WITHDRAWN
    assert text.purpose is Purpose.NOTICES  # read again when it would leave
    assert found.cards == ()


def test_after_an_undo_the_same_door_can_be_enrolled_anew(
    enrol: Enrol, browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    enrol(**DOOR)
    with database.reading() as session:
        saved = session.scalars(select(Household.public_id)).one()
    browser_of_leader.send(
        f"/leader/{rounds.group.id}/households/{saved}/undo",
        f"/leader/{rounds.group.id}/enrol",
    )
    assert "Đã lưu hộ A1 · 1204." in shown(enrol(**DOOR))
    with database.reading() as session:
        assert homes(session) == ["A1 · 1204"]
