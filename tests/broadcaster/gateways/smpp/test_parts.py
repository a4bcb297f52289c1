"""A long text is one text to the resident, by whichever way the route likes it."""

import datetime as dt
from dataclasses import replace

import pytest

from broadcaster.gateways.smpp.options import Account, read_account
from broadcaster.gateways.smpp.parts import Fields, UnsendableError, parts_of
from broadcaster.ports import GatewaySettings, Submission
from tests.broadcaster.gateways.peers import a_submission

PLAIN = "Thong bao {so} ".replace("{so}", "0123456789") * 20
ACCENTED = "Sáng mai trả lương hưu tại nhà văn hóa tổ 5. " * 10
BRACKETS = "[" * 200


def an_account(**options: str) -> Account:
    usual = {"host": "127.0.0.1", "system_id": "loa", "password": "secret"}
    return read_account(
        GatewaySettings(name="smpp", public_url="", demo=False, options=usual | options)
    )


def parts(words: str, **options: str) -> list[Fields]:
    return parts_of(a_submission(7, body=words), an_account(**options))


def test_a_short_text_is_one_request_with_a_receipt() -> None:
    [part] = parts("Hop luc 7h30")
    assert part["short_message"] == b"Hop luc 7h30"
    assert (part["data_coding"], part["registered_delivery"]) == (0, 1)
    assert (part["source_addr"], part["source_addr_ton"]) == ("PHOASUA", 5)
    assert part["destination_addr"].startswith("8491")
    assert "esm_class" not in part


@pytest.mark.parametrize("words", [PLAIN, ACCENTED, BRACKETS])
def test_parts_by_header_say_which_they_are_and_make_up_the_text(words: str) -> None:
    made = parts(words)
    bodies = [part["short_message"] for part in made]
    total = len(made)
    assert total > 1
    headers = [bytes([5, 0, 3, 7, total, place + 1]) for place in range(total)]
    assert [body[:6] for body in bodies] == headers
    assert {part["esm_class"] for part in made} == {0x40}
    joined = b"".join(body[6:] for body in bodies)
    is_ucs2 = made[0]["data_coding"] == 8
    escaped = words.replace("[", "\x1b<").encode("latin-1", "ignore")
    assert joined == (words.encode("utf-16-be") if is_ucs2 else escaped)
    assert max(map(len, bodies)) <= (140 if is_ucs2 else 159)


def test_parts_by_sar_say_it_in_parameters() -> None:
    made = parts(PLAIN, long_texts="sar")
    places = [
        (p["sar_msg_ref_num"], p["sar_total_segments"], p["sar_segment_seqnum"])
        for p in made
    ]
    assert places == [(7, len(made), place + 1) for place in range(len(made))]
    assert b"".join(part["short_message"] for part in made) == PLAIN.encode()
    assert not any("esm_class" in part for part in made)


def test_a_payload_is_the_whole_text_at_once() -> None:
    [part] = parts(ACCENTED, long_texts="payload")
    assert part["message_payload"] == ACCENTED.encode("utf-16-be")
    assert "short_message" not in part
    [short] = parts("Hop", long_texts="payload")
    assert short["short_message"] == b"Hop"


@pytest.mark.parametrize("way", ["udh", "sar"])
def test_only_the_last_part_asks_for_a_receipt(way: str) -> None:
    asked = [part["registered_delivery"] for part in parts(PLAIN, long_texts=way)]
    assert asked == [0] * (len(asked) - 1) + [1]


def test_a_text_that_is_tried_again_has_the_same_reference() -> None:
    assert parts(PLAIN)[0]["short_message"] == parts(PLAIN)[0]["short_message"]


def test_what_a_latin1_route_has_not_goes_as_ucs2_in_parts_that_fit() -> None:
    made = parts("€" * 150, charset="latin1")
    assert {part["data_coding"] for part in made} == {8}
    assert [len(part["short_message"]) for part in made] == [140, 140, 6 + 2 * 16]
    [short] = parts("5 €", charset="latin1")
    assert short["short_message"] == "5 €".encode("utf-16-be")


@pytest.mark.parametrize(
    ("sender", "code"), [("PHƯỜNG", "sender"), ("A" * 21, "sender")]
)
def test_a_sender_that_does_not_fit_is_told(sender: str, code: str) -> None:
    text = replace(a_submission(), sender=sender)
    with pytest.raises(UnsendableError) as refused:
        parts_of(text, an_account())
    assert refused.value.code == code


@pytest.mark.parametrize("to", ["", "+84 912", "+८४912000001", "+" + "8" * 21])
def test_a_recipient_that_is_no_number_is_told(to: str) -> None:
    with pytest.raises(UnsendableError, match="recipient"):
        parts_of(replace(a_submission(), to=to), an_account())


def test_an_empty_text_and_one_without_end_are_refused() -> None:
    for words in ("", "a" * 153 * 256):
        with pytest.raises(UnsendableError, match="length"):
            parts(words)


def test_a_number_as_sender_is_written_as_one() -> None:
    text = replace(a_submission(), sender="+842412345678")
    [part] = parts_of(text, an_account())
    written = part["source_addr"], part["source_addr_ton"], part["source_addr_npi"]
    assert written == ("842412345678", 1, 1)


def _until(minutes: int) -> Submission:
    at = dt.datetime(2026, 11, 22, 20, 30, tzinfo=dt.UTC)
    until = at + dt.timedelta(minutes=minutes)
    return replace(a_submission(), submitted_at=at, valid_until=until)


@pytest.mark.parametrize(
    ("form", "minutes", "written"),
    [
        ("absolute", 90, "261122220000000+"),
        ("absolute", -5, "261122203100000+"),
        ("relative", 90, "000000013000000R"),
        ("relative", 60 * 24 * 33, "000103000000000R"),
    ],
)
def test_the_end_of_its_time_is_written_as_the_route_reads_it(
    form: str, minutes: int, written: str
) -> None:
    [part] = parts_of(_until(minutes), an_account(validity=form))
    assert part["validity_period"] == written


def test_a_route_without_validity_is_told_none() -> None:
    [part] = parts_of(_until(90), an_account(validity="none"))
    assert "validity_period" not in part
