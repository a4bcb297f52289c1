"""Columns are found by their headings, however leaders word and place them."""

import pytest

from tests.builders.spreadsheets import an_xlsx
from tests.subscriptions.register_import.reading import (
    faults,
    homes,
    phones,
    read,
    refusal_of,
)


@pytest.mark.parametrize("name", ["Họ và tên", "HO TEN", "Họ tên:", "Tên", "Chủ hộ"])
@pytest.mark.parametrize(
    "phone",
    ["SĐT", "Số điện thoại", "ĐT", "điện thoại", "So DT", "Di động", "SĐT/Zalo"],
)
def test_headings_are_known_by_many_words(name: str, phone: str) -> None:
    reading = read(f"Ghi chú\t{phone}\t{name}\n\t0912000001\tAn\n")

    assert homes(reading) == [["An"]]
    assert phones(reading) == ["0912000001"]


def test_a_full_name_in_two_columns_is_put_together() -> None:
    reading = read("Họ và tên đệm,Tên,SĐT\nNguyễn Văn,An,0912000001\n")

    assert homes(reading) == [["Nguyễn Văn An"]]


def test_two_columns_of_names_are_never_put_together() -> None:
    reading = read("Họ tên,Tên vợ,SĐT\nAn,Bình,0912000001\n")

    assert homes(reading) == [["An"]]
    assert [(r.value, r.code) for r in reading.remarks] == [
        ("Tên vợ", "column_not_read")
    ]


def test_a_person_may_have_two_columns_of_phones() -> None:
    reading = read("Họ tên,SĐT 1,SĐT 2\nAn,0912000001,0912000002\nBình,,098858181\n")

    assert phones(reading) == ["0912000001", "0912000002"]
    assert [(f.row, f.column) for f in reading.faults] == [(3, "SĐT 2")]


def test_the_parts_of_a_door_are_put_together() -> None:
    reading = read("Họ tên,SĐT,Số nhà,Ngõ,Đường\nAn,,12,ngõ 5,Hạ Đình\n")

    assert reading.entries[0].address == "12 ngõ 5 Hạ Đình"


def test_merged_headings_over_two_rows_are_one_row_of_headings() -> None:
    reading = read(
        an_xlsx(
            [
                ["STT", "Họ và tên", "Năm sinh", "", "Liên lạc", ""],
                ["", "", "Nam", "Nữ", "Email", "Số điện thoại"],
                [1, 2, 3, 4, 5, 6],
                [1, "An", 1950, "", "", "0912000001"],
                [2, "Bình", "", 1955, "", "0912000002"],
            ]
        )
    )

    assert phones(reading) == ["0912000001", "0912000002"]


def test_years_of_men_and_women_may_stand_in_two_columns() -> None:
    reading = read(
        an_xlsx(
            [
                ["TT", "Họ tên", "Năm sinh", "", "SĐT"],
                ["", "", "Nam", "Nữ", ""],
                [1, "An", 1950, "", "0912000001"],
                [2, "Bình", "", 1955, "0912000002"],
            ]
        )
    )

    assert [home.head.birth_year for home in reading.entries] == [1950, 1955]


def test_headings_and_their_numbers_repeated_on_a_new_page_are_no_people() -> None:
    head = "STT,Họ tên,SĐT\n"
    reading = read(f"{head}(1),(2),(3)\n1,An,0912000001\n{head}2,Bình,0912000002\n")

    assert homes(reading) == [["An"], ["Bình"]]
    assert faults(reading) == []


@pytest.mark.parametrize(
    ("headings", "reason"),
    [
        ("Họ tên,Địa chỉ", "no_phone_column"),
        ("Số điện thoại,Địa chỉ", "no_name_column"),
        ("Món hàng,Giá", "no_columns"),
    ],
)
def test_a_missing_column_is_told_with_the_headings_that_were_seen(
    headings: str, reason: str
) -> None:
    refusal = refusal_of(f"{headings}\nx,y\n")

    assert refusal.reason == reason
    assert all(f"“{heading}”" in refusal.help for heading in headings.split(","))


def test_headings_are_looked_for_in_the_first_thirty_rows() -> None:
    rows = "\n".join(["Danh sách"] * 29 + ["Họ tên,SĐT", "An,098858181"])

    assert faults(read(rows)) == [(31, "too_short")]
    assert refusal_of("Danh sách\n" + rows).reason == "no_columns"


def test_identity_cards_are_not_read_and_this_is_said() -> None:
    reading = read("Họ tên,CCCD,SĐT\nAn,001050000001,0912000001\n")

    assert [remark.value for remark in reading.remarks] == ["CCCD"]
    assert "001050000001" not in str(reading.entries)
