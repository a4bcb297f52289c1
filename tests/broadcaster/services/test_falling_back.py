"""The SMS that follows a Zalo message, and the receipts that come too late for it."""

import pytest

from broadcaster.ports import Channel, ReceiptStatus
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.falling_back import fall_back_silent, fall_back_stranded
from broadcaster.store.fallbacks import FallBack
from broadcaster.store.session import Database
from tests.broadcaster.services.two_channels import (
    HOMES,
    TwoChannels,
    by_channel,
    two_channels,
)
from tests.builders.announcements import GATEWAY
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT


@pytest.fixture
def place(database: Database) -> TwoChannels:
    return two_channels(database, NOW)


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
