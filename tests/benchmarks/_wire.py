"""The bare wire, to compare with: the product's own gateway and no database.

Several threads hand windows to `submit`, as dispatch does; the texts are in memory.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import click

from broadcaster.bootstrap import build_house
from broadcaster.ports import Gateway, Submission, Verdict
from subscriptions.tables.base import new_public_id
from tests.benchmarks._notices import SENDS_BY, words_for
from tests.builders.people import NOW

READY = "wire_ready"


def submissions(texts: int, *, first: int) -> list[Submission]:
    """Return so many texts, each for a phone of its own."""
    return [
        Submission(
            message_id=number,
            reference=new_public_id(),
            to=f"+84{900_000_000 + number}",
            text=words_for(number, f"+84{900_000_000 + number}"),
            sender="PHOASUA",
            submitted_at=NOW,
        )
        for number in range(first, first + texts)
    ]


def send_all(gateway: Gateway, texts: Sequence[Submission], *, threads: int) -> int:
    """Send all texts in windows; return how many were accepted."""
    window = gateway.capabilities.window
    batches = [texts[at : at + window] for at in range(0, len(texts), window)]

    def send(batch: Sequence[Submission]) -> int:
        outcomes = gateway.submit(batch, may_start=lambda: True)
        return sum(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(send, batches))


@click.command()
@click.option("--texts", type=int, required=True)
@click.option("--first", type=int, required=True)
@click.option("--threads", type=int, required=True)
def main(*, texts: int, first: int, threads: int) -> None:
    """Wait for a line on standard input, send, and print when it began and ended."""
    gateway = build_house(os.environ).gateways[SENDS_BY]
    waiting = submissions(texts, first=first)
    click.echo(READY)
    sys.stdin.readline()
    began = time.time()
    accepted = send_all(gateway, waiting, threads=threads)
    told = {"began": began, "ended": time.time(), "accepted": accepted}
    click.echo(json.dumps(told))


if __name__ == "__main__":
    main()
