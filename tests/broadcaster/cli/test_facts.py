"""`loa phone` and `loa segments` answer scripts in the form the reference states."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOA = Path(sys.executable).with_name("loa")


def _loa(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [LOA, *arguments], input=stdin, capture_output=True, check=False, timeout=60
    )


def test_phone_answers_one_object_for_each_number_in_its_order() -> None:
    ran = _loa("phone", "--json", "--", "01236030999", "O912345678", "-", "04.36577024")

    assert ran.returncode == 0
    answers = json.loads(ran.stdout)
    assert answers[0] == {
        "input": "01236030999",
        "e164": "+84836030999",
        "kind": "mobile",
        "sms": True,
        "repaired": True,
        "code": "migrated_2018",
        "help": "Số 11 chữ số đã đổi đầu số năm 2018, nay là 0836 030 999.",
    }
    assert answers[1] == {
        "input": "O912345678",
        "e164": None,
        "kind": "invalid",
        "sms": False,
        "repaired": False,
        "code": "letter_in_number",
        "help": "Có chữ O thay số 0: có phải 0912345678?",
    }
    assert [answer["code"] for answer in answers[2:]] == ["empty", "landline"]


@pytest.mark.parametrize("written", ["2016-05-01", "01/05/2016"])
def test_phone_asks_about_landlines_of_an_old_list(written: str) -> None:
    ran = _loa("phone", "--json", "--list-date", written, "--", "0838291234")

    (answer,) = json.loads(ran.stdout)
    assert (answer["code"], answer["sms"]) == ("ambiguous_old_landline", False)


def test_phone_prints_a_table_for_a_person() -> None:
    ran = _loa("phone", "--", "0912345678", "không có")

    header, good, bad = ran.stdout.decode().splitlines()
    assert header.split("  ")[0] == "Số đã nhập"
    assert "0912 345 678" in good
    assert "Trong ô không có số điện thoại." in bad


@pytest.mark.parametrize(
    "arguments",
    [
        ["phone", "--json"],
        ["phone", "--list-date", "hôm qua", "--", "0912345678"],
        ["phone", "--xml", "--", "0912345678"],
    ],
    ids=["no number", "no date", "no such option"],
)
def test_a_bad_call_says_what_is_wrong_and_ends_with_2(arguments: list[str]) -> None:
    ran = _loa(*arguments)

    assert ran.returncode == 2
    assert b"Error: " in ran.stderr
    assert ran.stdout == b""


def test_segments_answers_both_writings_of_the_text() -> None:
    ran = _loa("segments", "--json", stdin="Họp tổ 12…\n".encode())

    assert ran.returncode == 0
    assert json.loads(ran.stdout) == {
        "encoding": "UCS2",
        "units": 10,
        "segments": 1,
        "forcing": ["ọ", "ổ", "…"],
        "unaccented": {"text": "Hop to 12...", "segments": 1},
    }


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("a", 1),
        ("a\n", 1),
        ("a\r\n", 1),
        ("a\n\n", 2),
        ("a\r", 2),
        ("\ufeffa", 2),
        (" a ", 3),
        ("", 0),
    ],
)
def test_segments_drops_one_final_line_end_and_nothing_else(
    text: str, units: int
) -> None:
    ran = _loa("segments", "--json", stdin=text.encode())

    assert json.loads(ran.stdout)["units"] == units


def test_segments_names_invisible_characters_to_a_person() -> None:
    ran = _loa("segments", stdin="Ho so\u200b da xong".encode())

    assert "U+200B" in ran.stdout.decode()
    assert "Bỏ dấu còn:  1 tin" in ran.stdout.decode()


def test_segments_refuses_bytes_that_are_no_text() -> None:
    ran = _loa("segments", "--json", stdin=b"Hop \xff to")

    assert ran.returncode == 2
    assert b"not UTF-8 (byte 4)" in ran.stderr


def test_segments_without_a_standard_input_says_so() -> None:
    ran = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" segments --json <&-', LOA],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 2
    assert ran.stdout == b""
    assert ran.stderr.endswith(b"Error: there is no standard input\n")
