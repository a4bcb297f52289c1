"""Two machines share PostgreSQL and Redis and nothing else; one of them is lost."""

from collections import Counter

from tests.faults.networks import wired
from tests.faults.sites import Site
from tests.telco import until

TEXTS = 400
A_LEASE_S = 30


def test_one_of_two_hosts_is_lost_in_mid_send_and_the_other_finishes(
    site: Site,
) -> None:
    """Every line has its text exactly once; what was on the wire was looked up."""
    site.set_gateway(connections=8, absent_after_s=2)
    site.telco.weather(answer_ms=200, lose_receipts=1.0)
    with wired(site, "north") as north, wired(site, "south") as south:
        for host in (north.host, south.host):
            host.start_worker()
            host.start_clock()
            host.wait_for("worker", "worker_started")
        told = site.tell(TEXTS)
        for host in (north.host, south.host):
            host.wait_for("worker", "texts_recorded", times=2)
        assert site.count("queued") > 0
        for name in ("worker", "clock"):
            north.host.kill(name)
        until(lambda: site.count("queued") == 0, within_s=60)
        site.let_pass(A_LEASE_S)
        until(lambda: site.count("submitting") == 0)
        site.let_pass(A_LEASE_S)
        states = site.settle()
        assert set(states) <= {"accepted", "delivered"}
        assert sum(states.values()) == TEXTS
        assert site.heard() == Counter(told)
        assert south.host.says("clock", "windows_lost") > 0
