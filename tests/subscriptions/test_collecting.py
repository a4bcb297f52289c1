from broadcaster.store.session import Database
from subscriptions.collecting import due_list
from subscriptions.places import Scope
from tests.builders.ledger import (
    NOVEMBER,
    OCTOBER,
    a_paying_household,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward, scope_of


def test_the_list_says_what_to_collect_at_each_door(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2, head="Lê Thị Bé")
        charge(session, ward, OCTOBER)
        charge(session, ward, NOVEMBER)
        pay(session, home, 7000, now=in_month(NOVEMBER))

        (row,) = due_list(session, Scope(ward_id=ward.id), NOVEMBER)

        assert (row.head, row.search_key, row.group_name) == (
            "Lê Thị Bé",
            "le thi be",
            "Tổ 5",
        )
        assert (row.public_id, row.address) == (home.public_id, home.address)
        assert (row.lines, row.due_vnd, row.paid_vnd, row.open_vnd) == (
            2,
            6000,
            1000,
            5000,
        )
        assert (row.arrears_vnd, row.to_collect_vnd) == (0, 5000)


def test_what_is_open_of_earlier_months_is_asked_for_too(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(session, in_group=a_group(session, ward))
        charge(session, ward, OCTOBER)
        charge(session, ward, NOVEMBER)
        pay(session, home, 1000)

        (row,) = due_list(session, Scope(ward_id=ward.id), NOVEMBER)

        assert (row.open_vnd, row.arrears_vnd, row.to_collect_vnd) == (3000, 2000, 5000)


def test_an_exempt_household_is_on_the_list_and_owes_nothing(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        home = a_paying_household(session, in_group=a_group(session, ward), lines=2)
        an_exemption(session, home)
        charge(session, ward, OCTOBER)

        (row,) = due_list(session, Scope(ward_id=ward.id), OCTOBER)

        assert (row.exempt, row.exempt_lines, row.to_collect_vnd) == (True, 2, 0)


def test_a_leader_sees_only_their_own_doors(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        mine, other = a_group(session, ward, number=5), a_group(session, ward, number=6)
        home = a_paying_household(session, in_group=mine)
        a_paying_household(session, in_group=other)
        charge(session, ward, OCTOBER)

        rows = list(due_list(session, scope_of(mine), OCTOBER))

        assert [row.household_id for row in rows] == [home.id]
        assert len(list(due_list(session, Scope(ward_id=ward.id), OCTOBER))) == 2
