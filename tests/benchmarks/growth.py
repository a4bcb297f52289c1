"""Whether a longer queue slows the send path: the first texts of 1,000 to 1,000,000."""

import statistics
from collections.abc import Callable
from itertools import pairwise
from typing import LiteralString

from tests.benchmarks._notices import confirm_personal
from tests.benchmarks._place import Place, a_place
from tests.benchmarks._sending import ON_ITS_WAY, start_ours
from tests.telco import until

TITLE = "Growth: texts a second while 1,000 to 1,000,000 wait"
LINES = 100_000
SLICE = 5_000
ROUNDS = 5
QUEUES = (1_000, 10_000, 100_000, 1_000_000)
WITHIN_S = 300.0
AGAIN: LiteralString = """
INSERT INTO announcements (public_id, ward_id, topic, purpose, body, accented, text,
    audience, state, author_id, created_at, confirmed_at, due_at, recipients,
    idempotency_key)
SELECT gen_random_uuid(), ward_id, topic, purpose, body, accented, text, audience,
    state, author_id, created_at, confirmed_at, due_at, recipients,
    idempotency_key || '-' || n
FROM announcements, generate_series(2, %(times)s) AS n
"""
COPIES: LiteralString = """
INSERT INTO messages (public_id, ward_id, announcement_id, line_id, kind, purpose,
    to_e164, sender, text, encoding, segments, carrier, gateway, lane, state, attempts,
    due_at, created_at, channel, tariff_kind, submissions)
SELECT gen_random_uuid(), m.ward_id, a.id, m.line_id, m.kind, m.purpose, m.to_e164,
    m.sender, m.text, m.encoding, m.segments, m.carrier, m.gateway, m.lane, m.state,
    m.attempts, m.due_at, m.created_at, m.channel, m.tariff_kind, m.submissions
FROM messages AS m, announcements AS a
WHERE a.id <> m.announcement_id
"""


def run(report: Callable[[str], None]) -> None:
    """Measure every length of the queue, and how far they are apart."""
    report("One worker, PostgreSQL, no latency. The rate is from one arrival at the")
    report(f"telco to the {SLICE:,}th after it. A short queue is filled anew for each")
    report("reading, and counts from its first text, so the start of a drain is in it.")
    report(f"Medians of {ROUNDS} readings, after one that is not counted.")
    report("")
    report("| queued | texts/s | least-most |")
    report("|---|--:|--:|")
    medians = {}
    for queued in QUEUES:
        rates = rates_of(queued)
        medians[queued] = statistics.median(rates)
        least, most = min(rates), max(rates)
        report(f"| {queued:,} | {medians[queued]:,.0f} | {least:,.0f}-{most:,.0f} |")
    spread = max(medians.values()) / min(medians.values()) - 1
    report("")
    report(f"The fastest is {spread:.0%} above the slowest.")


def rates_of(queued: int) -> list[float]:
    """Return texts a second of each reading while so many rows wait."""
    with a_place(lines=min(queued, LINES)) as place:
        rates = _of_long_queue(place, queued) if queued >= LINES else []
        if not rates:
            start_ours(place, workers=1)
            rates = [_of_short_queue(place, queued) for _ in range(1 + ROUNDS)]
        return rates[1:]


def fill(place: Place, queued: int) -> None:
    """Put so many texts into the outbox, a notice for every 100,000 of them."""
    confirm_personal(place, texts=min(queued, LINES))
    times = queued // LINES
    if times > 1:
        with place.connect() as connection, connection.transaction():
            # neither foreign keys nor triggers: the rows are copies of good ones
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(AGAIN, {"times": times})
            connection.execute(COPIES)


def _of_long_queue(place: Place, queued: int) -> list[float]:
    fill(place, queued)
    place.analyze()
    start_ours(place, workers=1)
    marks = [1 + SLICE * n for n in range(2 + ROUNDS)]
    until(lambda: place.telco.received() >= marks[-1], within_s=WITHIN_S)
    moments = [place.telco.moment(mark) for mark in marks]
    return [SLICE / (later - earlier) for earlier, later in pairwise(moments)]


def _of_short_queue(place: Place, queued: int) -> float:
    place.forget_texts()
    fill(place, queued)
    until(lambda: place.telco.received() >= queued, within_s=WITHIN_S)
    until(lambda: not place.has_any(*ON_ITS_WAY), within_s=WITHIN_S)
    number = min(queued, SLICE)
    took = place.telco.moment(number) - place.telco.moment(1)
    return (number - 1) / took
