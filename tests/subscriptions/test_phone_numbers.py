"""A number that was read: how it is stored, shown, masked and whose it is."""

import pytest

from subscriptions.errors import NotAPhoneNumberError
from subscriptions.phones import (
    PhoneKind,
    PhoneNumber,
    carrier_of,
    phone_from_e164,
    read_phone,
)


def test_a_stored_number_comes_back_as_it_was() -> None:
    number = phone_from_e164("+84912345678")

    assert (number.kind, number.carrier) == (PhoneKind.MOBILE, "VinaPhone")


@pytest.mark.parametrize("text", ["0912345678", "+841236030999", "", "+849123"])
def test_what_is_not_e164_is_no_stored_number(text: str) -> None:
    with pytest.raises(NotAPhoneNumberError):
        phone_from_e164(text)


def test_a_number_is_masked_wherever_it_is_printed() -> None:
    reading = read_phone("0912345678")

    assert str(reading.number) == "091***5678"
    assert "2345" not in f"{reading!r} {reading.number!r}"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+84912345678", "0912 345 678"),
        ("+84521123456", "0521 123 456"),
        ("+842436577024", "024 3657 7024"),
        ("+842363829123", "0236 3829 123"),
    ],
)
def test_a_number_is_shown_as_people_write_it(e164: str, shown: str) -> None:
    assert phone_from_e164(e164).national == shown


def test_a_short_number_is_shown_bare() -> None:
    assert PhoneNumber(e164="1080", kind=PhoneKind.SHORT).national == "1080"


@pytest.mark.parametrize(
    ("e164", "carrier"),
    [
        ("+84381234567", "Viettel"),
        ("+84836030999", "VinaPhone"),
        ("+84777123456", "MobiFone"),
        ("+84891123456", "MobiFone"),
        ("+84522123456", "Vietnamobile"),
        ("+84591234567", "Gmobile"),
        ("+84871234567", "iTel"),
        ("+84559123456", "Wintel"),
        ("+842436577024", None),
        ("+66812345678", None),
        ("1080", None),
    ],
)
def test_the_carrier_is_estimated_by_verified_prefixes(
    e164: str, carrier: str | None
) -> None:
    assert carrier_of(e164) == carrier
