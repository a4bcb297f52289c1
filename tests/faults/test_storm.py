"""A storm: workers die at random through twenty thousand texts."""

from tests.benchmarks.storm import storm

TEXTS = 20_000
KILL_EVERY_S = 2.0
"""Each death costs the start of a worker, which on two cores takes as long."""
TAKEN = {"accepted", "acknowledged", "delivered"}


def test_in_a_storm_nothing_is_lost_and_nothing_doubled() -> None:
    """Fault 16: the handsets have each text once, and every row says so."""
    found = storm(TEXTS, kill_every_s=KILL_EVERY_S)
    assert (found.lost, found.doubled, found.in_doubt) == (0, 0, 0)
    assert found.ends.keys() <= TAKEN
    assert sum(found.ends.values()) == TEXTS
    assert found.kills > 4
