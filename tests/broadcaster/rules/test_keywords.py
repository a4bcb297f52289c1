"""Residents type as they like; a question is never taken for a withdrawal."""

import pytest

from broadcaster.rules.keywords import Keyword, read_keyword


@pytest.mark.parametrize(
    "text",
    [
        "TC",
        "tc",
        " Tc. ",
        "T C",
        "t.c!",
        "TU CHOI",
        "từ chối",
        "Tu\u031b\u0300 cho\u0302\u0301i",
        "TỪ  CHỐI",
        "tuchoi",
        "HUY",
        "Hủy",
        "huỷ",
        "hủy đăng ký",
        "STOP",
        "Stop please",
        "NO",
        "no.",
        "TC nhé",
        "Từ chối nhận tin",
        "Từ chối nhận tin nhắn",
        "tu choi nhe",
        "hủy đăng kí",
        "tõ chèi",
        "töø choái",
    ],
)
def test_every_way_to_say_no_is_a_no(text: str) -> None:
    assert read_keyword(text) is Keyword.STOP


@pytest.mark.parametrize("text", ["DK", "đk", "Đ K", "Đăng ký", "dang ky", "đăng kí"])
def test_who_wants_texts_is_understood(text: str) -> None:
    assert read_keyword(text) is Keyword.START


@pytest.mark.parametrize("text", ["TG", "tg?", "trợ giúp"])
def test_who_asks_for_help_is_understood(text: str) -> None:
    assert read_keyword(text) is Keyword.HELP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "???",
        "\x00",
        "Huỷ họp à?",
        "No xin hỏi lịch tiêm",
        "Bao giờ có lương hưu?",
        "tcp",
        "dk1",
        "không",
        "Đường dây TC hỏng",
    ],
)
def test_anything_else_is_for_a_person_to_read(text: str) -> None:
    assert read_keyword(text) is None
