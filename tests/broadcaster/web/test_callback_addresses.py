"""Each address under a gateway's name takes its own kind, by GET as by POST."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText
from broadcaster.web.callback_requests import MAX_FIELDS
from tests.broadcaster.web.keyed import KeyedGateway, keyed_path
from tests.broadcaster.web.reporting import kept
from tests.builders.houses import with_gateways

TEXT = {"from": "+84912000001", "to": "8099", "text": "Tổ 5: TC", "id": "K1"}
REFERENCE = "0198f1e0-5c00-7000-8000-000000000001"


@pytest.fixture
def keyed() -> KeyedGateway:
    return KeyedGateway()


@pytest.fixture
def house(house: House, gateway: MemoryGateway, keyed: KeyedGateway) -> House:
    """Give a house whose second telco asks with everything in the query."""
    return with_gateways(house, gateway, keyed)


def texts(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(t.gateway, t.body) for t in session.scalars(select(InboundText))]


def reports(database: Database) -> list[tuple[str, str, str]]:
    return [(r.gateway, r.reference, r.raw_status) for r in kept(database)]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_report_is_read_from_the_query(
    method: str, client: FlaskClient, database: Database
) -> None:
    path = keyed_path(f"status/{REFERENCE}", s="delivered", id="K1")
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.data) == (200, b"ok")
    assert reports(database) == [("keyed", REFERENCE, f"{method} delivered")]


@pytest.mark.parametrize("address", ["inbound", "events"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_text_is_kept_and_its_telco_reads_what_it_wants(
    address: str, method: str, client: FlaskClient, database: Database
) -> None:
    answer = client.open(keyed_path(address, **TEXT), method=method)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.data == b"<empty/>"
    assert texts(database) == [("keyed", "Tổ 5: TC")]


def test_one_address_takes_reports_as_well(
    client: FlaskClient, database: Database
) -> None:
    answer = client.get(keyed_path("events", s="accepted", id="K1"))
    assert (answer.status_code, answer.data) == (200, b"ok")
    assert reports(database) == [("keyed", "id:K1", "GET accepted")]


def test_what_is_nothing_for_us_is_thanked_for_and_left(
    client: FlaskClient, database: Database
) -> None:
    answer = client.get(keyed_path("events", seen="1"))
    assert (answer.status_code, answer.data) == (200, b"ok")
    assert (texts(database), reports(database)) == ([], [])


@pytest.mark.parametrize("address", ["inbound", "events", "status/r"])
def test_what_is_not_signed_is_refused_everywhere(
    address: str, client: FlaskClient, database: Database
) -> None:
    assert client.get(keyed_path(address, k="guessed", **TEXT)).status_code == 403
    assert (texts(database), reports(database)) == ([], [])


@pytest.mark.parametrize("address", ["inbound", "events", "status/r"])
def test_what_cannot_be_read_is_told_so(address: str, client: FlaskClient) -> None:
    assert client.get(keyed_path(address)).status_code == 400


@pytest.mark.parametrize("address", ["inbound", "events", "status/r"])
def test_a_telco_that_cannot_vouch_for_itself_now_is_asked_to_repeat(
    address: str, client: FlaskClient, database: Database, keyed: KeyedGateway
) -> None:
    path = keyed_path(address, s="delivered", **TEXT)
    keyed.is_away = True
    with capture_logs() as events:
        assert client.get(path).status_code == 503
    assert [each["event"] for each in events] == ["callback_unverified"]
    assert (texts(database), reports(database)) == ([], [])
    keyed.is_away = False
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("address", ["inbound", "events"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
def test_no_other_method_is_known(
    address: str, method: str, client: FlaskClient, database: Database
) -> None:
    answer = client.open(keyed_path(address, **TEXT), method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert texts(database) == []


def test_a_query_of_too_many_fields_is_not_read(client: FlaskClient) -> None:
    query = "&".join(["a=b"] * (MAX_FIELDS + 1))
    assert client.get(f"/callbacks/keyed/events?{query}").status_code == 400


def test_a_text_that_the_database_did_not_take_is_asked_for_again(
    client: FlaskClient, database: Database
) -> None:
    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", None, Exception("no room"))

    event.listen(database.engine, "commit", fail)
    assert client.get(keyed_path("inbound", **TEXT)).status_code == 503
    event.remove(database.engine, "commit", fail)
    assert client.get(keyed_path("inbound", **TEXT)).status_code == 200
    assert texts(database) == [("keyed", "Tổ 5: TC")]


def test_a_text_that_comes_twice_is_kept_once(
    client: FlaskClient, database: Database
) -> None:
    for _ in range(2):
        assert client.get(keyed_path("inbound", **TEXT)).status_code == 200
    assert len(texts(database)) == 1


def test_our_own_log_names_no_number_and_no_words(
    client: FlaskClient, keyed: KeyedGateway
) -> None:
    with capture_logs() as events:
        client.get(keyed_path("inbound", **TEXT))
        client.get(keyed_path("events", what="quota"))
        client.get(keyed_path("status/r", s="no word of ours", **TEXT))
        keyed.is_away = True
        client.get(keyed_path("inbound", **TEXT))
    assert {each["event"] for each in events} >= {
        "callback_failed",
        "callback_unverified",
    }
    for each in events:
        said = {key: word for key, word in each.items() if key != "exc_info"}
        assert "912000001" not in str(said)
        assert "Tổ" not in str(said)
