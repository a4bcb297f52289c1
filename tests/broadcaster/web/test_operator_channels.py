"""The operator sets a ward's channels, for a ward whose head does not."""

import pytest
from flask.testing import FlaskClient

from broadcaster.bootstrap import House, assemble
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.rules.permissions import Role
from broadcaster.services.ward_channels import read_channels
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from subscriptions.tables.places import Ward
from tests.broadcaster.web.conftest import SignIn, csrf_of
from tests.builders.accounts import an_account
from tests.builders.people import a_ward
from tests.builders.zalo import ACCOUNT, TemplateGateway, a_template
from tests.fakes import HandClock


@pytest.fixture
def house(
    house: House, database: Database, gateway: MemoryGateway, clock: HandClock
) -> House:
    """Give a house with both channels."""
    fixed = [gateway, TemplateGateway(a_template())]
    return assemble(house.settings, database, fixed=fixed, clock=clock)


@pytest.fixture
def ward(database: Database) -> Ward:
    with database.writing() as session:
        return a_ward(session)


@pytest.fixture
def operator(database: Database, signed_in: SignIn) -> FlaskClient:
    with database.writing() as session:
        actor = an_account(session, Role.OPERATOR, ward_id=None)
    return signed_in(actor)


def test_the_operator_sets_a_wards_account_from_the_list_of_wards(
    operator: FlaskClient, ward: Ward, database: Database
) -> None:
    path = f"/operator/wards/{ward.id}/channels"
    assert path in operator.get("/operator/wards").text
    form = {
        "csrf_token": csrf_of(operator, path),
        "zalo_gateway": ACCOUNT,
        "over_quota": "fall_back",
        "minutes.meeting": "60",
    }
    assert (
        "Đã lưu cách gửi" in operator.post(path, data=form, follow_redirects=True).text
    )
    with database.reading() as session:
        rules = read_channels(session, ward.id)
    assert rules.zalo_gateway == ACCOUNT
    assert rules.fall_back_minutes == {Topic.MEETING: 60}


def test_what_cannot_be_stays_typed_and_a_ward_that_is_not_is_not_found(
    operator: FlaskClient, ward: Ward
) -> None:
    path = f"/operator/wards/{ward.id}/channels"
    form = {
        "csrf_token": csrf_of(operator, path),
        "zalo_gateway": ACCOUNT,
        "over_quota": "fall_back",
        "minutes.meeting": "1",
    }
    answer = operator.post(path, data=form)
    assert (answer.status_code, 'value="1"' in answer.text) == (422, True)
    assert operator.get(f"/operator/wards/{ward.id + 1}/channels").status_code == 404


def test_the_operator_reads_and_asks_anew_what_an_account_may_send(
    operator: FlaskClient,
) -> None:
    path = f"/operator/gateways/{ACCOUNT}/templates"
    assert path in operator.get(f"/operator/gateways/{ACCOUNT}").text
    assert "chưa cập nhật lần nào" in operator.get(path).text
    form = {"csrf_token": csrf_of(operator, path)}
    page = operator.post(f"{path}/sync", data=form, follow_redirects=True).text
    assert "Đã cập nhật: 1 mẫu, 1 mẫu gửi được." in page
    assert "Mời họp tổ dân phố" in page
    assert operator.get("/operator/gateways/none/templates").status_code == 404
    assert (
        operator.post("/operator/gateways/none/templates/sync", data=form).status_code
        == 404
    )


def test_a_gateway_without_templates_says_so_in_words(
    operator: FlaskClient, gateway: MemoryGateway
) -> None:
    path = f"/operator/gateways/{gateway.name}/templates"
    assert path not in operator.get(f"/operator/gateways/{gateway.name}").text
    form = {"csrf_token": csrf_of(operator, path)}
    page = operator.post(f"{path}/sync", data=form, follow_redirects=True).text
    assert "không còn trong hệ thống" in page
