"""A password is kept as a hash, and no answer tells whether a name exists."""

import argon2
import pytest

from broadcaster.errors import InputError
from broadcaster.services.accounts import (
    MIN_PASSWORD_LENGTH,
    NOBODYS_HASH,
    hash_password,
)


def test_a_password_is_never_kept_as_it_is() -> None:
    password = "mat khau dai va de nho"

    kept = hash_password(password)

    assert password not in kept
    assert hash_password(password) != kept


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        hash_password("x" * (MIN_PASSWORD_LENGTH - 1))

    assert (caught.value.field, caught.value.reason) == ("password", "too_short")


def test_an_unknown_name_costs_as_much_to_refuse_as_a_known_one() -> None:
    nobodys, someones = map(
        argon2.extract_parameters, (NOBODYS_HASH, hash_password("any long password"))
    )

    assert nobodys == someones
