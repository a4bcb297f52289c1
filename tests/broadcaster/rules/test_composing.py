"""A filled notice has every word it should, or does not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.rules.composing import (
    BrokenTemplateError,
    MissingVariableError,
    UnknownVariableError,
    fill,
    variables,
)


def test_variables_are_filled_wherever_they_stand() -> None:
    text = fill("Mời {ten} đến {noi}. {ten}!", {"ten": "bà Hoa", "noi": "tổ 12"})

    assert text == "Mời bà Hoa đến tổ 12. bà Hoa!"


def test_variables_are_listed_once_in_their_order() -> None:
    assert variables("{noi} {ten} {noi} {{khong}}") == ("noi", "ten")


@pytest.mark.parametrize("values", [{}, {"ten": ""}, {"ten": " \u00a0 "}])
def test_a_missing_or_blank_variable_is_an_error_that_names_it(
    values: dict[str, str],
) -> None:
    with pytest.raises(MissingVariableError) as caught:
        fill("Mời {ten}", values)

    assert (caught.value.variable, caught.value.code) == ("ten", "missing_variable")


def test_an_unknown_variable_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownVariableError) as caught:
        fill("Mời {ten}", {"ten": "An", "tem": "An"})

    assert caught.value.variable == "tem"


@pytest.mark.parametrize(
    "template",
    ["{", "}", "Mời {ten", "{}", "{0}", "{ten.x}", "{ten[0]}", "{ten!r}", "{ten:>9}"],
)
def test_a_broken_template_is_refused(template: str) -> None:
    with pytest.raises(BrokenTemplateError):
        fill(template, {"ten": "An"})


def test_doubled_braces_stand_for_braces() -> None:
    assert fill("{{{ten}}} {{}}", {"ten": "An"}) == "{An} {}"


@given(st.text())
def test_text_with_its_braces_doubled_comes_out_as_it_was(text: str) -> None:
    template = text.replace("{", "{{").replace("}", "}}")

    assert fill(template, {}) == text


@given(st.text().filter(str.strip))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert fill("<{ten}>", {"ten": value}) == f"<{value}>"
