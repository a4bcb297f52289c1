"""A telco that takes a text and says nothing, or says too much too soon."""

from collections import Counter

from tests.faults.sites import Site
from tests.telco import until

NEVER_MS = 600_000


def test_a_telco_that_never_answers_is_believed_by_its_receipts_and_its_list(
    site: Site,
) -> None:
    """Fault 3: half of the receipts are lost too, and nothing is sent twice."""
    site.telco.weather(answer_ms=NEVER_MS, lose_receipts=0.5)
    host, told = site.a_host(), site.tell(20)
    site.start_web(host)
    host.start_worker()
    host.start_clock()
    site.wait_until_taken(len(told))
    until(lambda: site.count("in_doubt") > 0)
    until(lambda: site.count("delivered") > 0)
    site.let_pass(30)
    states = site.settle()
    assert set(states) <= {"accepted", "delivered"}, "a receipt may be lost in part"
    assert sum(states.values()) == len(told)
    assert site.heard() == Counter(told)
    assert site.taken() == len(told)


def test_receipts_that_overtake_the_answer_are_kept_by_it(either_site: Site) -> None:
    """Fault 4: repeated and in the wrong order besides."""
    site = either_site
    site.telco.weather(early_receipts=1.0, repeat_receipts=0.5, reorder_receipts=0.5)
    host, told = site.a_host(), site.tell(100)
    site.start_web(host)
    host.start_worker()
    host.start_clock()
    until(lambda: site.count("delivered") == len(told), within_s=60)
    until(lambda: site.telco.stats()["receipts_owed"] == 0)
    host.stop()
    assert site.states() == {"delivered": len(told)}
    assert site.heard() == Counter(told)
    assert site.taken() == len(told)
