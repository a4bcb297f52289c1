import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from broadcaster.store.session import Database
from subscriptions.errors import LedgerInputError, LedgerStateError, NotInRegisterError
from subscriptions.exemptions import (
    NewExemption,
    approve_exemption,
    count_waiting,
    list_waiting,
    record_exemption,
)
from subscriptions.tables.ledger import Exemption, ExemptionReason
from tests.builders.ledger import (
    ACCOUNTANT,
    APPROVER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    an_exemption,
)
from tests.builders.people import NOW, a_group, a_ward


def test_nobody_approves_an_exemption_of_their_own(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        exemption = an_exemption(session, household, approved=False)

        with pytest.raises(LedgerStateError, match="same_person"):
            approve_exemption(
                session, ward.id, exemption.id, approved_by=ACCOUNTANT, now=NOW
            )


def test_the_database_itself_wants_two_persons(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        an_exemption(session, household, approved=False)

    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(update(Exemption).values(approved_by=ACCOUNTANT))


def test_an_exemption_waits_until_it_is_approved_once(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        household = a_paying_household(session, in_group=a_group(session, ward))
        exemption = an_exemption(
            session, household, first_month=OCTOBER, approved=False
        )
        assert list_waiting(session, ward.id) == [exemption]
        assert count_waiting(session, ward.id, SEPTEMBER) == 0
        assert count_waiting(session, ward.id, OCTOBER) == 1

        approve_exemption(session, ward.id, exemption.id, approved_by=APPROVER, now=NOW)

        assert list_waiting(session, ward.id) == []
        with pytest.raises(LedgerStateError, match="already_approved"):
            approve_exemption(
                session, ward.id, exemption.id, approved_by=APPROVER, now=NOW
            )


def test_another_wards_exemption_cannot_be_approved(database: Database) -> None:
    with database.writing() as session:
        ward, other = a_ward(session), a_ward(session, name="Phường Bên")
        household = a_paying_household(session, in_group=a_group(session, ward))
        exemption = an_exemption(session, household, approved=False)

        with pytest.raises(NotInRegisterError):
            approve_exemption(
                session, other.id, exemption.id, approved_by=APPROVER, now=NOW
            )


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (
            NewExemption(
                reason=ExemptionReason.POOR, decision="  ", first_month=OCTOBER
            ),
            "decision",
        ),
        (
            NewExemption(
                reason=ExemptionReason.POOR,
                decision="45/QĐ-UBND",
                first_month=NOVEMBER,
                last_month=OCTOBER,
            ),
            "last_month",
        ),
        (
            NewExemption(
                reason=ExemptionReason.POOR, decision="4" * 81, first_month=OCTOBER
            ),
            "decision",
        ),
        (
            NewExemption(
                reason=ExemptionReason.POOR, decision="45\x00", first_month=OCTOBER
            ),
            "decision",
        ),
    ],
    ids=["no decision", "ends before it begins", "too long", "a sign without ink"],
)
def test_an_exemption_says_by_what_and_for_when(
    database: Database, new: NewExemption, field: str
) -> None:
    with database.writing() as session:
        household = a_paying_household(
            session, in_group=a_group(session, a_ward(session))
        )

        with pytest.raises(LedgerInputError, match=field):
            record_exemption(session, household, new, recorded_by=1, now=NOW)

        assert session.scalars(select(Exemption)).all() == []
