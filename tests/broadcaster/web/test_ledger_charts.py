"""The months as pictures say the same figures as the tables under them."""

import datetime as dt

from broadcaster.rules.permissions import Role
from broadcaster.services.statements import Statement
from broadcaster.store.session import Database
from broadcaster.store.usage import UsageRow
from broadcaster.web.ledger.charts import BAR_HEIGHT, income_and_cost, paid_shares
from subscriptions.totals import GroupTotals
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward
from tests.fakes import HandClock


def a_statement(month: dt.date, *groups: GroupTotals, cost_vnd: int = 0) -> Statement:
    row = UsageRow(
        carrier="Viettel",
        kind="care",
        gateway="memory",
        messages=1,
        segments=1,
        cost_vnd=cost_vnd,
    )
    return Statement(
        ward_id=1,
        ward_name="Phường Hoa Sữa",
        month=month,
        closed_at=None,
        groups=groups,
        usage=(row,),
        adjustments=(),
    )


def a_total(number: int, *, due_vnd: int, settled_vnd: int = 0) -> GroupTotals:
    return GroupTotals(
        group_id=number, name=f"Tổ {number}", due_vnd=due_vnd, settled_vnd=settled_vnd
    )


def test_bars_of_all_months_are_on_one_scale() -> None:
    months = [
        a_statement(SEPTEMBER, a_total(1, due_vnd=3000), cost_vnd=6000),
        a_statement(OCTOBER, a_total(1, due_vnd=1500)),
    ]
    first, second = income_and_cost(months)
    assert (first.income_height, first.cost_height) == (BAR_HEIGHT / 2, BAR_HEIGHT)
    assert (second.income_height, second.cost_height) == (BAR_HEIGHT / 4, 0)


def test_months_without_anything_have_flat_bars() -> None:
    (bars,) = income_and_cost([a_statement(OCTOBER)])
    assert (bars.income_height, bars.cost_height) == (0, 0)


def test_only_what_is_paid_whole_is_a_hundred_percent() -> None:
    months = [
        a_statement(SEPTEMBER, a_total(1, due_vnd=3000, settled_vnd=2999)),
        a_statement(
            OCTOBER,
            a_total(1, due_vnd=3000, settled_vnd=3000),
            a_total(2, due_vnd=6000),
            a_total(3, due_vnd=0),
        ),
    ]
    assert [(strip.name, strip.shares) for strip in paid_shares(months)] == [
        ("Tổ 1", (99, 100)),
        ("Tổ 2", (None, 0)),
        ("Tổ 3", (None, None)),
    ]


def test_the_page_of_months_has_its_pictures_and_their_figures(
    database: Database, signed_in: SignIn, clock: HandClock
) -> None:
    clock.turn(seconds=(in_month(OCTOBER) - clock.now()).total_seconds())
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(
            session, in_group=a_group(session, ward), lines=2, since=SEPTEMBER
        )
        charge(session, ward, SEPTEMBER)
        pay(session, home, 3000, now=in_month(SEPTEMBER))
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
    page = signed_in(accountant).get("/ledger").get_data(as_text=True)
    assert page.count("Xem số liệu") == 2
    assert page.count('role="img"') == 2
    assert 'data-label="9/26">50 %</td>' in page
    assert 'data-label="Thu nhập">6.000đ</td>' in page
    assert " style=" not in page
