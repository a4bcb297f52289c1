"""Residents text back: their word is kept, obeyed, and answered within limits."""

import datetime as dt

import pytest
from sqlalchemy import select

from broadcaster.ports import Inbound
from broadcaster.rules.segments import Encoding, measure
from broadcaster.services.replies import ANSWERS_A_DAY, answer_waiting, take_inbound
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText, Message, MessageKind
from subscriptions.consents import standing
from subscriptions.lines import find_line
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.places import Ward
from tests.builders.people import NOW, a_group, a_household, a_ward, number_of
from tests.fakes import HandClock

PHONE = "0912345678"
E164 = number_of(PHONE).e164
STRANGER = "+84987654321"
SERVICE = "+84868000111"
TOMORROW = NOW + dt.timedelta(days=1)


@pytest.fixture
def ward(database: Database) -> Ward:
    """Give a ward in which PHONE is a line that agreed to everything."""
    with database.writing() as session:
        ward = a_ward(session)
        homes = a_group(session, ward)
        a_household(session, in_group=homes, with_phone=PHONE)
        return ward


def text_us(
    database: Database,
    body: str,
    *,
    sender: str = E164,
    to: str = SERVICE,
    now: dt.datetime = NOW,
) -> list[str]:
    """Text the ward and return the answers that this made."""
    inbound = Inbound(provider_id=new_public_id().hex, sender=sender, to=to, text=body)
    before = set(answers(database))
    assert take_inbound(database, "memory", inbound, now=now)
    assert answer_waiting(database, gateway="memory", now=now) == 1
    return [text for id_, text in answers(database).items() if id_ not in before]


def answers(database: Database) -> dict[int, str]:
    with database.reading() as session:
        found = session.scalars(select(Message).order_by(Message.id))
        return {message.id: message.text or "" for message in found}


def agreed(database: Database, ward: Ward) -> set[Purpose]:
    with database.reading() as session:
        line = find_line(session, ward.id, E164)
        assert line is not None
        return {
            purpose
            for purpose, word in standing(session, line.id).items()
            if word.action is ConsentAction.GRANTED
        }


def inbox(database: Database) -> list[InboundText]:
    with database.reading() as session:
        return list(session.scalars(select(InboundText).order_by(InboundText.id)))


def test_a_resident_who_texts_tc_has_withdrawn_everything(
    database: Database, ward: Ward
) -> None:
    [answer] = text_us(database, "Từ chối")
    assert "khong nhan tin" in answer
    assert agreed(database, ward) == set()
    with database.reading() as session:
        line = find_line(session, ward.id, E164)
        assert line is not None
        words = standing(session, line.id).values()
    assert {word.method for word in words} == {ConsentMethod.SMS_KEYWORD}


def test_saying_no_twice_is_confirmed_once(database: Database, ward: Ward) -> None:
    assert len(text_us(database, "TC")) == 1
    assert text_us(database, "STOP") == []
    assert agreed(database, ward) == set()


def test_dk_agrees_again_to_all_but_dossiers(database: Database, ward: Ward) -> None:
    text_us(database, "TC")
    [answer] = text_us(database, "Đăng ký")
    assert "da dang ky" in answer
    expected = {Purpose.NOTICES, Purpose.PENSION, Purpose.BILLING}
    assert agreed(database, ward) == expected


def test_tg_is_told_the_words(database: Database, ward: Ward) -> None:
    [answer] = text_us(database, "TG")
    assert "Soan DK" in answer
    assert SERVICE.replace("+84", "0") in answer


def test_a_word_we_do_not_know_reaches_the_inbox_and_gets_help_once_a_day(
    database: Database, ward: Ward
) -> None:
    assert len(text_us(database, "Bao giờ có lương?")) == 1
    assert text_us(database, "Alo phường ơi") == []
    assert len(text_us(database, "Alo?", now=TOMORROW)) == 1
    kept = inbox(database)
    assert [text.body for text in kept][:2] == ["Bao giờ có lương?", "Alo phường ơi"]
    assert {text.ward_id for text in kept} == {ward.id}
    assert {text.keyword for text in kept} == {None}


def test_answers_keep_to_the_days_limit_and_withdrawal_is_obeyed_all_the_same(
    database: Database, ward: Ward
) -> None:
    for _ in range(ANSWERS_A_DAY):
        assert len(text_us(database, "TG")) == 1
    assert text_us(database, "TG") == []
    assert text_us(database, "TC") == []
    assert agreed(database, ward) == set()
    assert len(text_us(database, "TG", now=TOMORROW)) == 1


def test_the_day_begins_at_the_wards_midnight(database: Database, ward: Ward) -> None:
    before_midnight = dt.datetime(2026, 10, 5, 16, 59, tzinfo=dt.UTC)
    assert len(text_us(database, "alo", now=before_midnight)) == 1
    assert text_us(database, "alo", now=before_midnight) == []
    after = before_midnight + dt.timedelta(minutes=1)
    assert len(text_us(database, "alo", now=after)) == 1


def test_the_same_text_delivered_twice_by_the_telco_is_read_once(
    database: Database, ward: Ward
) -> None:
    inbound = Inbound(provider_id="SM1", sender=E164, to=SERVICE, text="TG")
    taken = [take_inbound(database, "memory", inbound, now=NOW) for _ in range(2)]
    assert taken == [True, False]
    assert answer_waiting(database, gateway="memory", now=NOW) == 1
    assert answer_waiting(database, gateway="memory", now=NOW) == 0
    assert len(answers(database)) == 1


def test_a_phone_that_no_household_holds_is_kept_and_greeted_once_a_day(
    database: Database, ward: Ward
) -> None:
    assert len(text_us(database, "DK", sender=STRANGER)) == 1
    assert text_us(database, "DK", sender=STRANGER) == []
    assert [text.ward_id for text in inbox(database)] == [ward.id, ward.id]


@pytest.mark.parametrize("sender", ["VIETTEL", "8088", "+842436577024", "9" * 20])
def test_a_sender_that_no_answer_reaches_is_kept_only(
    database: Database, ward: Ward, sender: str
) -> None:
    assert text_us(database, "TG", sender=sender) == []
    assert [text.sender for text in inbox(database)] == [sender]


def test_a_text_to_no_ward_of_ours_is_kept(database: Database, ward: Ward) -> None:
    assert text_us(database, "TC", to="+84868999999") == []
    [kept] = inbox(database)
    assert kept.ward_id is None
    assert kept.interpreted_at == NOW
    assert agreed(database, ward) == set(Purpose)


def test_a_text_to_a_number_that_wards_share_is_kept(
    database: Database, ward: Ward
) -> None:
    with database.writing() as session:
        a_ward(session, name="Phường Láng")
    assert text_us(database, "TC") == []
    assert [text.ward_id for text in inbox(database)] == [None]


@pytest.mark.parametrize("body", ["TC", "DK", "TG", "chào phường"])
def test_an_answer_is_one_segment_without_accents(
    database: Database, ward: Ward, body: str
) -> None:
    [answer] = text_us(database, body)
    measured = measure(answer)
    assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)
    assert answer.isascii()


def test_an_answer_needs_no_consent_and_goes_before_notices(
    database: Database, ward: Ward
) -> None:
    text_us(database, "TC")
    with database.reading() as session:
        message = session.scalars(select(Message)).one()
    assert message.purpose is None
    assert message.lane == 1
    assert message.kind is MessageKind.CONFIRMATION
    assert (message.to, message.sender) == (E164, "PHOASUA")


def test_an_endless_text_with_nuls_is_kept_as_far_as_it_goes(
    database: Database, ward: Ward
) -> None:
    clock = HandClock(NOW)
    text_us(database, "a\x00" * 5_000, now=clock.now())
    assert [text.body for text in inbox(database)] == ["a" * 2_000]
