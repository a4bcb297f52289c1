"""The payload of a transfer is the one that banks read, to the byte."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.banks import BANKS
from subscriptions.errors import LedgerInputError
from subscriptions.vietqr import MAX_VND, Service, Transfer, decode, encode

VECTORS = Path(__file__).parents[1] / "data" / "vietqr_vectors.csv"
ROWS = list(csv.DictReader(VECTORS.read_text(encoding="utf-8").splitlines()))
GOOD = [row for row in ROWS if row["crc_ok"] == "yes"]
BAD = [row for row in ROWS if row["crc_ok"] == "no"]
BUILT = [row for row in GOOD if row["bank_bin"]]
TRANSFER = Transfer(bank_bin="970436", account="1017595600", amount_vnd=3_000)

texts = st.from_regex(r"\A[0-9A-Za-z][0-9A-Za-z ./_-]{0,24}\Z") | st.just("")
transfers = st.builds(
    Transfer,
    bank_bin=st.sampled_from(sorted(BANKS)),
    account=st.from_regex(r"\A[0-9A-Za-z]{1,19}\Z"),
    amount_vnd=st.none() | st.integers(1, MAX_VND),
    purpose=texts,
    bill=texts,
    service=st.sampled_from(Service),
)


@pytest.mark.parametrize("row", BUILT, ids=[row["id"] for row in BUILT])
def test_a_payload_is_built_to_the_byte(row: dict[str, str]) -> None:
    transfer = Transfer(
        bank_bin=row["bank_bin"],
        account=row["account"],
        amount_vnd=int(row["amount_vnd"]) if row["amount_vnd"] else None,
        purpose=row["purpose_62_08"],
        bill=row["bill_62_01"],
        service=Service(row["service"]),
    )
    assert encode(transfer) == row["payload"]


@pytest.mark.parametrize("row", GOOD, ids=[row["id"] for row in GOOD])
def test_a_published_payload_is_read_and_built_again(row: dict[str, str]) -> None:
    assert encode(decode(row["payload"])) == row["payload"]


@pytest.mark.parametrize("row", BAD, ids=[row["id"] for row in BAD])
def test_a_broken_payload_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(LedgerInputError):
        decode(row["payload"])


@given(transfers)
def test_what_is_built_is_read_back(transfer: Transfer) -> None:
    assert decode(encode(transfer)) == transfer


@given(transfers, st.data())
def test_one_wrong_character_is_found(transfer: Transfer, data: st.DataObject) -> None:
    payload = encode(transfer)
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEF").filter(payload[place].__ne__))
    with pytest.raises(LedgerInputError):
        decode(payload[:place] + other + payload[place + 1 :])


@given(st.text(max_size=120))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(LedgerInputError):
        decode(text)


@pytest.mark.parametrize(
    ("transfer", "field"),
    [
        pytest.param(replace(TRANSFER, bank_bin="970499"), "bank_bin", id="no bank"),
        pytest.param(replace(TRANSFER, bank_bin="97043"), "bank_bin", id="five digits"),
        pytest.param(replace(TRANSFER, account=""), "account_number", id="no account"),
        pytest.param(
            replace(TRANSFER, account="1" * 20), "account_number", id="twenty digits"
        ),
        pytest.param(
            replace(TRANSFER, account="101 759"), "account_number", id="a space in it"
        ),
        pytest.param(
            replace(TRANSFER, account="١٠١٧"), "account_number", id="other digits"
        ),
        pytest.param(replace(TRANSFER, amount_vnd=0), "amount_vnd", id="nothing"),
        pytest.param(replace(TRANSFER, amount_vnd=-3_000), "amount_vnd", id="negative"),
        pytest.param(
            replace(TRANSFER, amount_vnd=MAX_VND + 1), "amount_vnd", id="too much"
        ),
        pytest.param(replace(TRANSFER, purpose="cước"), "purpose", id="an accent"),
        pytest.param(replace(TRANSFER, purpose="x" * 26), "purpose", id="too long"),
        pytest.param(replace(TRANSFER, purpose="LP\n"), "purpose", id="a line's end"),
        pytest.param(replace(TRANSFER, bill="x" * 26), "bill", id="a long bill"),
    ],
)
def test_what_no_bank_would_take_is_refused(transfer: Transfer, field: str) -> None:
    with pytest.raises(LedgerInputError) as refused:
        encode(transfer)
    assert refused.value.field == field
