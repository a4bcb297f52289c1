"""The weather as a form: percent and seconds for people, chances and ms inside."""

from collections.abc import Mapping
from dataclasses import dataclass

from multidict import MultiMapping

from broadcaster.simulator.numbers import CARRIERS
from broadcaster.simulator.weather import Weather

SECONDS = ("delay_ms", "jitter_ms", "answer_ms")
PERCENTS = (
    "lose_receipts",
    "repeat_receipts",
    "reorder_receipts",
    "early_receipts",
    "lost_answer",
    "fail_before",
    "too_many",
)
LONGEST_S = 3600.0

PRESETS: Mapping[str, Mapping[str, object]] = {
    "fine": {},
    "rain": {
        "delay_ms": 3000,
        "jitter_ms": 2000,
        "lose_receipts": 0.05,
        "repeat_receipts": 0.1,
        "reorder_receipts": 0.1,
    },
    "storm": {
        "delay_ms": 8000,
        "jitter_ms": 6000,
        "lose_receipts": 0.2,
        "repeat_receipts": 0.2,
        "reorder_receipts": 0.3,
        "early_receipts": 0.1,
        "lost_answer": 0.05,
        "fail_before": 0.05,
        "too_many": 0.05,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherForm:
    """The form as typed, and the names of the fields that do not read."""

    typed: Mapping[str, str]
    outage: tuple[str, ...]
    faults: tuple[str, ...] = ()


def form_of(weather: Weather) -> WeatherForm:
    """Fill the form with the weather as it is."""
    facts = weather.as_json()
    typed = {name: _plain(float(str(facts[name])) / 1000) for name in SECONDS}
    typed |= {name: _plain(float(str(facts[name])) * 100) for name in PERCENTS}
    return WeatherForm(typed=typed, outage=weather.outage)


def read_form(
    form: MultiMapping[object], weather: Weather
) -> tuple[Weather, WeatherForm]:
    """Read a form: a preset or the fields; the weather stays when one is faulty."""
    preset = PRESETS.get(str(form.get("preset", "")))
    if preset is not None:
        turned = Weather(seed=weather.seed).changed(preset)
        return turned, form_of(turned)
    typed = {name: str(form.get(name, "")).strip() for name in (*SECONDS, *PERCENTS)}
    outage = tuple(c for c in map(str, form.getall("outage", [])) if c in CARRIERS)
    wishes: dict[str, object] = {"outage": outage}
    faults = []
    for name, written in typed.items():
        limit = LONGEST_S if name in SECONDS else 100.0
        number = _number(written)
        if number is None or not 0 <= number <= limit:
            faults.append(name)
        elif name in SECONDS:
            wishes[name] = round(number * 1000)
        else:
            wishes[name] = number / 100
    filled = WeatherForm(typed=typed, outage=outage, faults=tuple(faults))
    return (weather, filled) if faults else (weather.changed(wishes), filled)


def is_fine(weather: Weather) -> bool:
    """Tell whether nothing is wrong with the network but its usual delay."""
    usual = Weather(
        seed=weather.seed, delay_ms=weather.delay_ms, jitter_ms=weather.jitter_ms
    )
    return weather == usual


def _number(written: str) -> float | None:
    try:
        return float(written.replace(",", ".") or "0")
    except ValueError:
        return None


def _plain(number: float) -> str:
    return f"{number:.6g}".replace(".", ",")
