from hypothesis import given
from hypothesis import strategies as st

from subscriptions.allocations import Rest, spread

rests = st.lists(st.integers(min_value=1, max_value=40_000), max_size=12)


def numbered(amounts: list[int]) -> list[Rest]:
    return [
        Rest(id=number, household_id=1, amount_vnd=amount)
        for number, amount in enumerate(amounts)
    ]


@given(charges=rests, payments=rests)
def test_as_much_is_settled_as_is_owed_and_paid(
    charges: list[int], payments: list[int]
) -> None:
    shares = spread(numbered(charges), numbered(payments))

    assert sum(s.amount_vnd for s in shares) == min(sum(charges), sum(payments))
    assert all(share.amount_vnd > 0 for share in shares)


@given(charges=rests, payments=rests)
def test_nothing_is_settled_or_spent_twice(
    charges: list[int], payments: list[int]
) -> None:
    shares = spread(numbered(charges), numbered(payments))

    for number, amount in enumerate(charges):
        settled = sum(s.amount_vnd for s in shares if s.charge_id == number)
        assert settled <= amount
    for number, amount in enumerate(payments):
        assert sum(s.amount_vnd for s in shares if s.payment_id == number) <= amount


@given(charges=rests, payments=rests)
def test_a_charge_is_settled_only_after_all_older_ones(
    charges: list[int], payments: list[int]
) -> None:
    shares = spread(numbered(charges), numbered(payments))

    touched = {share.charge_id for share in shares}
    for number in touched:
        for older in range(number):
            settled = sum(s.amount_vnd for s in shares if s.charge_id == older)
            assert settled == charges[older]
