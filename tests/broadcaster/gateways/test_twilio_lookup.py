"""What Twilio's own list tells of a text whose answer was lost."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.ports import Receipt, Unfound
from tests.broadcaster.gateways.peers import a_submission
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.twilio_ends import a_gateway


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


def listed(*bodies: str) -> str:
    usual = {"sid": "SM1", "from": "PHOASUA", "status": "sent"}
    return json.dumps({"messages": [usual | {"body": body} for body in bodies]})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>"),
        (200, "{}"),
        (200, '{"messages": [{"sid": "SM1"}]}'),
        (401, '{"code": 20003}'),
        (429, ""),
        (500, ""),
        (0, ""),
    ],
)
def test_an_answer_that_proves_nothing_proves_no_absence(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    assert a_gateway(stub.url).lookup(a_submission()) is Unfound.UNCLEAR


def test_an_empty_list_is_an_absence(stub: Stub) -> None:
    stub.answer(200, listed())
    assert a_gateway(stub.url).lookup(a_submission()) is Unfound.ABSENT


def test_a_full_page_of_other_texts_proves_no_absence(stub: Stub) -> None:
    stub.answer(200, listed(*["khac"] * 20))
    assert a_gateway(stub.url).lookup(a_submission()) is Unfound.UNCLEAR


def test_texts_of_before_fill_the_page_but_prove_the_absence(stub: Stub) -> None:
    texts = json.loads(listed(*["khac"] * 20))
    for text in texts["messages"]:
        text["date_created"] = "Thu, 24 Aug 2023 05:01:45 +0000"
    stub.answer(200, json.dumps(texts))
    assert a_gateway(stub.url).lookup(a_submission()) is Unfound.ABSENT


def test_what_waits_unsent_at_twilio_is_asked_for_too(stub: Stub) -> None:
    """By its date of sending it would be left out, taken for absent, and sent again."""
    stub.answer(200, listed())
    a_gateway(stub.url).lookup(a_submission())
    assert "DateSent" not in stub.requests[-1].path


def test_a_text_whose_blanks_were_tidied_is_still_found(stub: Stub) -> None:
    text = replace(a_submission(), text="Hop to dan pho \n 19h ")
    stub.answer(200, listed("Hop to dan pho 19h", "khac"))
    found = a_gateway(stub.url).lookup(text)
    assert isinstance(found, Receipt)
    assert found.provider_id == "SM1"


def test_two_texts_that_look_the_same_clear_no_doubt(stub: Stub) -> None:
    text = a_submission()
    stub.answer(200, listed(text.text, text.text))
    assert a_gateway(stub.url).lookup(text) is Unfound.UNCLEAR
