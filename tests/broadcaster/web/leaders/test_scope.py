"""What is another group's is not there; what has no token is not done."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from broadcaster.rules.permissions import Role
from broadcaster.services.register_uploads import NewUpload, keep_upload
from broadcaster.store.session import Database
from subscriptions.tables.households import Household, Resident, Subscription
from subscriptions.tables.ledger import Payment
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.leaders.conftest import Browser, Round, words_of
from tests.builders.accounts import an_account
from tests.builders.ledger import pay
from tests.builders.people import NOW, a_household

GETS = (
    "/leader/{other}",
    "/leader/{other}/enrol",
    "/leader/{other}/paste",
    "/leader/{other}/households",
    "/leader/{other}/import",
    "/leader/{other}/collect",
    "/leader/{other}/cash",
    "/leader/households/{household}",
    "/leader/residents/{resident}/number",
    "/leader/lines/{subscription}/number",
    "/leader/lines/{subscription}/consent",
    "/leader/lines/{subscription}/service",
    "/leader/imports/{upload}/done",
    "/leader/imports/{upload}/faults.xlsx",
)
POSTS = (
    "/leader/{other}/enrol",
    "/leader/{other}/enrol/check",
    "/leader/{other}/paste",
    "/leader/{other}/paste/check?name=phone_0_0",
    "/leader/{other}/paste/save",
    "/leader/{other}/import",
    "/leader/{other}/cash",
    "/leader/{own}/households/{household}/undo",
    "/leader/{own}/collect/{household}",
    "/leader/{own}/payments/{payment}/undo",
    "/leader/residents/{resident}/number",
    "/leader/lines/{subscription}/number",
    "/leader/lines/{subscription}/consent",
    "/leader/lines/{subscription}/service",
    "/leader/lines/{subscription}/works",
)


@pytest.fixture
def places(database: Database, rounds: Round) -> dict[str, object]:
    """Give the ids of another group's household and all that hangs on it."""
    with database.writing() as session:
        stranger = an_account(
            session,
            Role.LEADER,
            ward_id=rounds.ward.id,
            username="stranger",
            group_ids=frozenset({rounds.other.id}),
        )
        home = a_household(session, in_group=rounds.other, with_phone="0912345678")
        pay(session, home, 3000)
    content = "Họ và tên;Số điện thoại\nLê Văn Bảy;0987654321\n".encode()
    upload = keep_upload(
        database,
        NewUpload(group_id=rounds.other.id, filename="to5.csv", content=content),
        actor=stranger,
        now=NOW,
    )
    with database.reading() as session:
        return {
            "own": rounds.group.id,
            "other": rounds.other.id,
            "household": home.public_id,
            "resident": session.scalars(select(Resident.public_id)).one(),
            "subscription": session.scalars(select(Subscription.public_id)).one(),
            "payment": session.scalars(select(Payment.public_id)).one(),
            "upload": upload.public_id,
        }


def post(browser: Browser, path: str, rounds: Round) -> TestResponse:
    token = browser.hidden(f"/leader/{rounds.group.id}/enrol")
    return browser.client.post(path, data=token | {"stop": "all"})


def test_a_page_about_another_group_is_not_there(
    browser_of_leader: Browser, places: dict[str, object]
) -> None:
    statuses = {
        path: browser_of_leader.client.get(path.format(**places)).status_code
        for path in GETS
    }
    assert statuses == dict.fromkeys(GETS, 404)


def test_a_deed_in_another_group_is_not_there(
    browser_of_leader: Browser, places: dict[str, object], rounds: Round
) -> None:
    statuses = {
        path: post(browser_of_leader, path.format(**places), rounds).status_code
        for path in POSTS
    }
    assert statuses == dict.fromkeys(POSTS, 404)


def test_a_form_without_its_token_does_nothing(
    browser_of_leader: Browser, places: dict[str, object]
) -> None:
    client = browser_of_leader.client
    statuses = {
        path: client.post(path.format(**places), data={"stop": "all"}).status_code
        for path in POSTS
    }
    assert statuses == dict.fromkeys(POSTS, 400)


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.OFFICER, Role.AUDITOR])
def test_who_is_no_leader_has_no_leaders_page(
    database: Database, signed_in: SignIn, rounds: Round, role: Role
) -> None:
    with database.writing() as session:
        actor = an_account(session, role, ward_id=rounds.ward.id)
    assert signed_in(actor).get(f"/leader/{rounds.group.id}").status_code == 403


def test_a_leader_of_several_groups_picks_one(
    database: Database, signed_in: SignIn, rounds: Round
) -> None:
    with database.writing() as session:
        both = frozenset({rounds.group.id, rounds.other.id})
        actor = an_account(
            session,
            Role.LEADER,
            ward_id=rounds.ward.id,
            username="both",
            group_ids=both,
        )
    browser = Browser(signed_in(actor))
    assert "Chọn tổ Tổ 5 Tổ 12" in words_of(browser.read("/leader"))
    assert "Chọn tổ khác" in browser.read(f"/leader/{rounds.other.id}")


def test_another_groups_household_stays_as_it_was(
    browser_of_leader: Browser,
    database: Database,
    places: dict[str, object],
    rounds: Round,
) -> None:
    for path in POSTS:
        post(browser_of_leader, path.format(**places), rounds)
    with database.reading() as session:
        home = session.scalars(select(Household)).one()
        assert home.left_on is None
        assert len(session.scalars(select(Payment)).all()) == 1
