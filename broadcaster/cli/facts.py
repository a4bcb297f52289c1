"""`loa phone` and `loa segments`: ask the rules without a database or a network."""

import datetime as dt
import json
import sys
import tomllib

import click

from broadcaster.rules.accents import strip_accents
from broadcaster.rules.segments import Segments, measure
from subscriptions.phones import PhoneReading, read_phone
from templates import ROOT

_WORDS: dict[str, str] = {
    key: str(value)
    for key, value in tomllib.loads(
        (ROOT / "words" / "facts.toml").read_text(encoding="utf-8")
    ).items()
    if isinstance(value, str)
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option(
    "--list-date",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="Day the list was written: an old one may mean landlines.",
)
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
def phone(
    numbers: tuple[str, ...], *, as_json: bool, list_date: dt.datetime | None
) -> None:
    """Read phone numbers as a list may hold them.

    Put `--` before the numbers. A number that cannot be read is an answer, not an
    error: its code and help say what to do.
    """
    written = list_date.date() if list_date else None
    readings = [read_phone(number, list_date=written) for number in numbers]
    if as_json:
        _print_json([_facts_of(reading) for reading in readings])
    else:
        _print(_table(readings))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def segments(*, as_json: bool) -> None:
    """Count the SMS segments of the text on standard input.

    The text is UTF-8 and is taken exactly as it is, except that one final line end
    is dropped, because shells and editors add it.
    """
    text = _text_on_stdin()
    measured = measure(text)
    plain = strip_accents(text)
    plain_segments = measure(plain).segments
    if as_json:
        _print_json(
            {
                "encoding": measured.encoding.value,
                "units": measured.units,
                "segments": measured.segments,
                "forcing": list(measured.forcing),
                "unaccented": {"text": plain, "segments": plain_segments},
            }
        )
    else:
        _print(_summary(measured, plain, plain_segments))


def _facts_of(reading: PhoneReading) -> dict[str, str | bool | None]:
    return {
        "input": reading.input,
        "e164": reading.e164,
        "kind": reading.kind.value,
        "sms": reading.sms,
        "repaired": reading.repaired,
        "code": reading.code.value,
        "help": reading.help,
    }


def _table(readings: list[PhoneReading]) -> str:
    rows = [tuple(_WORDS[column] for column in ("number", "reading", "sms", "help"))]
    for reading in readings:
        number = reading.number.national if reading.number else _WORDS["unreadable"]
        sms = _WORDS["sms.yes" if reading.sms else "sms.no"]
        rows.append((_visible(reading.input), number, sms, reading.help))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _summary(measured: Segments, plain: str, plain_segments: int) -> str:
    lines = [
        _WORDS["encoding"].format(encoding=measured.encoding),
        _WORDS["units"].format(units=measured.units),
        _WORDS["segments"].format(segments=measured.segments),
    ]
    if measured.forcing:
        forcing = " ".join(map(_visible, measured.forcing))
        lines.append(_WORDS["forcing"].format(forcing=forcing))
    lines.append(_WORDS["unaccented"].format(segments=plain_segments))
    lines.append(_WORDS["unaccented_text"].format(text=plain))
    return "\n".join(lines)


def _visible(text: str) -> str:
    """Show what has no ink (a tab, a zero-width space) by its code point."""
    return "".join(
        c if c == " " or (c.isprintable() and not c.isspace()) else f"U+{ord(c):04X}"
        for c in text
    )


def _text_on_stdin() -> str:
    if sys.stdin is None:
        raise click.UsageError("there is no standard input")
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as err:
        raise click.UsageError(f"the text is not UTF-8 (byte {err.start})") from err
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _print_json(facts: object) -> None:
    _print(json.dumps(facts, ensure_ascii=False, indent=2))


def _print(text: str) -> None:
    # an argument that was not UTF-8 comes in as lone surrogates: print their escapes
    click.echo(text.encode("utf-8", "backslashreplace"))
