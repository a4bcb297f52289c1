"""One notice, one row for each line, whichever channel it ends up in."""

import datetime as dt

import pytest

from broadcaster.ports import Blame, Channel, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.fallbacks import FallBack
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane, Topic
from broadcaster.store.tables.zalo import OverQuota
from subscriptions.tables.households import (
    Household,
    Line,
    Relation,
    Resident,
    Subscription,
)
from subscriptions.tables.places import Ward
from tests.broadcaster.services.two_channels import (
    HOMES,
    TwoChannels,
    by_channel,
    refusing,
    two_channels,
)
from tests.builders.announcements import GATEWAY
from tests.builders.messages import a_text
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, follows, lacks

MINUTE = dt.timedelta(minutes=1)
HOUR_S = 3_600.0


@pytest.fixture
def place(database: Database) -> TwoChannels:
    return two_channels(database, NOW)


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


def test_a_shared_phone_is_told_in_its_holders_name(place: TwoChannels) -> None:
    with place.database.writing() as session:
        relative, holder = session.query(Resident).order_by(Resident.id).limit(2)
        shared = session.query(Subscription).filter_by(resident_id=relative.id).one()
        shared.relation, shared.pays = Relation.RELATIVE, True
        session.add(
            Subscription(
                ward_id=shared.ward_id,
                line_id=shared.line_id,
                resident_id=holder.id,
                relation=Relation.OWN,
                pays=False,
                first_month=shared.first_month,
                created_at=NOW,
            )
        )
        line = session.get_one(Line, shared.line_id).e164
        name = holder.full_name
    place.announce()
    place.send()
    [told] = [text for text in place.zalo.sent if text.to == line]
    assert told.template_data["ten"] == name


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


def test_what_fits_nowhere_ends_and_holds_nobody_up(place: TwoChannels) -> None:
    with place.database.writing() as session:
        ward = session.get_one(Ward, place.staffed.ward.id)
        template = {"template_id": MEETING, "data": {"ten": "x" * 99}}
        a_text(
            session,
            ward,
            to="",
            user_id="u1",
            channel=Channel.ZALO,
            gateway=ACCOUNT,
            template=template,
            pinned=True,
        )
    place.send()
    [message] = place.messages()
    assert (message.state, message.code) == (MessageState.REFUSED, "unfit")
    assert (message.encoding, message.segments) == ("ZALO", 1)


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
