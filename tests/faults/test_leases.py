"""A host that lives on behind a dead network, while others take it for lost."""

from collections import Counter

from tests.faults.networks import wired
from tests.faults.sites import Site
from tests.telco import until

TEXTS = 200
IN_HAND = 40
FEW, MANY = 4, 200
"""Connections: so few that most of what is in hand has not left when the lease ends,
and so many that all is sent at once."""
SLOW_MS = 6_000
PAST_ANY_LOOK_S = 30


def test_a_host_that_cannot_renew_its_lease_sends_nothing_more_by_it(
    site: Site,
) -> None:
    """Its texts are settled and sent by others; it must not go on behind them.

    The one test that waits out a lease: the worker's own clock tells it the end.
    """
    site.set_gateway(connections=MANY, absent_after_s=2)
    site.telco.weather(answer_ms=SLOW_MS, lose_receipts=1.0)
    near, told = site.a_host("near"), site.tell(TEXTS)
    near.start_clock()
    with wired(site, "far") as far:
        far.host.environ["LOA_GATEWAY_CONNECTIONS"] = str(FEW)
        far.host.start_worker()
        until(lambda: site.count("submitting") >= IN_HAND)
        far.postgres.lose()
        near.start_worker()
        near.wait_for("clock", "windows_lost")
        site.let_pass(PAST_ANY_LOOK_S)
        states = site.settle()
        assert sum(states.values()) == TEXTS
        recorded = far.host.says("worker", "texts_recorded")
        far.postgres.mend()
        far.host.wait_for("worker", "texts_recorded", times=recorded + 1)
        assert site.states() == states
        assert site.heard() == Counter(told)
        assert site.taken() == TEXTS
