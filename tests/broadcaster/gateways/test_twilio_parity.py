"""What our engine sends for Twilio is what Twilio's own package sends."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from twilio.rest import Client

from broadcaster.gateways.twilio_http import Wire
from broadcaster.ports import Submission
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.raw_peer import RawPeer, raw_peer
from tests.broadcaster.gateways.twilio_ends import PUBLIC_URL, a_gateway
from tests.telco import ACCOUNT, TOKEN

SAME_HEADERS = {"authorization", "content-type", "accept", "accept-charset", "host"}
TEXTS = {
    "plain": "Thong bao: 7h30 ngay 12/10 tra luong huu tai nha van hoa to 5.",
    "accents": "Thông báo: họp tổ dân phố 19h, đề nghị đến đúng giờ.",
    "decomposed": "Tho\u0302ng ba\u0301o",
    "emoji": "Chúc mừng năm mới 🎉👩‍👩‍👧",
    "form signs": "a=1&b=2+3 100% c;d #e ?f /g @h :i ,j 'k' \"l\" <m> [n] {o} |p|",
    "other signs": "\\q ^ ` ~ - _ . * ! ( ) $ = & + %",
    "newlines": "mot\nhai\r\nba\tbon\n",
    "blanks": "  hai  dau  cach  ",
    "long": "đ" * 1_600,
    "controls": "\x00\x01\x7f",
    "one": "x",
}
PHONES_AND_SENDERS = [
    ("+84912345678", "PHOASUA"),
    ("+84912345678", "P. Hoa Sua&Co"),
    ("+14155550100", "+84987654321"),
]


@pytest.fixture(scope="module")
def recorder() -> Iterator[RawPeer]:
    with raw_peer() as peer:
        yield peer


def by_the_package(base_url: str, text: Submission, *, seconds: int | None) -> None:
    wire = Wire(base_url, connections=1)
    client = Client(ACCOUNT, TOKEN, http_client=wire)
    words = {} if seconds is None else {"validity_period": seconds}
    callback = f"{PUBLIC_URL}/callbacks/twilio/status/{text.reference}"
    try:
        client.messages.create(
            to=text.to,
            from_=text.sender,
            body=text.text,
            status_callback=callback,
            **words,
        )
    except ValueError:
        pass  # the recorder's answer is no message; what was asked is what counts
    finally:
        wire.close()


def read(raw: bytes) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert int(headers["content-length"]) == len(body)
    form = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    same = {name: headers[name] for name in SAME_HEADERS}
    return first, same, sorted(form)


@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("minutes", [None, 30, 60 * 48])
def test_a_text_is_sent_as_the_package_sends_it(
    recorder: RawPeer, body: str, minutes: int | None
) -> None:
    text = replace(a_submission(), text=body)
    seconds = None
    if minutes is not None:
        until = text.submitted_at + dt.timedelta(minutes=minutes)
        text, seconds = replace(text, valid_until=until), min(minutes * 60, 36_000)
    assert both_ways(recorder, text, seconds=seconds) == 2


@pytest.mark.parametrize(("to", "sender"), PHONES_AND_SENDERS)
def test_a_sender_is_written_as_the_package_writes_it(
    recorder: RawPeer, to: str, sender: str
) -> None:
    text = replace(a_submission(), to=to, sender=sender)
    assert both_ways(recorder, text, seconds=None) == 2


def both_ways(recorder: RawPeer, text: Submission, *, seconds: int | None) -> int:
    """Send it by the package and by our gateway; return how many requests came."""
    recorder.requests.clear()
    base_url = recorder.url.removesuffix("/texts")
    by_the_package(base_url, text, seconds=seconds)
    submit_one(a_gateway(base_url), text)
    theirs, ours = (read(raw) for raw in recorder.requests)
    assert ours == theirs
    return len(recorder.requests)
