"""Rows become households by what the list says, and nobody joins a wrong home."""

import pytest

from tests.subscriptions.register_import.reading import faults, homes, read


def test_the_relation_says_who_heads_a_household() -> None:
    reading = read(
        "STT,Họ tên,Quan hệ,SĐT\n1,An,Chủ hộ,\n2,Bình,Vợ,\n3,Chí,chu ho,\n4,Dung,Con,\n"
    )

    assert homes(reading) == [["An", "Bình"], ["Chí", "Dung"]]


def test_numbers_say_it_where_only_heads_are_numbered() -> None:
    assert homes(read("STT,Họ tên,SĐT\n1,An,\n,Bình,\n2,Chí,\n")) == [
        ["An", "Bình"],
        ["Chí"],
    ]


def test_a_number_of_the_household_on_every_row_says_it() -> None:
    assert homes(read("Hộ số,Họ tên,SĐT\n1,An,\n1,Bình,\n2,Chí,\n")) == [
        ["An", "Bình"],
        ["Chí"],
    ]


def test_a_column_of_heads_beside_the_names_says_it() -> None:
    reading = read("Chủ hộ,Họ tên,SĐT\nAn,An,\nAn,Bình,\nChí,Chí,\n")

    assert homes(reading) == [["An", "Bình"], ["Chí"]]


def test_an_address_says_it_where_only_the_first_row_has_one() -> None:
    reading = read("Họ tên,Địa chỉ,SĐT\nAn,Số 1,\nBình,,\nChí,Số 2,\n")

    assert homes(reading) == [["An", "Bình"], ["Chí"]]


def test_a_list_of_names_and_phones_is_one_household_a_row() -> None:
    assert homes(read("Họ tên,SĐT\nAn,0912000001\nBình,0912000002\n")) == [
        ["An"],
        ["Bình"],
    ]


def test_a_head_listed_after_others_still_heads_the_household() -> None:
    reading = read("STT,Họ tên,Quan hệ,SĐT\n1,Bình,Vợ,\n,An,Chủ hộ,\n2,Chí,Chủ hộ,\n")

    assert homes(reading) == [["An", "Bình"], ["Chí"]]


def test_a_resident_without_a_head_before_is_a_fault() -> None:
    reading = read("Họ tên,Quan hệ,SĐT\nBình,Vợ,0912000001\nAn,Chủ hộ,0912000002\n")

    assert homes(reading) == [["An"]]
    assert faults(reading) == [(2, "no_head")]


def test_a_numbered_household_without_a_head_is_a_fault_of_each_of_its_rows() -> None:
    reading = read(
        "STT,Họ tên,Quan hệ,SĐT\n1,An,Chủ hộ,\n2,Bình,Vợ,\n,Chí,Con,\n3,Dung,Chủ hộ,\n"
    )

    assert homes(reading) == [["An"], ["Dung"]]
    assert faults(reading) == [(3, "no_head"), (4, "no_head")]


def test_the_members_of_a_head_whose_name_is_unusable_wait_for_it() -> None:
    reading = read("Họ tên,Quan hệ,SĐT\nAn,Chủ hộ,\n????,Chủ hộ,0912000001\nBình,Vợ,\n")

    assert homes(reading) == [["An"]]
    assert faults(reading) == [(3, "lost_letters"), (4, "household_left_out")]


def test_a_household_listed_twice_enters_once() -> None:
    reading = read(
        "Họ tên,Quan hệ,Địa chỉ,SĐT\n"
        "Nguyễn Văn An,Chủ hộ,Số 1,\n"
        "nguyen van an,Chủ hộ,SO 1,\n"
        "Bình,Vợ,,0912000001\n"
    )

    assert homes(reading) == [["Nguyễn Văn An"]]
    assert faults(reading) == [(3, "household_twice"), (4, "household_left_out")]


def test_a_person_listed_twice_in_a_household_enters_once() -> None:
    reading = read(
        "Họ tên,Quan hệ,Năm sinh,SĐT\nAn,Chủ hộ,1950,\nAn,Con,1980,\nAN,Con,1980,\n"
    )

    assert homes(reading) == [["An", "An"]]
    assert faults(reading) == [(4, "resident_twice")]


@pytest.mark.parametrize(
    "row",
    [
        "Tổng cộng:,2 hộ,,",
        "Cộng,,,",
        ",TỔ TRƯỞNG,,",
        ",,,Người lập danh sách",
        ",,,Ngày 05/09/2026",
        "I,KHU TẬP THỂ,,",
        ",Ngõ 54 Hạ Đình,,",
    ],
)
def test_titles_totals_and_signatures_are_no_people_and_are_mentioned(row: str) -> None:
    reading = read(f"STT,Họ tên,Quan hệ,SĐT\n1,An,Chủ hộ,\n{row}\n2,Chí,Chủ hộ,\n")

    assert homes(reading) == [["An"], ["Chí"]]
    assert faults(reading) == []
    assert [(r.row, r.code) for r in reading.remarks] == [(3, "row_skipped")]


def test_the_leaders_name_under_a_signature_is_no_resident() -> None:
    reading = read("STT,Họ tên,SĐT\n1,An,\n,Bình,\nTổng số,1 hộ,\n,Nguyễn Văn Lâm,\n")

    assert homes(reading) == [["An", "Bình"]]


@pytest.mark.parametrize("name", ["Tô Trường Sơn", "Tống Thị Hoa", "Công Tằng Thị Mai"])
def test_a_name_that_sounds_like_a_signature_is_a_person(name: str) -> None:
    assert homes(read(f"Họ tên,SĐT\n{name},0912000001\n{name[:-1]}o,\n")) == [
        [name],
        [f"{name[:-1]}o"],
    ]


def test_people_after_a_subtotal_are_still_read() -> None:
    reading = read("STT,Họ tên,SĐT\n1,An,0912000001\n,Cộng 1 hộ,\n2,Bình,0912000002\n")

    assert homes(reading) == [["An"], ["Bình"]]


def test_a_phone_without_a_name_is_a_fault() -> None:
    assert faults(read("STT,Họ tên,SĐT\n1,,0912000001\n2,,không có\n")) == [
        (2, "name_missing"),
        (3, "name_missing"),
    ]


def test_a_phone_listed_for_two_of_a_household_serves_both() -> None:
    reading = read("Họ tên,Quan hệ,SĐT\nAn,Chủ hộ,0912000001\nBình,Vợ,0912 000 001\n")

    assert [len(p.phones) for p in reading.entries[0].residents] == [1, 1]
    assert (reading.lines, reading.duplicates) == (1, ())
    assert [remark.code for remark in reading.remarks] == ["shared_phone"]


def test_the_first_household_keeps_a_phone_that_others_list_too() -> None:
    reading = read("Họ tên,SĐT\nAn,0912000001\nBình,+84912000001\nChí,912000001\n")

    assert [(d.row, d.first_row, d.value) for d in reading.duplicates] == [
        (3, 2, "+84912000001"),
        (4, 2, "912000001"),
    ]
    assert homes(reading) == [["An"], ["Bình"], ["Chí"]]
