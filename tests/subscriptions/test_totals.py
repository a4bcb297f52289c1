from broadcaster.store.session import Database
from subscriptions.places import Scope
from subscriptions.remittances import hand_in, match_remittance
from subscriptions.tables.ledger import PaymentMethod
from subscriptions.totals import GroupTotals, group_totals
from tests.builders.ledger import (
    ACCOUNTANT,
    LEADER,
    OCTOBER,
    a_paying_household,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward, scope_of

NOW = in_month(OCTOBER)


def test_a_groups_month_adds_up(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2)
        an_exemption(session, a_paying_household(session, in_group=group))
        charge(session, ward, OCTOBER)
        pay(session, home, 3000, now=NOW)
        matched = hand_in(session, group, handed_by=LEADER, now=NOW)
        match_remittance(session, ward.id, matched.id, matched_by=ACCOUNTANT, now=NOW)
        pay(session, home, 1000, now=NOW)
        hand_in(session, group, handed_by=LEADER, now=NOW)
        pay(session, home, 500, now=NOW)
        pay(session, home, 5000, now=NOW, method=PaymentMethod.TRANSFER)

        (totals,) = group_totals(session, Scope(ward_id=ward.id), OCTOBER)

        assert totals == GroupTotals(
            group_id=group.id,
            name="Tổ 5",
            lines=3,
            exempt_lines=1,
            due_vnd=6000,
            exempted_vnd=3000,
            settled_vnd=6000,
            cash_vnd=4500,
            transfer_vnd=5000,
            handed_in_vnd=4000,
            matched_vnd=3000,
        )
        assert (totals.collected_vnd, totals.difference_vnd) == (9500, 1500)


def test_a_group_without_a_single_line_is_listed_with_noughts(
    database: Database,
) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session))

        totals = group_totals(session, Scope(ward_id=group.ward_id), OCTOBER)

        assert totals == [GroupTotals(group_id=group.id, name="Tổ 5")]


def test_a_leader_sees_only_their_own_group(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        mine, other = a_group(session, ward, number=5), a_group(session, ward, number=6)
        for group in (mine, other):
            pay(session, a_paying_household(session, in_group=group), 3000, now=NOW)
        charge(session, ward, OCTOBER)

        totals = group_totals(session, scope_of(mine), OCTOBER)

        assert [(t.group_id, t.due_vnd, t.cash_vnd) for t in totals] == [
            (mine.id, 3000, 3000)
        ]
