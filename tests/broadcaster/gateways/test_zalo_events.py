"""Zalo's webhooks as its pages publish them: who signed them, and what they say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcaster.errors import InputError
from broadcaster.ports import (
    AccountChanged,
    Callback,
    Channel,
    Event,
    Followed,
    Inbound,
    Receipt,
    ReceiptStatus,
    SharedPhone,
)
from tests.broadcaster.gateways.zalo_ends import a_gateway, posted
from tests.telco import ZALO_APP_ID, ZALO_OA_ID, ZALO_OA_SECRET, ZALO_SECRET

PAYLOADS = Path(__file__).parents[2] / "data" / "zalo"
PERSON = "2512523625412515"
OA = "579745863508352884"


def published(name: str) -> dict[str, Any]:
    return dict(json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")))


def read(event: dict[str, Any]) -> Event | None:
    return a_gateway(None).read_event(posted(event))


@pytest.mark.parametrize(
    ("name", "event"),
    [
        (
            "event_delivered",
            Receipt(
                reference="0198a3f2-7c1e-7a52-b3ee-11d2a8c7f001",
                provider_id="a0f4cf5a7c1f8f41d60e",
                status=ReceiptStatus.DELIVERED,
                raw_status="delivery_time",
            ),
        ),
        ("event_chat_received", None),
        ("event_seen", None),
        (
            "event_text",
            Inbound(
                provider_id="96d3cdf3af150460909",
                sender=PERSON,
                to=OA,
                text="TC",
                channel=Channel.ZALO,
            ),
        ),
        ("event_follow", Followed(user_id=PERSON, account=OA, is_following=True)),
        ("event_unfollow", Followed(user_id=PERSON, account=OA, is_following=False)),
        (
            "event_shared",
            SharedPhone(
                user_id=PERSON,
                account=OA,
                e164="+84987654321",
                full_name="Trần Thị Mẫu",
            ),
        ),
        (
            "event_template_status",
            AccountChanged(account=OA, what="change_template_status"),
        ),
        (
            "event_template_quality",
            AccountChanged(account=OA, what="change_template_quality"),
        ),
        ("event_quota", AccountChanged(account=OA, what="change_oa_daily_quota")),
    ],
)
def test_a_published_event_reads(name: str, event: Event | None) -> None:
    assert read(published(name)) == event


def test_by_user_id_a_delivery_names_zalos_id_alone() -> None:
    event = published("event_delivered")
    del event["message"]["tracking_id"]
    receipt = read(event)
    assert isinstance(receipt, Receipt)
    assert (receipt.reference, receipt.provider_id) == (None, "a0f4cf5a7c1f8f41d60e")


@pytest.mark.parametrize("tracking_id", ["", "another-system-17", 5])
def test_a_reference_that_is_not_ours_is_none(tracking_id: object) -> None:
    event = published("event_delivered")
    event["message"]["tracking_id"] = tracking_id
    receipt = read(event)
    assert isinstance(receipt, Receipt)
    assert receipt.reference is None


@pytest.mark.parametrize(
    ("phone", "e164"),
    [
        (84987654321, "+84987654321"),
        ("84987654321", "+84987654321"),
        ("0987654321", "+84987654321"),
        ("+84 987 654 321", "+84987654321"),
    ],
)
def test_a_shared_number_reads_as_people_and_zalo_write_it(
    phone: object, e164: str
) -> None:
    event = published("event_shared")
    event["info"]["phone"] = phone
    shared = read(event)
    assert isinstance(shared, SharedPhone)
    assert shared.e164 == e164


@pytest.mark.parametrize("phone", ["", None, "đã đổi", "19001234", True])
def test_a_shared_number_that_is_none_is_refused(phone: object) -> None:
    event = published("event_shared")
    event["info"]["phone"] = phone
    with pytest.raises(InputError):
        read(event)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"app_id": "1"}',
        b'{"event_name": "user_send_text"}',
        b'{"event_name": "user_received_message", "message": []}',
        b'{"event_name": "follow", "oa_id": "1", "follower": {"id": ""}}',
        b'{"event_name": "user_received_message", "message": {"msg_id": true}}',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(body: bytes) -> None:
    gateway = a_gateway(None)
    callback = Callback(url="", headers={}, form={}, body=body)
    assert not gateway.verify(callback)
    with pytest.raises(InputError):
        gateway.read_event(callback)


@pytest.mark.parametrize(
    ("way", "word", "secret"),
    [
        ("oa_secret/app_id", ZALO_APP_ID, ZALO_OA_SECRET),
        ("oa_secret/oa_id", ZALO_OA_ID, ZALO_OA_SECRET),
        ("app_secret/app_id", ZALO_APP_ID, ZALO_SECRET),
        ("app_secret/oa_id", ZALO_OA_ID, ZALO_SECRET),
    ],
)
@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_every_documented_way_of_signing_is_believed_and_counted(
    way: str, word: str, secret: str, prefix: str
) -> None:
    gateway = a_gateway(None)
    event = published("event_text")
    callback = posted(event, word=word, secret=secret, prefix=prefix)
    assert gateway.verify(callback)
    assert gateway.signatures.matched == {way: 1}


def test_the_signature_is_over_the_body_byte_for_byte() -> None:
    gateway = a_gateway(None)
    callback = posted(published("event_shared"))
    same = json.dumps(
        json.loads(callback.body)
    ).encode()  # letters escaped: other bytes
    assert gateway.verify(callback)
    assert not gateway.verify(replace(callback, body=same))


def test_a_timestamp_is_signed_too() -> None:
    gateway = a_gateway(None)
    callback = posted(published("event_text"))
    later = callback.body.replace(b"1602560967477", b"1602560967478")
    assert later != callback.body
    assert not gateway.verify(replace(callback, body=later))


def test_an_unknown_event_is_nothing_for_us() -> None:
    assert read({"event_name": "user_send_sticker", "sender": {"id": "1"}}) is None


def test_a_report_is_no_text_and_a_text_no_report() -> None:
    gateway = a_gateway(None)
    with pytest.raises(InputError):
        gateway.read_receipt(posted(published("event_text")))
    with pytest.raises(InputError):
        gateway.read_inbound(posted(published("event_delivered")))
