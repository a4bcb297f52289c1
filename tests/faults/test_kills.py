"""A worker dies without a word (SIGKILL) when the telco already has its texts."""

from collections import Counter

from tests.faults.hosts import Host
from tests.faults.sites import Site
from tests.telco import until

TEXTS = 8
NEVER_MS = 600_000
A_LEASE_S = 30


def test_texts_of_a_killed_worker_are_looked_up_and_not_sent_again(
    either_site: Site,
) -> None:
    """Fault 2, and no callback ever comes: the telco's own list tells."""
    site = either_site
    site.telco.weather(answer_ms=NEVER_MS, lose_receipts=1.0)
    host, told = site.a_host(), site.tell(TEXTS)
    host.start_worker()
    host.start_clock()
    _kill_when_taken(site, host)
    site.let_pass(A_LEASE_S)
    until(lambda: site.count("in_doubt") == TEXTS)
    host.start_worker("another")
    site.let_pass(A_LEASE_S)
    assert site.settle() == {"delivered": TEXTS}
    assert site.heard() == Counter(told)
    assert site.taken() == TEXTS


def test_texts_of_a_killed_worker_are_shown_in_doubt_until_their_receipts_come(
    site: Site,
) -> None:
    """Fault 2, and the telco's list is late: the receipts tell."""
    site.telco.weather(answer_ms=NEVER_MS, list_lag_ms=NEVER_MS)
    host, told = site.a_host(), site.tell(TEXTS)
    for phone in told:
        site.telco.set_handset(phone, "off")
    site.start_web(host)
    host.start_worker()
    host.start_clock()
    officer = site.an_officer()
    _kill_when_taken(site, host)
    site.let_pass(A_LEASE_S)
    until(lambda: site.count("in_doubt") == TEXTS)
    assert f"{TEXTS} tin không rõ kết quả" in site.page_of_notice(officer)
    host.start_worker("another")
    for phone in told:
        site.telco.set_handset(phone, "ok")
    assert site.settle() == {"delivered": TEXTS}
    assert "tin không rõ kết quả" not in site.page_of_notice(officer)
    assert site.heard() == Counter(told)
    assert site.taken() == TEXTS


def _kill_when_taken(site: Site, host: Host) -> None:
    site.wait_until_taken(TEXTS)
    assert site.count("submitting") == TEXTS
    host.kill("worker")
