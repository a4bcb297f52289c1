import datetime as dt

from broadcaster.services.statements import Statement, statement
from broadcaster.store.session import Database
from subscriptions.tables.ledger import AdjustmentKind
from subscriptions.totals import GroupTotals
from tests.builders.ledger import (
    OCTOBER,
    a_paying_household,
    a_tariff,
    a_text,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward


def test_each_segment_costs_the_tariff_of_its_own_day(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_tariff(session, 500)
        a_tariff(session, 600, since=dt.date(2026, 10, 15))
        a_tariff(session, 800, carrier="MobiFone")
        for day, segments in [(14, 1), (15, 2), (31, 1)]:
            a_text(session, ward, day=OCTOBER.replace(day=day), segments=segments)
        a_text(session, ward, day=OCTOBER, carrier="MobiFone")

        found = statement(session, ward.id, OCTOBER)

        assert [
            (row.carrier, row.messages, row.segments, row.cost_vnd)
            for row in found.usage
        ] == [("MobiFone", 1, 1, 800), ("Viettel", 3, 4, 500 + 3 * 600)]
        assert (found.messages, found.segments, found.usage_vnd) == (4, 5, 3100)


def test_another_months_and_another_wards_texts_are_left_out(
    database: Database,
) -> None:
    with database.writing() as session:
        ward, other = a_ward(session), a_ward(session, name="Phường Bên")
        a_tariff(session, 500)
        a_text(session, ward, day=dt.date(2026, 9, 30))
        a_text(session, ward, day=dt.date(2026, 11, 1))
        a_text(session, other, day=OCTOBER)

        assert statement(session, ward.id, OCTOBER).usage == ()


def test_a_statement_shows_income_beside_cost(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=3)
        an_exemption(session, a_paying_household(session, in_group=group))
        charge(session, ward, OCTOBER)
        pay(session, home, 3000, now=in_month(OCTOBER))
        a_tariff(session, 550)
        a_text(session, ward, day=OCTOBER, segments=4)

        found = statement(session, ward.id, OCTOBER)

        assert (found.lines, found.exempt_lines) == (4, 1)
        assert (found.due_vnd, found.exempted_vnd) == (9000, 3000)
        assert (found.collected_vnd, found.difference_vnd) == (3000, 3000)
        assert (found.income_vnd, found.cost_vnd, found.margin_vnd) == (
            9000,
            2200,
            6800,
        )
        assert (found.income_per_line_vnd, found.cost_per_line_vnd) == (2250, 550)


def test_a_ward_without_a_line_has_a_statement_of_noughts() -> None:
    empty = Statement(
        ward_id=1,
        ward_name="Phường Hoa Sữa",
        month=OCTOBER,
        closed_at=None,
        groups=(GroupTotals(group_id=1, name="Tổ 1"),),
        usage=(),
        adjustments=(),
    )

    assert (empty.margin_vnd, empty.cost_per_line_vnd) == (0, 0)
    assert empty.adjusted_vnd(AdjustmentKind.USAGE) == 0
