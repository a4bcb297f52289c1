"""The lease over a gateway's tokens, on both databases."""

import datetime as dt

import pytest

from broadcaster.errors import ConfigurationError
from broadcaster.ports import Tokens
from broadcaster.store.gateway_tokens import DatabaseTokens
from broadcaster.store.session import Database
from broadcaster.store.vault import Vault

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
LATER = dt.timedelta(seconds=61)


class HandClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> dt.datetime:
        return self.moment


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def a_store(
    database: Database, clock: HandClock, *, refresh: str = "typed", lock: str = "key"
) -> DatabaseTokens:
    return DatabaseTokens(
        database, "zalo", vault=Vault(lock), first_refresh=refresh, clock=clock
    )


def a_pair(number: int) -> Tokens:
    return Tokens(
        access=f"access {number}",
        refresh=f"refresh {number}",
        expires_at=NOW + dt.timedelta(hours=25),
    )


def rotated(store: DatabaseTokens, number: int) -> Tokens:
    assert store.begin_rotation() is not None
    pair = a_pair(number)
    store.finish_rotation(pair)
    return pair


def test_the_first_pair_begins_with_what_the_operator_typed(
    database: Database, clock: HandClock
) -> None:
    store = a_store(database, clock)
    assert store.read() is None
    held = store.begin_rotation()
    assert held is not None
    assert (held.access, held.refresh) == ("", "typed")
    assert store.read() is None
    store.finish_rotation(a_pair(1))
    assert store.read() == a_pair(1)
    assert a_store(database, clock).read() == a_pair(1)


def test_the_lease_is_one_and_ends_by_itself(
    database: Database, clock: HandClock
) -> None:
    first, second = a_store(database, clock), a_store(database, clock)
    assert first.begin_rotation() is not None
    assert second.begin_rotation() is None
    assert first.begin_rotation() is None
    clock.moment += LATER
    held = second.begin_rotation()
    assert held is not None
    assert held.refresh == "typed"


def test_what_was_not_spent_is_given_back(database: Database, clock: HandClock) -> None:
    store = a_store(database, clock)
    rotated(store, 1)
    held = store.begin_rotation()
    assert held == a_pair(1)
    store.finish_rotation(held)
    assert store.read() == a_pair(1)
    assert store.begin_rotation() == a_pair(1)


def test_who_gives_back_too_late_undoes_nothing(
    database: Database, clock: HandClock
) -> None:
    slow, quick = a_store(database, clock), a_store(database, clock)
    rotated(quick, 1)
    held = slow.begin_rotation()
    assert held is not None
    clock.moment += LATER
    rotated(quick, 2)
    assert quick.begin_rotation() == a_pair(2)
    slow.finish_rotation(held)
    assert quick.read() == a_pair(2)
    assert slow.begin_rotation() is None  # the lease is another's, and stays so


def test_a_pair_that_comes_after_the_lease_is_kept_all_the_same(
    database: Database, clock: HandClock
) -> None:
    slow, next_one = a_store(database, clock), a_store(database, clock)
    assert slow.begin_rotation() is not None
    clock.moment += LATER
    assert next_one.begin_rotation() is not None
    next_one.lose("refused -14014")  # the slow one had spent it
    slow.finish_rotation(a_pair(1))
    assert next_one.read() == a_pair(1)
    assert next_one.why_lost() is None


def test_who_lost_the_lease_declares_nothing_lost(
    database: Database, clock: HandClock
) -> None:
    slow, quick = a_store(database, clock), a_store(database, clock)
    assert slow.begin_rotation() is not None
    clock.moment += LATER
    rotated(quick, 1)
    slow.lose("refused -14014")
    assert quick.why_lost() is None
    a_store(database, clock).lose("never held it")
    assert quick.why_lost() is None


def test_what_is_lost_stays_so_until_another_is_typed(
    database: Database, clock: HandClock
) -> None:
    store = a_store(database, clock)
    rotated(store, 1)
    assert store.begin_rotation() is not None
    store.lose("x" * 300)
    assert store.why_lost() == "x" * 200
    clock.moment += LATER
    assert store.begin_rotation() is None
    assert store.read() == a_pair(1)  # what still opens may be used
    anew = a_store(database, clock, refresh="typed anew")
    assert (anew.read(), anew.why_lost()) == (None, None)
    held = anew.begin_rotation()
    assert held is not None
    assert (held.access, held.refresh) == ("", "typed anew")
    anew.finish_rotation(a_pair(2))
    assert anew.read() == a_pair(2)


def test_gateways_do_not_share_tokens(database: Database, clock: HandClock) -> None:
    rotated(a_store(database, clock), 1)
    other = DatabaseTokens(
        database, "zalo2", vault=Vault("key"), first_refresh="typed", clock=clock
    )
    assert other.read() is None
    assert other.begin_rotation() is not None


def test_another_key_opens_nothing(database: Database, clock: HandClock) -> None:
    rotated(a_store(database, clock), 1)
    with pytest.raises(ConfigurationError):
        a_store(database, clock, lock="another key").read()
