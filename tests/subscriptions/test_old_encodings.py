"""Texts of fonts older than Unicode are read as meant, and good ones are left alone."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.old_encodings import (
    OldEncoding,
    Repaired,
    decode,
    find_encoding,
    repair,
)
from tests.builders.old_fonts import LETTERS, in_tcvn3, in_vni

NAMES = [
    "Nguyễn Văn Tú",
    "Trần Thị Hường",
    "Lê Quốc Dũng",
    "Phạm Thị Mỹ Hạnh",
    "Vũ Đình Thưởng",
    "Đặng Thùy Dương",
    "Huỳnh Ngọc Ánh",
    "Võ Thị Bảy",
    "Bùi Xuân Thuỷ",
    "Đỗ Nguyệt Quế",
]
ADDRESSES = ["Số 5 ngõ 12 phố Hàng Bột", "12/3 đường Láng – tổ 7", "P.301 nhà B2"]
FONTS = [(OldEncoding.TCVN3, in_tcvn3), (OldEncoding.VNI, in_vni)]
Typed = Callable[[str], str]


@pytest.mark.parametrize(
    ("shown", "meant", "encoding"),
    [
        ("NguyÔn V¨n Tó", "Nguyễn Văn Tú", OldEncoding.TCVN3),
        ("B¶o Th¾ng, M­êng Kh­¬ng", "Bảo Thắng, Mường Khương", OldEncoding.TCVN3),
        ("Sè ®iÖn tho¹i", "Số điện thoại", OldEncoding.TCVN3),
        ("tõ chèi", "từ chối", OldEncoding.TCVN3),
        ("§Æng ThÞ ¸nh", "Đặng Thị Ánh", OldEncoding.TCVN3),
        ("NGUYÔN V¡N Tó", "NGUYỄN VĂN TÚ", OldEncoding.TCVN3),
        ("Nguyeãn Vaên Tuù", "Nguyễn Văn Tú", OldEncoding.VNI),
        ("ÑÖÔØNG LEÂ LÔÏI", "ĐƯỜNG LÊ LỢI", OldEncoding.VNI),
        ("Hoï vaø teân chuû hoä", "Họ và tên chủ hộ", OldEncoding.VNI),
        ("Nguyêyn Vãn Tùng", None, None),
    ],
)
def test_a_text_is_read_as_its_font_meant_it(
    shown: str, meant: str | None, encoding: OldEncoding | None
) -> None:
    expected = Repaired(text=meant, encoding=encoding) if meant and encoding else None

    assert repair(shown) == expected


@given(st.text(alphabet=LETTERS + "bcdghklmnpqrstvx 0123456789,./"))
def test_every_small_letter_comes_back_from_both_fonts(text: str) -> None:
    assert decode(in_tcvn3(text), OldEncoding.TCVN3) == text
    assert decode(in_vni(text), OldEncoding.VNI) == text


@given(st.text(alphabet=LETTERS.upper() + "BCDGHKLMNPQRSTVX "))
def test_every_capital_comes_back_from_vni(text: str) -> None:
    assert decode(in_vni(text), OldEncoding.VNI) == text


@pytest.mark.parametrize(("encoding", "typed"), FONTS)
@given(st.lists(st.sampled_from([*NAMES, *ADDRESSES]), min_size=3, unique=True))
def test_a_column_is_known_by_all_its_texts_together(
    encoding: OldEncoding, typed: Typed, texts: list[str]
) -> None:
    assert find_encoding(map(typed, texts)) is encoding
    assert find_encoding(texts) is None


@pytest.mark.parametrize(("encoding", "typed"), FONTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_full_name_is_repaired_by_itself_or_left_alone(
    encoding: OldEncoding, typed: Typed, name: str
) -> None:
    assert repair(typed(name)) in (Repaired(text=name, encoding=encoding), None)


@pytest.mark.parametrize(
    "text",
    [
        *NAMES,
        *ADDRESSES,
        "Hà Tú",
        "Lê Bé",
        "Lý Hòa",
        "",
        "Nguyen Van An",
        "0912 345 678",
        "Tó",
        "Gö",
        "café Zoë, Müller & André",
        "Señora Peña",
        "Êban Y’Đăk",
        "名簿 電話",
        "±5 °C ½",
    ],
)
def test_a_good_text_stays_as_it_is(text: str) -> None:
    assert repair(text) is None


@given(st.lists(st.sampled_from(NAMES)), st.sampled_from(NAMES))
def test_one_good_name_keeps_a_column_from_being_read_anew(
    old: list[str], good: str
) -> None:
    assert find_encoding([*map(in_tcvn3, old), good]) is None


def test_what_the_font_lacks_is_not_read_at_all() -> None:
    assert decode("Nguyễn", OldEncoding.TCVN3) is None
    assert decode("Tú", OldEncoding.VNI) is None


@pytest.mark.parametrize("name", NAMES)
def test_letters_and_marks_apart_are_put_together(name: str) -> None:
    apart = unicodedata.normalize("NFD", name)

    assert repair(apart) == Repaired(text=name, encoding=OldEncoding.DECOMPOSED)


def test_the_vietnamese_code_page_read_as_western_is_put_right() -> None:
    meant = "Trần Thị Hậu"
    written = meant.replace("ầ", "â\u0300").replace("ị", "i\u0323")
    shown = written.replace("ậ", "â\u0323").encode("cp1258").decode("cp1252")

    assert repair(shown) == Repaired(text=meant, encoding=OldEncoding.WINDOWS_1258)


@given(st.text())
def test_no_text_at_all_harms_the_reader(text: str) -> None:
    repaired = repair(text)

    assert repaired is None or repaired.text != text
