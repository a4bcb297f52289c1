"""A resident who writes by Zalo is heard as by SMS, and answered by Zalo."""

import datetime as dt

import pytest
from sqlalchemy import select

from broadcaster.ports import Channel, Inbound
from broadcaster.services.replies import ANSWERS_A_DAY, answer_waiting, take_inbound
from broadcaster.services.zalo_answers import FREE_FOR
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText, MessageKind
from subscriptions.consents import standing
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward
from tests.broadcaster.services.zalo_people import (
    AN,
    BINH,
    OA,
    contact,
    follow,
    said,
    share,
    word_on_zalo,
    write,
)
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    a_ward,
    lines_of,
    number_of,
)
from tests.builders.zalo import ACCOUNT, uses_zalo

PHONE = "0912345678"
E164 = number_of(PHONE).e164
SERVICE = "+84868000111"
DAY = dt.timedelta(days=1)


@pytest.fixture
def line(database: Database) -> Line:
    """Give a line that agreed to everything, linked to AN's account."""
    with database.writing() as session:
        ward = a_ward(session)
        uses_zalo(session, ward.id)
        home = a_household(session, in_group=a_group(session, ward), with_phone=PHONE)
        [line] = lines_of(session, home)
    follow(database)
    share(database, E164, now=NOW - DAY)
    return line


def text_us(database: Database, body: str, *, now: dt.datetime = NOW) -> list[str]:
    """Text the ward's number by SMS; return the texts that answer."""
    text = Inbound(provider_id=new_public_id().hex, sender=E164, to=SERVICE, text=body)
    before = len(said(database))
    take_inbound(database, "memory", text, now=now)
    answer_waiting(database, gateway="memory", now=now)
    return [message.text or "" for message in said(database)[before:]]


def agreed(database: Database, line: Line) -> set[Purpose]:
    with database.reading() as session:
        return {
            purpose
            for purpose, word in standing(session, line.id).items()
            if word.action is ConsentAction.GRANTED
        }


def inbox(database: Database) -> list[InboundText]:
    with database.reading() as session:
        return list(session.scalars(select(InboundText).order_by(InboundText.id)))


def test_tc_by_zalo_withdraws_everything_and_is_confirmed_once(
    database: Database, line: Line
) -> None:
    assert write(database, "Từ chối") == ["texts_stopped"]
    assert write(database, "TC") == []
    assert agreed(database, line) == set()
    with database.reading() as session:
        words = standing(session, line.id).values()
    assert {word.method for word in words} == {ConsentMethod.ZALO}


def test_an_answer_goes_back_by_the_account_that_was_written_to(
    database: Database, line: Line
) -> None:
    write(database, "TG")
    answer = said(database)[-1]
    assert (answer.channel, answer.gateway) == (Channel.ZALO, ACCOUNT)
    assert (answer.user_id, answer.to) == (AN, "")
    assert answer.line_id == line.id
    assert answer.kind is MessageKind.REPLY
    assert answer.tariff_kind == "zalo_reply"
    assert answer.template is None
    assert answer.purpose is None
    assert answer.valid_until == NOW + FREE_FOR


def test_dk_by_zalo_agrees_again_and_to_zalo_as_well(
    database: Database, line: Line
) -> None:
    write(database, "TC")
    assert write(database, "Đăng ký") == ["texts_started"]
    expected = {Purpose.NOTICES, Purpose.PENSION, Purpose.BILLING}
    assert agreed(database, line) == expected
    assert word_on_zalo(database, line) is ConsentAction.GRANTED


def test_dk_by_sms_says_nothing_of_zalo(database: Database, line: Line) -> None:
    text_us(database, "TC")
    assert len(text_us(database, "DK")) == 1
    with database.reading() as session:
        words = standing(session, line.id)
    assert words[Purpose.NOTICES].method is ConsentMethod.SMS_KEYWORD


def test_tc_by_zalo_after_tc_by_sms_is_not_confirmed_again(
    database: Database, line: Line
) -> None:
    assert len(text_us(database, "TC")) == 1
    assert write(database, "TC") == []


def test_a_word_we_do_not_know_reaches_the_wards_inbox(
    database: Database, line: Line
) -> None:
    assert write(database, "Bao giờ có lương hưu?") == ["keyword_help"]
    assert write(database, "Alo?") == []
    texts = inbox(database)
    assert [text.channel for text in texts] == [Channel.ZALO, Channel.ZALO]
    assert {text.ward_id for text in texts} == {line.ward_id}
    assert {text.sender for text in texts} == {AN}


def test_the_days_limit_holds_over_both_channels(
    database: Database, line: Line
) -> None:
    for _ in range(ANSWERS_A_DAY - 2):
        assert write(database, "TG") == ["keyword_help"]
    assert len(text_us(database, "TG")) == 1
    assert write(database, "TG") == ["keyword_help"]
    assert text_us(database, "TG") == write(database, "TG") == []
    assert write(database, "TC") == []
    assert agreed(database, line) == set()


def test_the_same_text_twice_is_read_once(database: Database, line: Line) -> None:
    text = Inbound(provider_id="Z1", sender=AN, to=OA, text="TG", channel=Channel.ZALO)
    taken = [take_inbound(database, ACCOUNT, text, now=NOW) for _ in range(2)]
    assert taken == [True, False]
    assert answer_waiting(database, gateway="memory", now=NOW) == 1


def test_a_text_read_after_two_days_is_obeyed_and_not_answered(
    database: Database, line: Line
) -> None:
    text = Inbound(provider_id="Z1", sender=AN, to=OA, text="TC", channel=Channel.ZALO)
    take_inbound(database, ACCOUNT, text, now=NOW)
    before = len(said(database))
    answer_waiting(database, gateway="memory", now=NOW + FREE_FOR)
    assert len(said(database)) == before
    assert agreed(database, line) == set()


def test_writing_opens_the_time_for_free_answers(
    database: Database, line: Line
) -> None:
    assert contact(database).last_wrote_at is None
    write(database, "TG", now=NOW + DAY)
    assert contact(database).last_wrote_at == NOW + DAY


def test_who_is_not_linked_is_asked_and_then_reminded_once_a_day(
    database: Database, line: Line
) -> None:
    assert write(database, "TC", user_id=BINH) == ["zalo_welcome"]
    assert write(database, "DK", user_id=BINH) == []
    later = NOW + DAY
    assert write(database, "DK", user_id=BINH, now=later) == ["zalo_not_linked"]
    assert agreed(database, line) == set(Purpose)


def test_who_shared_a_number_of_no_household_is_told_so(
    database: Database, line: Line
) -> None:
    share(database, "+84987654321", user_id=BINH)
    assert write(database, "DK", user_id=BINH) == ["zalo_no_line"]


def test_a_text_that_comes_before_the_following_is_kept(
    database: Database, line: Line
) -> None:
    write(database, "xin chào", user_id=BINH)
    assert not contact(database, BINH).is_following
    assert follow(database, BINH) == []
    assert contact(database, BINH).is_following


def test_wards_that_share_an_account_do_not_see_each_others_strangers(
    database: Database, line: Line
) -> None:
    with database.writing() as session:
        uses_zalo(session, a_ward(session, name="Phường Láng").id)
    assert write(database, "alo", user_id=BINH) == ["zalo_welcome"]
    assert write(database, "alo") == ["keyword_help"]
    assert [text.ward_id for text in inbox(database)] == [None, line.ward_id]


def test_a_withdrawal_is_for_the_phone_in_every_ward_of_the_account(
    database: Database, line: Line
) -> None:
    with database.writing() as session:
        other: Ward = a_ward(session, name="Phường Láng")
        uses_zalo(session, other.id)
        home = a_household(session, in_group=a_group(session, other), with_phone=PHONE)
        [second] = lines_of(session, home)
    assert write(database, "TC") == ["texts_stopped"]
    assert agreed(database, line) == agreed(database, second) == set()


def test_a_text_to_an_account_of_no_ward_is_kept(database: Database) -> None:
    assert write(database, "TC") == []
    [kept] = inbox(database)
    assert (kept.ward_id, kept.interpreted_at) == (None, NOW)
