"""Nothing that Zalo would refuse is sent, and nothing is cut to make it fit."""

import unicodedata
import uuid
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.ports import TemplateParam
from broadcaster.rules.renderings import (
    BlankFault,
    Fault,
    TemplateRendering,
    fill,
    find_faults,
    household_code,
    is_personal,
    personal_data,
    show,
    usual_value,
)

FACTS = {"ten": "Nguyễn Văn An", "ma": "7K2M-9QXD", "dia_chi": "Số 3 ngõ Bằng Lăng"}
VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặềếểễệộợựỹ ABCĐ0123456789,-"


Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")


def a_blank(
    name: str = "noi_dung",
    *,
    most: int = 30,
    least: int = 0,
    required: bool = True,
    kind: str = "STRING",
) -> TemplateParam:
    return TemplateParam(
        name=name, max_length=most, min_length=least, required=required, kind=kind
    )


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        pytest.param("", Fault.MISSING, id="nothing"),
        pytest.param(" \u00a0 ", Fault.MISSING, id="blanks"),
        pytest.param("a" * 31, Fault.TOO_LONG, id="one-too-many"),
        pytest.param("họp\ntổ", Fault.LINE_BREAK, id="line-break"),
        pytest.param("họp\u2028tổ", Fault.LINE_BREAK, id="line-separator"),
        pytest.param("họp\x00tổ", Fault.CONTROL_CHARACTER, id="NUL"),
        pytest.param("họp\ttổ", Fault.CONTROL_CHARACTER, id="tab"),
        pytest.param("Mời {tuoi}", Fault.UNKNOWN_VARIABLE, id="unknown-variable"),
        pytest.param("Mời {{ten}}", Fault.UNKNOWN_VARIABLE, id="double-braces"),
        pytest.param("Mời {ten", Fault.UNKNOWN_VARIABLE, id="open-brace"),
        pytest.param("xem https://a.b", Fault.LINK, id="address"),
        pytest.param("xem hanoi.gov.vn", Fault.LINK, id="bare-host"),
        pytest.param("xem BIT.LY", Fault.LINK, id="shortener"),
        pytest.param("gọi 0912345678", Fault.PHONE, id="phone-in-one-piece"),
        pytest.param("gọi 0912 345 678", Fault.PHONE, id="phone-in-groups"),
        pytest.param("gọi 024 3657 7024", Fault.PHONE, id="landline"),
        pytest.param("gọi 024.36577024", Fault.PHONE, id="landline-with-a-dot"),
        pytest.param("gọi +84 912 345 678", Fault.PHONE, id="with-the-country"),
        pytest.param("gọi 1900 1234", Fault.PHONE, id="service-number"),
    ],
)
def test_what_zalo_refuses_is_named(typed: str, fault: Fault) -> None:
    assert find_faults({"noi_dung": typed}, [a_blank()]) == {"noi_dung": fault}


@pytest.mark.parametrize(
    "typed",
    [
        "a" * 30,
        "07:30-11:00 ngày 08/10/2026",
        "08-10-2026 07:30",
        "7.30-11.30 08.10.2026",
        "500.000.000 đồng",
        "Nhà văn hóa tổ 5",
        "Mời {ten}",
        "{dia_chi}",
    ],
)
def test_what_a_notice_says_is_let_pass(typed: str) -> None:
    assert find_faults({"noi_dung": typed}, [a_blank()]) == {}


@pytest.mark.parametrize(
    ("kind", "typed", "faults"),
    [
        ("NUMBER", "25", {}),
        ("NUMBER", "25 hộ", {"noi_dung": Fault.NOT_A_NUMBER}),
        ("NUMBER", "{ma}", {"noi_dung": Fault.NOT_A_NUMBER}),
        ("DATE", "08/10/2026", {}),
        ("DATE", "07:30:00 08/10/2026", {}),
        ("DATE", "mai", {"noi_dung": Fault.NOT_A_DATE}),
        ("PHONE", "0912345678", {}),
        ("URL", "https://hanoi.gov.vn", {}),
        ("URL", "0912345678", {"noi_dung": Fault.PHONE}),
    ],
)
def test_each_kind_of_blank_takes_its_own(
    kind: str, typed: str, faults: dict[str, Fault]
) -> None:
    assert find_faults({"noi_dung": typed}, [a_blank(kind=kind)]) == faults


def test_a_blank_may_stay_empty_where_the_template_says_so() -> None:
    blank = a_blank(required=False, least=5)
    assert find_faults({}, [blank]) == {}
    assert find_faults({"noi_dung": "abcd"}, [blank]) == {"noi_dung": Fault.TOO_SHORT}
    assert personal_data({"noi_dung": " "}, FACTS, params=[blank]) == {}


def test_a_value_for_a_blank_that_is_gone_is_named() -> None:
    typed = {"noi_dung": "Họp", "gio": "19h30", "khac": ""}
    assert find_faults(typed, [a_blank()]) == {"gio": Fault.NO_SUCH_BLANK}


@given(
    value=st.text(VIETNAMESE, min_size=1, max_size=40).filter(str.strip),
    most=st.integers(1, 40),
    form=st.sampled_from(FORMS),
)
def test_a_value_fits_by_its_composed_characters_however_it_was_typed(
    value: str, most: int, form: Form
) -> None:
    typed = unicodedata.normalize(form, value)
    fits = len(unicodedata.normalize("NFC", value).strip()) <= most
    is_long = find_faults({"noi_dung": typed}, [a_blank(most=most)]).get("noi_dung")
    assert (is_long is not Fault.TOO_LONG) == fits


@given(
    name=st.text(VIETNAMESE, max_size=60),
    before=st.text("Mời họp", max_size=10),
    most=st.integers(1, 60),
)
def test_a_person_gets_every_letter_or_the_sms(
    name: str, before: str, most: int
) -> None:
    data = {"noi_dung": f"{before}{{ten}}"}
    own = personal_data(data, {"ten": name}, params=[a_blank(most=most)])
    whole = unicodedata.normalize("NFC", before + " ".join(name.split())).strip()
    if isinstance(own, BlankFault):
        assert not name.strip() or len(whole) > most or own.fault is Fault.PHONE
    else:
        assert own == {"noi_dung": whole}
        assert len(whole) <= most


def test_a_decomposed_name_counts_as_people_count() -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Thị Ngọc Ánh")
    own = personal_data({"a": "{ten}"}, {"ten": name}, params=[a_blank("a", most=19)])
    assert own == {"a": "Nguyễn Thị Ngọc Ánh"}


def test_each_person_gets_their_own_words() -> None:
    data = {"ten": "{ten}", "noi": "Hộ {ma}, {dia_chi}"}
    blanks = [a_blank("ten"), a_blank("noi", most=80)]
    assert personal_data(data, FACTS, params=blanks) == {
        "ten": "Nguyễn Văn An",
        "noi": "Hộ 7K2M-9QXD, Số 3 ngõ Bằng Lăng",
    }


@pytest.mark.parametrize("facts", [{}, {"ten": ""}, {"ten": " "}])
def test_who_has_no_name_yet_gets_the_sms(facts: dict[str, str]) -> None:
    own = personal_data({"ten": "{ten}"}, facts, params=[a_blank("ten")])
    assert own == BlankFault(name="ten", fault=Fault.MISSING)


def test_braces_in_a_name_are_never_taken_for_a_variable() -> None:
    own = personal_data({"a": "{ten}"}, {"ten": "{ma}"}, params=[a_blank("a")])
    assert own == BlankFault(name="a", fault=Fault.UNKNOWN_VARIABLE)
    assert fill({"a": "{ten}"}, {"ten": "{ma}", "ma": "X"}) == {"a": "{ma}"}


def test_a_card_shows_the_words_with_what_was_filled_in() -> None:
    text = "Kính gửi {{ten}}, họp lúc {{ gio }} tại {{noi}}."
    shown = show(text, {"ten": r"An \1", "gio": "19h30", "noi": ""})
    assert shown == r"Kính gửi An \1, họp lúc 19h30 tại {{noi}}."


def test_a_rendering_is_stored_alike_in_whatever_order_it_was_typed() -> None:
    one = TemplateRendering(template_id="214", data={"b": "2", "a": "1"})
    stored = one.to_json()
    assert list(stored["data"]) == ["a", "b"]
    assert TemplateRendering.from_json(stored) == one


def test_only_what_is_left_open_is_personal() -> None:
    assert is_personal({"a": "Hộ {ma}"})
    assert not is_personal({"a": "Hộ ma"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("customer_name", "{ten}"), ("dia_chi", "{dia_chi}"), ("noi_dung", "")],
)
def test_a_blank_is_proposed_what_its_name_says(name: str, value: str) -> None:
    assert usual_value(name) == value


def test_a_households_code_is_short_and_its_own() -> None:
    one = uuid.UUID("0199b2f0-0000-7000-8000-0000000003ff")
    assert household_code(one) == "0000-00ZZ"
    assert household_code(uuid.UUID(int=one.int - 1)) == "0000-00ZY"
