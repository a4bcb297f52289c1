"""Which requests the door of delivery reports reads, and how far."""

import io
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from broadcaster.store.session import Database
from broadcaster.web.callback_requests import MAX_BYTES, MAX_FIELDS
from tests.broadcaster.web.reporting import (
    DELIVERED,
    FORM,
    PUBLIC_URL,
    by_memory,
    kept,
    path_of,
    post,
)

REFERENCE = "0198f1e0-5c00-7000-8000-000000000001"


def test_of_equal_fields_the_first_counts(
    client: FlaskClient, database: Database
) -> None:
    twice = urlencode([*DELIVERED.items(), ("status", "refused")])
    assert post(client, path_of(REFERENCE), body=twice).status_code == 204
    assert [report.status for report in kept(database)] == ["delivered"]


def test_an_empty_field_is_part_of_what_was_signed(
    client: FlaskClient, database: Database
) -> None:
    form = DELIVERED | {"code": ""}
    assert post(client, path_of(REFERENCE), form).status_code == 204
    assert len(kept(database)) == 1


def test_a_form_in_parts_is_read_as_well(
    client: FlaskClient, database: Database
) -> None:
    path = path_of(REFERENCE)
    answer = client.post(
        path,
        data=DELIVERED,
        content_type="multipart/form-data",
        headers=by_memory(PUBLIC_URL + path, DELIVERED),
    )
    assert answer.status_code == 204
    assert len(kept(database)) == 1


@pytest.mark.parametrize(
    "content_type",
    ["", FORM, "multipart/form-data", "multipart/form-data; boundary=é", "a/b; c"],
)
def test_bytes_that_are_no_form_are_refused_and_no_error(
    content_type: str, client: FlaskClient
) -> None:
    answer = client.post(
        path_of(REFERENCE), data=b"status=%ff\xff&\x00", content_type=content_type
    )
    assert answer.status_code == 403


def test_a_form_of_too_many_fields_is_not_read(client: FlaskClient) -> None:
    body = "&".join(["a=b"] * (MAX_FIELDS + 1))
    assert post(client, path_of(REFERENCE), body=body).status_code == 400


@pytest.mark.parametrize("is_chunked", [False, True])
def test_more_than_any_report_says_is_not_read(
    is_chunked: bool, client: FlaskClient
) -> None:
    body = io.BytesIO(b"x" * (MAX_BYTES + 1))
    environ: dict[str, object] = {"CONTENT_LENGTH": str(MAX_BYTES + 1)}
    if is_chunked:
        environ = {"wsgi.input_terminated": True}
    answer = client.post(
        path_of(REFERENCE),
        input_stream=body,
        content_type=FORM,
        environ_overrides=environ,
    )
    assert answer.status_code == 413
    assert is_chunked or body.tell() == 0


@pytest.mark.parametrize(
    ("asked", "reference"),
    [
        ("a%20b", "a b"),
        ("t%E1%BB%95%205", "tổ 5"),
        ("%ff", "\ufffd"),
        ("a?again=1&x=%20", "a"),
    ],
)
def test_a_reference_is_read_but_signed_as_it_was_asked_for(
    asked: str, reference: str, client: FlaskClient, database: Database
) -> None:
    assert post(client, path_of(asked)).status_code == 204
    assert [report.reference for report in kept(database)] == [reference]


@pytest.mark.parametrize("raw_uri", ["", "http://elsewhere.example/x?y=1"])
def test_what_was_signed_is_put_together_where_the_server_does_not_tell(
    raw_uri: str, client: FlaskClient, database: Database
) -> None:
    path = path_of("a%20b?again=1")
    answer = client.post(
        path,
        data=DELIVERED,
        headers=by_memory(PUBLIC_URL + path, DELIVERED),
        environ_overrides={"RAW_URI": raw_uri},
    )
    assert answer.status_code == 204
    assert len(kept(database)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/callbacks/memory/status/r/",
        "/callbacks/memory/status/a/b",
        "/callbacks/memory/status/a%2Fb",
        "/callbacks/memory/status/",
        "/callbacks/memory/status",
        "/before/callbacks/memory/status/r",
    ],
)
def test_an_address_beside_the_door_is_unknown_to_the_application_too(
    path: str, client: FlaskClient, database: Database
) -> None:
    answer = post(client, path)
    assert answer.status_code == 404
    assert "Không có trang này" in answer.get_data(as_text=True)
    assert kept(database) == []
