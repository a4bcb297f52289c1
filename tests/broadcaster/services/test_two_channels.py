"""One notice, one row for each line, whichever channel it ends up in."""

import datetime as dt

import pytest

from broadcaster.ports import Blame, Channel, ReceiptStatus, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.falling_back import fall_back_silent, fall_back_stranded
from broadcaster.store.fallbacks import FallBack
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane, Topic
from broadcaster.store.tables.zalo import OverQuota
from subscriptions.tables.households import Household, Resident
from tests.broadcaster.services.two_channels import (
    HOMES,
    TwoChannels,
    refusing,
    two_channels,
)
from tests.builders.announcements import GATEWAY
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, follows, lacks

MINUTE = dt.timedelta(minutes=1)
HOUR_S = 3_600.0


@pytest.fixture
def place(database: Database) -> TwoChannels:
    return two_channels(database, NOW)


def by_channel(place: TwoChannels) -> dict[str, int]:
    found: dict[str, int] = {}
    for message in place.messages():
        found[message.channel] = found.get(message.channel, 0) + 1
    return found


def test_each_line_gets_the_channel_that_reaches_it(place: TwoChannels) -> None:
    lines = place.lines()
    with place.database.writing() as session:
        lacks(session, lines[0])
        follows(session, lines[1], ward_id=place.staffed.ward.id)
    place.announce()
    place.send()
    messages = {message.line_id: message for message in place.messages()}
    assert len(messages) == HOMES == len(place.zalo.sent) + len(place.sms.sent)
    assert (messages[lines[0]].channel, messages[lines[0]].gateway) == (
        Channel.SMS,
        GATEWAY,
    )
    assert messages[lines[1]].tariff_kind == f"{MEETING}/user"
    assert messages[lines[2]].tariff_kind == MEETING
    assert {m.state for m in messages.values()} == {MessageState.ACCEPTED}
    by_user = [text for text in place.zalo.sent if text.user_id]
    assert [text.user_id for text in by_user] == [f"u{lines[1]}"]


def test_each_person_is_named_in_their_own_template(place: TwoChannels) -> None:
    place.announce()
    place.send()
    names = {text.template_data["ten"] for text in place.zalo.sent}
    with place.database.reading() as session:
        heads = {resident.full_name for resident in session.query(Resident)}
    assert names <= heads
    assert {text.template_id for text in place.zalo.sent} == {MEETING}
    assert {text.template_data["noi_dung"] for text in place.zalo.sent} == {
        "họp tổ dân phố"
    }


def test_a_name_too_long_for_its_blank_goes_by_sms_uncut(place: TwoChannels) -> None:
    with place.database.writing() as session:
        person = session.query(Resident).join(Household).first()
        assert person is not None
        person.full_name = "Nguyễn Phúc " + "Hoàng " * 6
    place.announce()
    place.send()
    assert by_channel(place) == {"zalo": HOMES - 1, "sms": 1}
    [leg] = place.legs()
    assert (leg.why, leg.usage_day) == (FallBack.UNFIT, None)
    assert len(place.sms.sent) == 1


@pytest.mark.parametrize(
    ("blame", "why"),
    [
        (Blame.NO_ACCOUNT, FallBack.NO_ACCOUNT),
        (Blame.OPTED_OUT, FallBack.OPTED_OUT),
        (Blame.OURS, FallBack.REFUSED),
    ],
)
def test_who_zalo_cannot_tell_is_told_by_sms_at_once(
    place: TwoChannels, blame: Blame, why: FallBack
) -> None:
    place.zalo.script = refusing(Verdict.ELSEWHERE, blame=blame)
    place.announce()
    place.send()
    assert by_channel(place) == {"sms": HOMES}
    assert place.zalo.sent == []
    assert len({text.to for text in place.sms.sent}) == HOMES
    assert {m.state for m in place.messages()} == {MessageState.ACCEPTED}
    assert {m.tariff_kind for m in place.messages()} == {"care"}
    assert {(leg.why, leg.code, leg.state) for leg in place.legs()} == {
        (why, "-118", MessageState.REFUSED)
    }


def test_who_has_no_zalo_is_not_asked_a_second_time(place: TwoChannels) -> None:
    place.zalo.script = refusing(Verdict.ELSEWHERE, blame=Blame.NO_ACCOUNT)
    place.announce()
    place.send()
    place.zalo.script = lambda _text: None
    place.announce()
    assert [m.channel for m in place.messages()[HOMES:]] == [Channel.SMS] * HOMES


def test_who_refused_zalo_keeps_the_texts_they_agreed_to(place: TwoChannels) -> None:
    place.zalo.script = refusing(Verdict.ELSEWHERE, blame=Blame.OPTED_OUT)
    place.announce()
    place.send()
    assert {m.state for m in place.messages()} == {MessageState.ACCEPTED}
    place.announce()
    assert [m.channel for m in place.messages()[HOMES:]] == [Channel.SMS] * HOMES


def test_a_user_id_that_is_no_good_is_tried_by_phone_first(place: TwoChannels) -> None:
    with place.database.writing() as session:
        for line in place.lines():
            follows(session, line, ward_id=place.staffed.ward.id)
    place.zalo.script = refusing(
        Verdict.ELSEWHERE,
        code="-213",
        blame=Blame.NO_ACCOUNT,
        only=lambda text: text.user_id is not None,
    )
    place.announce()
    place.send()
    assert by_channel(place) == {"zalo": HOMES}
    assert {m.tariff_kind for m in place.messages()} == {MEETING}
    assert len(place.zalo.sent) == HOMES
    assert place.legs() == []
    place.announce()
    assert {m.channel for m in place.messages()} == {Channel.ZALO}


def test_over_quota_falls_back_where_the_ward_chose_so(place: TwoChannels) -> None:
    left = [2]

    def quota_left(_text: object) -> bool:
        left[0] -= 1
        return left[0] < 0

    place.zalo.script = refusing(
        Verdict.OVER_QUOTA, code="-144", retry_after=9 * HOUR_S, only=quota_left
    )
    place.announce()
    place.send()
    assert by_channel(place) == {"zalo": 2, "sms": HOMES - 2}
    assert {leg.why for leg in place.legs()} == {FallBack.OVER_QUOTA}
    assert len(place.sms.sent) == HOMES - 2


def test_over_quota_waits_for_tomorrow_where_the_ward_chose_so(
    place: TwoChannels,
) -> None:
    place.rules(over_quota=OverQuota.SPREAD)
    place.zalo.script = refusing(
        Verdict.OVER_QUOTA, code="-144", retry_after=9 * HOUR_S
    )
    place.announce()
    place.send()
    waiting = place.messages()
    assert {(m.channel, m.state, m.attempts) for m in waiting} == {
        (Channel.ZALO, MessageState.QUEUED, 0)
    }
    opens = NOW + dt.timedelta(seconds=9 * HOUR_S)
    assert all(opens <= m.due_at <= opens + dt.timedelta(hours=1) for m in waiting)
    assert place.sms.sent == []


def test_what_would_be_too_late_tomorrow_falls_back_today(place: TwoChannels) -> None:
    place.rules(over_quota=OverQuota.SPREAD)
    place.zalo.script = refusing(
        Verdict.OVER_QUOTA, code="-144", retry_after=9 * HOUR_S
    )
    place.announce(valid_until=NOW + dt.timedelta(hours=2))
    place.send()
    assert by_channel(place) == {"sms": HOMES}


def test_at_night_a_notice_waits_for_the_morning(place: TwoChannels) -> None:
    place.zalo.script = refusing(Verdict.NIGHT, code="-133", retry_after=HOUR_S)
    place.announce()
    place.send()
    assert {m.channel for m in place.messages()} == {Channel.ZALO}
    assert {m.state for m in place.messages()} == {MessageState.QUEUED}
    assert place.sms.sent == []


def test_at_night_what_is_urgent_goes_by_sms(place: TwoChannels) -> None:
    place.zalo.script = refusing(Verdict.NIGHT, code="-133", retry_after=HOUR_S)
    place.announce(lane=Lane.EMERGENCY)
    place.send()
    assert by_channel(place) == {"sms": HOMES}


def test_an_emergency_is_an_sms_from_the_beginning(place: TwoChannels) -> None:
    place.announce(topic=Topic.EMERGENCY)
    assert by_channel(place) == {"sms": HOMES}


def silent(place: TwoChannels) -> int:
    gateways = {ACCOUNT: place.zalo}
    return fall_back_silent(
        place.database, gateways, route=(GATEWAY,), now=place.clock.now()
    )


def test_without_a_receipt_in_time_the_sms_follows_once(place: TwoChannels) -> None:
    place.rules(minutes=10)
    place.announce()
    place.send()
    place.clock.turn(minutes=9)
    assert silent(place) == 0
    arrived = place.messages()[0]
    place.report(arrived, ReceiptStatus.DELIVERED)
    place.clock.turn(minutes=2)
    assert silent(place) == HOMES - 1
    assert silent(place) == 0
    place.send()
    assert len(place.sms.sent) == HOMES - 1
    assert arrived.to not in {text.to for text in place.sms.sent}
    legs = place.legs()
    assert {(leg.why, leg.state) for leg in legs} == {
        (FallBack.NO_RECEIPT, MessageState.ACCEPTED)
    }
    assert {leg.usage_day for leg in legs} == {NOW.date()}


def test_a_topic_without_a_time_waits_for_its_receipts(place: TwoChannels) -> None:
    place.announce()
    place.send()
    place.clock.turn(hours=30)
    assert silent(place) == 0
    assert by_channel(place) == {"zalo": HOMES}


def test_what_zalo_cannot_be_asked_about_is_not_told_twice(place: TwoChannels) -> None:
    place.rules(minutes=10)
    place.announce()
    place.send()
    place.zalo.sent.clear()  # its records are gone: it knows none of them
    place.clock.turn(minutes=20)
    assert silent(place) == 0
    assert by_channel(place) == {"zalo": HOMES}


def test_a_receipt_before_the_sms_has_begun_makes_it_needless(
    place: TwoChannels,
) -> None:
    place.rules(minutes=10)
    place.announce()
    place.send()
    place.clock.turn(minutes=11)
    assert silent(place) == HOMES
    place.report(place.legs()[0], ReceiptStatus.DELIVERED)
    assert len(place.legs()) == HOMES - 1
    place.send()
    assert len(place.sms.sent) == HOMES - 1
    states = [(m.channel, m.state) for m in place.messages()]
    assert states.count((Channel.ZALO, MessageState.DELIVERED)) == 1
    assert states.count((Channel.SMS, MessageState.ACCEPTED)) == HOMES - 1


def test_a_receipt_after_the_sms_has_left_is_kept_with_its_leg(
    place: TwoChannels,
) -> None:
    place.rules(minutes=10)
    place.announce()
    place.send()
    place.clock.turn(minutes=11)
    silent(place)
    place.send()
    leg = place.legs()[0]
    for status in (ReceiptStatus.DELIVERED, ReceiptStatus.ACCEPTED):
        place.report(leg, status)
    assert place.legs()[0].state is MessageState.DELIVERED
    assert {m.channel for m in place.messages()} == {Channel.SMS}


def stranded(place: TwoChannels, *sending: str) -> int:
    return fall_back_stranded(
        place.database, sending=sending, route=(GATEWAY,), now=place.clock.now()
    )


def test_what_waits_for_an_account_that_is_gone_goes_by_sms(place: TwoChannels) -> None:
    place.announce()
    assert stranded(place, ACCOUNT) == 0
    assert stranded(place) == HOMES
    place.send()
    assert len(place.sms.sent) == HOMES
    assert {leg.why for leg in place.legs()} == {FallBack.GATEWAY_DOWN}
