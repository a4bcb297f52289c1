"""The next door keeps the building or the street."""

import pytest

from subscriptions.doors import next_door


@pytest.mark.parametrize(
    ("address", "following"),
    [
        ("A1 · 1204", "A1 · 1205"),
        ("A1-1209", "A1-1210"),
        ("P. 0905", "P. 0906"),
        ("12", "13"),
        ("Số 69 ngách 12/4 Nguyễn Tuân", "Số 71 ngách 12/4 Nguyễn Tuân"),
        ("SỐ 8, ngõ 5", "SỐ 10, ngõ 5"),
        ("sn 7", "sn 9"),
        ("Số 12A ngõ 3", "Số 14A ngõ 3"),
        ("Nhà ông Bảy", "Nhà ông Bảy"),
        ("", ""),
    ],
)
def test_the_door_after_is_proposed(address: str, following: str) -> None:
    assert next_door(address) == following
