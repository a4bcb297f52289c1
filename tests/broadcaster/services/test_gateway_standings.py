"""What accounts have left is asked, and an unanswered question forgets nothing."""

import datetime as dt

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Standing
from broadcaster.services.gateway_standings import ask_standings
from broadcaster.store.gateway_standings import list_standings
from broadcaster.store.session import Database
from tests.builders.people import NOW

LATER = NOW + dt.timedelta(minutes=5)


class Telling(MemoryGateway):
    """A telco that tells what the account has left, or is away while it is None."""

    left: Standing | None = None

    def standing(self) -> Standing:
        """Tell it. Raises GatewayAwayError."""
        if self.left is None:
            raise GatewayAwayError("no answer")
        return self.left


def a_telco(*, balance: int | None) -> Telling:
    telco = Telling(name="esms")
    telco.left = None if balance is None else Standing(balance_vnd=balance)
    return telco


def known(database: Database) -> tuple[int | None, bool, dt.datetime]:
    with database.reading() as session:
        row = list_standings(session)["esms"]
        return row.balance_vnd, row.is_answered, row.asked_at


def test_an_answer_is_kept_with_its_time(database: Database) -> None:
    ask_standings(database, {"esms": a_telco(balance=1_000_000)}, now=NOW)
    assert known(database) == (1_000_000, True, NOW)
    ask_standings(database, {"esms": a_telco(balance=999_350)}, now=LATER)
    assert known(database) == (999_350, True, LATER)


def test_a_telco_that_is_away_leaves_the_old_figures_and_is_marked(
    database: Database,
) -> None:
    ask_standings(database, {"esms": a_telco(balance=1_000_000)}, now=NOW)
    assert ask_standings(database, {"esms": a_telco(balance=None)}, now=LATER) == 0
    assert known(database) == (1_000_000, False, LATER)


def test_a_telco_that_was_always_away_has_no_figures(database: Database) -> None:
    ask_standings(database, {"esms": a_telco(balance=None)}, now=NOW)
    assert known(database) == (None, False, NOW)


def test_a_telco_that_is_away_keeps_no_other_from_being_asked(
    database: Database,
) -> None:
    telcos = {"away": a_telco(balance=None), "esms": a_telco(balance=7)}
    assert ask_standings(database, telcos, now=NOW) == 1
    assert known(database) == (7, True, NOW)


def test_a_gateway_that_tells_nothing_is_not_asked(database: Database) -> None:
    assert ask_standings(database, {"memory": MemoryGateway()}, now=NOW) == 0
    with database.reading() as session:
        assert list_standings(session) == {}
