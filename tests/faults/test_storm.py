"""A storm: workers die at random through twenty thousand texts."""

from tests.benchmarks.storm import storm

TEXTS = 20_000
TAKEN = {"accepted", "acknowledged", "delivered"}


def test_in_a_storm_nothing_is_lost_and_nothing_doubled() -> None:
    """Fault 16: the handsets have each text once, and every row says so."""
    found = storm(TEXTS)
    assert (found.lost, found.doubled, found.in_doubt) == (0, 0, 0)
    assert found.ends.keys() <= TAKEN
    assert sum(found.ends.values()) == TEXTS
    assert found.kills > 4
