"""A carrier's word ends or kills a line; Zalo's word never reaches beyond Zalo."""

import datetime as dt

import pytest
from sqlalchemy import select

from broadcaster.ports import Blame, Channel
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.tables.zalo import ZaloLine
from broadcaster.store.zalo_lines import KNOWN_FOR, forget_without_zalo, lacks_zalo
from subscriptions.consents import consented_lines, zalo_word
from subscriptions.tables.consents import ConsentAction, Purpose
from subscriptions.tables.households import Line, LineStatus
from tests.builders.messages import lines_in
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def lines(database: Database) -> list[Line]:
    """Give three lines that agreed to everything."""
    with database.writing() as session:
        return lines_in(session, a_ward(session), 3)


def tell(database: Database, *faults: Fault, now: dt.datetime = NOW) -> None:
    with database.writing() as session:
        act_on_blame(session, faults, now=now)


def by_zalo(line: Line, blame: Blame, *, code: str = "-118") -> Fault:
    return Fault(line_id=line.id, blame=blame, code=code, channel=Channel.ZALO)


def by_carrier(line: Line, blame: Blame) -> Fault:
    return Fault(line_id=line.id, blame=blame, code="30005")


def without_zalo(database: Database, *, now: dt.datetime = NOW) -> set[int]:
    lacking = select(Line.id).where(lacks_zalo(Line.id.expression, now=now))
    with database.reading() as session:
        return set(session.scalars(lacking))


def agreeing(database: Database) -> set[int]:
    with database.reading() as session:
        return set(session.scalars(consented_lines(Purpose.NOTICES)))


def refusing_zalo(database: Database) -> set[int]:
    word = zalo_word(Line.id.expression)
    with database.reading() as session:
        return set(
            session.scalars(select(Line.id).where(word == ConsentAction.WITHDRAWN))
        )


def usable(database: Database) -> set[int]:
    with database.reading() as session:
        return set(
            session.scalars(select(Line.id).where(Line.status == LineStatus.USABLE))
        )


def journal(database: Database) -> list[tuple[str, object]]:
    with database.reading() as session:
        return [
            (entry.act, entry.facts["line_id"])
            for entry in session.scalars(select(JournalEntry))
        ]


def test_a_carriers_refusal_withdraws_everything(
    database: Database, lines: list[Line]
) -> None:
    tell(database, by_carrier(lines[0], Blame.OPTED_OUT))
    assert agreeing(database) == {lines[1].id, lines[2].id}
    assert refusing_zalo(database) == set()


def test_a_number_that_a_carrier_does_not_know_is_dead(
    database: Database, lines: list[Line]
) -> None:
    tell(database, by_carrier(lines[0], Blame.RECIPIENT))
    assert usable(database) == {lines[1].id, lines[2].id}
    assert without_zalo(database) == set()


def test_who_refuses_zalo_still_agrees_to_texts(
    database: Database, lines: list[Line]
) -> None:
    tell(database, by_zalo(lines[0], Blame.OPTED_OUT, code="-141"))
    assert refusing_zalo(database) == {lines[0].id}
    assert agreeing(database) == {line.id for line in lines}


def test_a_refusal_of_zalo_is_in_the_journal_once(
    database: Database, lines: list[Line]
) -> None:
    refusal = by_zalo(lines[0], Blame.OPTED_OUT, code="-141")
    tell(database, refusal, refusal)
    tell(database, refusal)
    assert journal(database) == [("zalo.refused", lines[0].id)]


@pytest.mark.parametrize("blame", [Blame.NO_ACCOUNT, Blame.RECIPIENT])
def test_a_line_that_zalo_cannot_reach_is_no_dead_line(
    blame: Blame, database: Database, lines: list[Line]
) -> None:
    tell(database, by_zalo(lines[0], blame))
    assert without_zalo(database) == {lines[0].id}
    assert usable(database) == {line.id for line in lines}
    assert agreeing(database) == {line.id for line in lines}


@pytest.mark.parametrize("blame", [Blame.OURS, Blame.THEIRS])
def test_a_fault_of_ours_or_theirs_says_nothing_of_the_line(
    blame: Blame, database: Database, lines: list[Line]
) -> None:
    tell(database, by_zalo(lines[0], blame), by_carrier(lines[1], blame))
    assert without_zalo(database) == refusing_zalo(database) == set()
    assert usable(database) == agreeing(database) == {line.id for line in lines}


def test_many_lines_are_noted_at_once_and_again(
    database: Database, lines: list[Line]
) -> None:
    faults = [by_zalo(line, Blame.NO_ACCOUNT) for line in (*lines, lines[0])]
    tell(database, *faults)
    tell(database, by_zalo(lines[1], Blame.NO_ACCOUNT, code="-119"), now=NOW + SECOND)
    with database.reading() as session:
        noted = {
            row.line_id: (row.code, row.learned_at)
            for row in session.scalars(select(ZaloLine))
        }
    assert noted == {
        lines[0].id: ("-118", NOW),
        lines[1].id: ("-119", NOW + SECOND),
        lines[2].id: ("-118", NOW),
    }


def test_after_a_month_a_line_may_have_zalo_again(
    database: Database, lines: list[Line]
) -> None:
    tell(database, by_zalo(lines[0], Blame.NO_ACCOUNT))
    still = NOW + KNOWN_FOR - SECOND
    assert without_zalo(database, now=still) == {lines[0].id}
    assert without_zalo(database, now=NOW + KNOWN_FOR) == set()


def test_a_line_whose_holder_uses_zalo_is_not_without_it(
    database: Database, lines: list[Line]
) -> None:
    tell(database, *(by_zalo(line, Blame.NO_ACCOUNT) for line in lines))
    with database.writing() as session:
        forget_without_zalo(session, lines[1].id)
    assert without_zalo(database) == {lines[0].id, lines[2].id}


def test_a_text_of_no_line_is_nobodys_fault_to_act_on(database: Database) -> None:
    nobody = Fault(
        line_id=None, blame=Blame.NO_ACCOUNT, code="-118", channel=Channel.ZALO
    )
    tell(database, nobody)
    assert without_zalo(database) == set()
