"""Confirm one announcement to a whole ward in a process of its own; say its cost."""

import datetime as dt
import json
import os
import time
from pathlib import Path

import click
from sqlalchemy import select

from broadcaster.bootstrap import open_database
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor, actor_of
from broadcaster.services.announcements import submit_announcement
from broadcaster.services.approvals import approve
from broadcaster.services.drafts import Draft
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.staff import Account
from subscriptions.audience import Audience
from tests.benchmarks._processes import peak_mb
from tests.builders.people import NOW


@click.command()
@click.option("--gateway", required=True)
def main(*, gateway: str) -> None:
    """Write, approve, and print rows, seconds and memory as one JSON object."""
    database = open_database(os.environ)
    officer, approver = (_actor(database, r) for r in (Role.OFFICER, Role.APPROVER))
    draft = Draft(
        topic=Topic.GENERAL,
        body="Mời ông/bà họp tổ dân phố 19h30 ngày 12/10 tại nhà văn hóa.",
        accented=False,
        audience=Audience(group_ids=None),
        idempotency_key="confirming",
    )
    waiting = submit_announcement(
        database, draft, actor=officer, gateway=gateway, now=NOW
    )
    before = peak_mb(os.getpid())
    # the peak begins anew: what came before is not the confirmation's
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    began = time.perf_counter()
    confirmed = approve(
        database,
        waiting.public_id,
        actor=approver,
        seen_hash=waiting.approved_hash or "",
        gateway=gateway,
        now=NOW + dt.timedelta(minutes=1),
    )
    told = {
        "rows": confirmed.recipients,
        "seconds": time.perf_counter() - began,
        "peak_mb": peak_mb(os.getpid()),
        "before_mb": before,
    }
    click.echo(json.dumps(told))


def _actor(database: Database, role: Role) -> Actor:
    with database.reading() as session:
        account = session.scalars(select(Account).where(Account.role == role)).one()
        return actor_of(session, account)


if __name__ == "__main__":
    main()
