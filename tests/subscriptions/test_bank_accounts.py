"""An account is read as it is typed; what may be a person's is doubted."""

import pytest

from subscriptions.bank_accounts import Doubt, doubts_about, read_account
from subscriptions.errors import LedgerInputError

WARD = "Phường Hoa Sữa"
VIETCOMBANK, TECHCOMBANK = "970436", "970407"


@pytest.mark.parametrize(
    "typed", ["1017595600", " 1017 595 600 ", "1017.595.600", "1017-595-600"]
)
def test_blanks_dots_and_dashes_are_left_out(typed: str) -> None:
    account = read_account(VIETCOMBANK, number=typed, name="UBND Phường Hoa Sữa")
    assert (account.bank.name, account.number) == ("Vietcombank", "1017595600")
    assert account.name == "UBND PHUONG HOA SUA"


@pytest.mark.parametrize(
    ("bank_bin", "number", "name", "field"),
    [
        pytest.param("", "1017595600", "UBND", "bank_bin", id="no bank"),
        pytest.param("970499", "1017595600", "UBND", "bank_bin", id="unknown bank"),
        pytest.param(VIETCOMBANK, "", "UBND", "account_number", id="no number"),
        pytest.param(VIETCOMBANK, "1" * 20, "UBND", "account_number", id="too long"),
        pytest.param(VIETCOMBANK, "12/34", "UBND", "account_number", id="a slash"),
        pytest.param(VIETCOMBANK, "12", "", "account_name", id="no name"),
        pytest.param(VIETCOMBANK, "12", "U" * 71, "account_name", id="a long name"),
        pytest.param(VIETCOMBANK, "12", "<b>UBND", "account_name", id="markup"),
    ],
)
def test_what_is_no_account_is_refused(
    bank_bin: str, number: str, name: str, field: str
) -> None:
    with pytest.raises(LedgerInputError) as refused:
        read_account(bank_bin, number=number, name=name)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("bank_bin", "number", "name", "doubts"),
    [
        pytest.param(VIETCOMBANK, "1017595600", "UBND P HOA SUA", (), id="an office"),
        pytest.param(
            VIETCOMBANK, "1017595600", "Phường Hoa Sữa", (), id="the ward's name"
        ),
        pytest.param(
            VIETCOMBANK,
            "1017595600",
            "NGUYEN THI PHUONG",
            (Doubt.NAME,),
            id="a person called as a ward is",
        ),
        pytest.param(
            VIETCOMBANK,
            "0912345678",
            "UBND PHUONG HOA SUA",
            (Doubt.PHONE,),
            id="somebody's phone",
        ),
        pytest.param(
            TECHCOMBANK,
            "0912 345 678",
            "LE VAN UBNDX",
            (Doubt.NAME, Doubt.PHONE, Doubt.BANK),
            id="everything at once",
        ),
    ],
)
def test_what_may_be_a_persons_is_doubted(
    bank_bin: str, number: str, name: str, doubts: tuple[Doubt, ...]
) -> None:
    account = read_account(bank_bin, number=number, name=name)
    assert doubts_about(account, WARD) == doubts
