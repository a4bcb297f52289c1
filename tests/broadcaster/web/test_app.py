"""What holds for every page: guards, headers, errors that say what to do."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from broadcaster.bootstrap import House
from broadcaster.rules.permissions import ALLOWED, Act, Role
from broadcaster.store.session import Database
from broadcaster.web.app import create_app
from broadcaster.web.guards import unguarded
from tests.broadcaster.web.conftest import SignIn, csrf_of
from tests.builders.accounts import PASSWORD, an_account
from tests.builders.people import a_group, a_ward


def _get_routes(app: Flask) -> list[tuple[str, Act]]:
    """Return every page without parameters that an act guards."""
    return [
        (rule.rule, guard)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
        for guard in [getattr(app.view_functions[rule.endpoint], "guard", None)]
        if isinstance(guard, Act)
    ]


def test_every_page_says_who_may_open_it(app: Flask) -> None:
    assert unguarded(app) == []


def test_a_page_without_a_guard_stops_the_application(app: Flask) -> None:
    app.add_url_rule("/open", "open", lambda: "for anyone")
    assert unguarded(app) == ["open"]


def test_every_page_refuses_every_role_that_its_act_is_not_given_to(
    app: Flask, database: Database, signed_in: SignIn
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        people = {
            role: an_account(
                session,
                role,
                ward_id=None if role is Role.OPERATOR else ward.id,
                group_ids=frozenset({group.id} if role is Role.LEADER else ()),
            )
            for role in Role
        }
    routes = _get_routes(app)
    assert routes
    for role, actor in people.items():
        client = signed_in(actor)
        for path, act in routes:
            status = client.get(path).status_code
            if act in ALLOWED[role]:
                assert status < 400, f"{role} cannot open {path}: {status}"
            else:
                assert status == 403, f"{role} gets {status} from {path}"


def test_a_stranger_is_asked_to_sign_in_on_every_guarded_page(
    app: Flask, client: FlaskClient
) -> None:
    for path, _act in _get_routes(app):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in")


def test_pages_forbid_foreign_and_inline_scripts(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_carries_an_inline_script_or_style(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page


def test_a_form_without_its_token_is_refused_in_words(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"username": "officer"})
    assert answer.status_code == 400
    assert "tải lại trang" in answer.get_data(as_text=True)


def test_what_was_written_into_a_stale_form_can_be_copied(client: FlaskClient) -> None:
    answer = client.post("/staff/compose", data={"body": "Họp tổ lúc <19h>"})
    assert answer.status_code == 400
    assert ">Họp tổ lúc &lt;19h&gt;</textarea>" in answer.get_data(as_text=True)


def test_a_file_over_ten_megabytes_is_refused_in_words(client: FlaskClient) -> None:
    heavy = io.BytesIO(b"x" * (40 * 1024 * 1024))
    answer = client.post("/sign-in", data={"file": (heavy, "list.xlsx")})
    assert answer.status_code == 413
    assert "tối đa 10 MB" in answer.get_data(as_text=True)


def test_an_unknown_address_is_answered_in_words(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "Không có trang này" in answer.get_data(as_text=True)


def test_a_number_longer_than_any_key_is_an_unknown_address(
    database: Database, signed_in: SignIn
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        leader = an_account(
            session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({group.id})
        )
    client = signed_in(leader)
    assert client.get(f"/leader/{group.id}").status_code == 200
    assert client.get(f"/leader/{'9' * 30}").status_code == 404


def test_a_person_signs_in_and_out(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        an_account(session, Role.OPERATOR, ward_id=None, username="van hanh")
    typed = {
        "csrf_token": csrf_of(client, "/sign-in"),
        "username": "Van Hanh",
        "password": PASSWORD,
    }
    assert client.post("/sign-in", data=typed).status_code == 302
    assert client.get("/operator").status_code == 200
    token = {"csrf_token": csrf_of(client, "/operator")}
    client.post("/sign-out", data=token)
    assert client.get("/operator").status_code == 302


def test_a_wrong_password_keeps_the_name_and_says_what_is_wrong(
    client: FlaskClient,
) -> None:
    typed = {
        "csrf_token": csrf_of(client, "/sign-in"),
        "username": "ai do",
        "password": "sai",
    }
    answer = client.post("/sign-in", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="ai do"' in page
    assert "chưa đúng" in page


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(
    client: FlaskClient, database: Database, target: str
) -> None:
    with database.writing() as session:
        an_account(session, Role.OPERATOR, ward_id=None, username="op")
    typed = {
        "csrf_token": csrf_of(client, "/sign-in"),
        "username": "op",
        "password": PASSWORD,
    }
    answer = client.post("/sign-in", query_string={"next": target}, data=typed)
    assert answer.location == "/"


def test_a_form_sent_after_the_session_ended_leads_to_a_page_that_opens(
    client: FlaskClient,
) -> None:
    token = {"csrf_token": csrf_of(client, "/sign-in")}
    answer = client.post("/operator/accounts/1/switch", data=token)
    assert answer.location == "/sign-in"
    assert client.get("/operator/tariffs").location.endswith("next=/operator/tariffs")


def test_the_demos_doors_do_not_exist_in_production(client: FlaskClient) -> None:
    assert client.get("/demo").status_code == 404
    assert client.get("/demo/officer").status_code == 404


def test_static_files_are_named_by_their_content(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    assert "app.css?v=" in page


def test_the_application_answers_while_the_database_does(
    house: House, database: Database
) -> None:
    client = create_app(house).test_client()
    assert client.get("/healthz").status_code == 200
    database.engine.dispose()
