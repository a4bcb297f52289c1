"""Wireshark finds no fault in what we write, and finds one where there is one."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.ports import Verdict
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway
from tests.broadcaster.gateways.smpp.tap import IN, OUT, Frame, Tap, faults, judge, tap
from tests.smsc import RECEIPT, Smsc
from tests.telco import until

PLAIN = "Thong bao: [1] 5€ tai@nha"
ACCENTED = "Sáng mai trả lương hưu tại nhà văn hóa tổ 5."
LONG = "Thong bao so 1234567890 " * 9
LONG_ACCENTED = "Ngày mai cắt điện từ 8 giờ đến 11 giờ. " * 4
WAYS = ("udh", "sar", "payload")
SUBMIT, SUBMIT_RESP, DELIVER_RESP = "0x00000004", "0x80000004", "0x80000005"
EVERY_REQUEST = {"0x00000009", SUBMIT, "0x00000006", "0x00000015"}
EVERY_ANSWER = {DELIVER_RESP, "0x80000015", "0x80000000"}


@pytest.fixture
def wire(centre: Smsc) -> Iterator[Tap]:
    with tap(centre.port) as running:
        yield running


def talk(wire: Tap, centre: Smsc, way: str) -> None:
    """Say over one line everything that we ever say."""
    listener = Listener()
    gateway = a_gateway(wire.port, long_texts=way, enquire_link_s="0.3")
    gateway.listen(listener.hear)
    centre.script(receipts="after")
    until_then = dt.datetime(2026, 12, 24, 7, 30, tzinfo=dt.UTC)
    for words in (PLAIN, ACCENTED, LONG, LONG_ACCENTED):
        text = replace(a_submission(body=words), valid_until=until_then)
        assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    listener.receipts(4)
    listener.refuses = 1
    centre.answer_to(centre.deliver(b"id:5 stat:DELIVRD", esm_class=RECEIPT))
    centre.answer_to(centre.deliver(ACCENTED.encode("utf-16-be"), data_coding=8))
    centre.enquire()
    centre.write(bytes.fromhex("00000010000001230000000000000009"))
    until(lambda: {_id_of(frame) for frame in wire.frames} >= EVERY_ANSWER)
    until(lambda: "0x00000015" in {_id_of(f) for f in wire.frames if f.way == OUT})
    gateway.hang_up()


def _id_of(frame: Frame) -> str:
    return f"0x{frame.octets[4:8].hex()}"


@pytest.mark.parametrize("way", WAYS)
def test_wireshark_reads_every_frame_of_ours(
    wire: Tap, centre: Smsc, tmp_path: Path, way: str
) -> None:
    talk(wire, centre, way)
    ours = [frame for frame in wire.frames if frame.way == OUT]
    read = judge(ours, tmp_path)
    assert len(read) == len(ours)
    assert faults(read) == []
    said = Counter(packet["smpp.command_id"][0] for packet in read)
    assert set(said) == EVERY_REQUEST | EVERY_ANSWER
    assert said[SUBMIT] == (4 if way == "payload" else 2 + 2 + 3)


def test_wireshark_reads_the_whole_talk(
    wire: Tap, centre: Smsc, tmp_path: Path
) -> None:
    talk(wire, centre, "udh")
    # the one frame of theirs that no specification has was ours to plant
    known = [f for f in wire.frames if _id_of(f) != "0x00000123"]
    assert {frame.way for frame in known} == {OUT, IN}
    assert faults(judge(known, tmp_path)) == []


def test_wireshark_reads_the_words_that_were_meant(
    wire: Tap, centre: Smsc, tmp_path: Path
) -> None:
    talk(wire, centre, "sar")
    read = judge([f for f in wire.frames if _id_of(f) == SUBMIT], tmp_path)
    words = [packet["smpp.message_text"][0] for packet in read]
    assert words[:2] == [PLAIN, ACCENTED]
    assert "".join(words[2:4]) == LONG
    assert "".join(words[4:]) == LONG_ACCENTED
    places = [packet.get("smpp.sar_segment_seqnum", [""])[0] for packet in read]
    assert places == ["", "", "1", "2", "1", "2", "3"]


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_frame_that_says_more_than_it_has_is_found(
    wire: Tap, centre: Smsc, tmp_path: Path, cut: int
) -> None:
    talk(wire, centre, "udh")
    good = next(frame for frame in wire.frames if _id_of(frame) == SUBMIT)
    length = len(good.octets) - cut
    planted = length.to_bytes(4, "big") + good.octets[4:-cut]
    read = judge([good, replace(good, octets=planted), good], tmp_path)
    assert [fault[:2] for fault in faults(read)] == ["2:"]
