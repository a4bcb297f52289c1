"""The weather as people set it: percent, seconds, a comma for decimals."""

import pytest
from multidict import MultiDict

from broadcaster.simulator.weather import Weather
from broadcaster.simulator.weather_form import form_of, is_fine, read_form


def _form(**typed: str) -> MultiDict[object]:
    form: MultiDict[object] = MultiDict(form_of(Weather()).typed)
    form.update(typed)
    return form


def test_the_form_of_a_weather_reads_back_as_that_weather() -> None:
    weather = Weather(delay_ms=1500, lose_receipts=0.125, outage=("iTel", "Viettel"))
    form: MultiDict[object] = MultiDict(form_of(weather).typed)
    form.extend([("outage", "iTel"), ("outage", "Viettel")])
    assert read_form(form, Weather())[0] == weather


def test_percent_and_seconds_may_have_a_comma() -> None:
    turned, _ = read_form(_form(delay_ms="2,5", lose_receipts="12,5"), Weather())
    assert (turned.delay_ms, turned.lose_receipts) == (2500, 0.125)


@pytest.mark.parametrize("typed", ["nhiều", "-1", "101", "nan", "1e999"])
def test_a_faulty_field_is_named_and_nothing_changes(typed: str) -> None:
    before = Weather(delay_ms=70)
    turned, form = read_form(_form(lose_receipts=typed), before)
    assert turned == before
    assert form.faults == ("lose_receipts",)
    assert form.typed["lose_receipts"] == typed


def test_an_unknown_carrier_is_not_kept() -> None:
    turned, _ = read_form(_form(outage="Ngân Hà"), Weather())
    assert turned.outage == ()


def test_fine_weather_is_one_press_away() -> None:
    storm, _ = read_form(MultiDict[object](preset="storm"), Weather(seed=9))
    assert not is_fine(storm)
    fine, _ = read_form(MultiDict[object](preset="fine"), storm)
    assert is_fine(fine)
    assert fine.seed == 9
