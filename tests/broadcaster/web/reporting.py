"""Reports as a telco posts them to the web, and those that were kept."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from broadcaster.gateways.memory import SIGNATURE_HEADER, MemoryGateway
from broadcaster.ports import Callback
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import RawCallback

PUBLIC_URL = "http://ward.example"
FORM = "application/x-www-form-urlencoded"
DELIVERED = {"status": "delivered", "id": "M1"}
Sign = Callable[[str, Mapping[str, str]], dict[str, str]]


def by_memory(url: str, form: Mapping[str, str]) -> dict[str, str]:
    callback = Callback(url=url, headers={}, form=form)
    return {SIGNATURE_HEADER: MemoryGateway().sign(callback)}


def path_of(reference: str, *, name: str = "memory") -> str:
    return f"/callbacks/{name}/status/{reference}"


def post(
    client: FlaskClient,
    path: str,
    form: dict[str, str] = DELIVERED,
    *,
    sign: Sign = by_memory,
    body: str | None = None,
) -> TestResponse:
    """Post a form as the telco signs it; `body` is what it sends instead."""
    return client.post(
        path,
        data=urlencode(form) if body is None else body,
        content_type=FORM,
        headers=sign(PUBLIC_URL + path, form),
    )


def kept(database: Database) -> list[RawCallback]:
    with database.reading() as session:
        return list(session.scalars(select(RawCallback)))
