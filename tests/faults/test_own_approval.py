"""Whoever wrote a notice cannot let it go, whatever they send to the web."""

from collections import Counter

from sqlalchemy import select, update

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.staff import Account
from subscriptions.tables.places import Ward
from tests.builders.accounts import an_account
from tests.faults.presses import JOURNAL, compose_form, sign_in
from tests.faults.rolls import told_phones
from tests.faults.sites import Site


def test_an_author_who_posts_the_approval_is_refused_and_nothing_leaves(
    either_site: Site,
) -> None:
    """Fault 12: as the officer, and then promoted to approver with the note written."""
    site, host = either_site, either_site.a_host()
    site.start_web(host)
    host.start_worker()
    host.start_clock()
    author = sign_in(site.url, "officer")
    author.post("/staff/compose", compose_form(whom="all"))
    waiting = _the_announcement(site.database)
    assert waiting.state is AnnouncementState.AWAITING_APPROVAL
    path = f"/staff/approvals/announcements/{waiting.public_id}/approve"
    form = {"seen_hash": waiting.approved_hash or ""}
    assert author.post(path, form, page=JOURNAL).status_code == 403
    with site.database.writing() as session:
        session.execute(update(Account).values(role=Role.APPROVER))
        ward_id = session.scalars(select(Ward.id)).one()
        an_account(session, Role.APPROVER, ward_id=ward_id)
    assert author.post(path, form, page=JOURNAL).status_code == 403
    found = _the_announcement(site.database)
    assert (found.state, found.approver_id) == (waiting.state, None)
    assert told_phones(site.database) == []
    assert site.taken() == 0

    second = sign_in(site.url, "approver")
    assert second.post(path, form, page=JOURNAL).status_code == 200
    site.settle()
    assert site.heard() == Counter(told_phones(site.database))
    assert site.taken() == len(site.heard()) > 0


def _the_announcement(database: Database) -> Announcement:
    with database.reading() as session:
        return session.scalars(select(Announcement)).one()
