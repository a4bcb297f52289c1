"""The eSMS adapter against a network of its own wire, and against bad answers."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.codes import UNKNOWN
from broadcaster.gateways.esms_words import CODES
from broadcaster.ports import (
    Blame,
    Verdict,
)
from broadcaster.simulator.esms_words import MESSAGES
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.esms_ends import a_gateway, a_report, asked_for
from tests.broadcaster.gateways.esms_peer import EsmsPeer
from tests.broadcaster.gateways.peers import (
    BODY,
    Doubts,
    a_submission,
    submit_one,
)
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import ESMS_API_KEY, ESMS_SECRET_KEY, Telco, until

TAKEN = json.dumps({"CodeResult": "100", "SMSID": "s1"})


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture(autouse=True)
def _good_days(telco: Telco) -> None:
    telco.clear_weather()
    telco.clear_esms()
    telco.reset()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture
def peer(telco: Telco, stub: Stub) -> EsmsPeer:
    return EsmsPeer(telco, stub)


class TestEsmsGateway(GatewayContract):
    """The contract, kept over a real wire."""

    unknown_code = "998"
    doubts = Doubts.REPEATED
    told_wait = 5


def test_what_is_repeated_in_doubt_is_one_text_and_what_is_tried_anew_another(
    telco: Telco,
) -> None:
    gateway, text = a_gateway(telco.esms_url), a_submission()
    telco.weather(lost_answer=1.0)
    assert submit_one(gateway, text).verdict is Verdict.IN_DOUBT
    telco.clear_weather()
    again = submit_one(gateway, text)
    assert (again.verdict, again.provider_id) == (Verdict.ACCEPTED, None)
    submit_one(gateway, replace(text, attempt=2))
    until(lambda: telco.stats()["waiting"] == 0)
    assert telco.bodies(text.to) == [BODY, BODY]


def test_a_request_id_is_free_again_after_a_day(telco: Telco) -> None:
    gateway, text = a_gateway(telco.esms_url), a_submission()
    submit_one(gateway, text)
    telco.esms(clock_ahead_s=86_401)
    assert submit_one(gateway, text).provider_id
    until(lambda: telco.stats()["waiting"] == 0)
    assert telco.bodies(text.to) == [BODY, BODY]


def test_what_was_refused_goes_once_it_is_tried_anew(telco: Telco) -> None:
    gateway, text = a_gateway(telco.esms_url), a_submission()
    telco.esms(balance=0)
    assert submit_one(gateway, text).code == "103"
    telco.esms(balance=1_000_000)
    outcome = submit_one(gateway, replace(text, attempt=2))
    assert outcome.verdict is Verdict.ACCEPTED
    until(lambda: telco.stats()["waiting"] == 0)
    assert telco.bodies(text.to) == [BODY]


@pytest.mark.parametrize(
    ("settings", "code", "verdict", "wait"),
    [
        ({"balance": 0}, "103", Verdict.ELSEWHERE, 600),
        ({"unregistered": ["VinaPhone"]}, "177", Verdict.ELSEWHERE, None),
        ({"templates": ["Moi {P1,20} den nhan"]}, "146", Verdict.ELSEWHERE, None),
    ],
)
def test_an_account_in_trouble_lets_texts_go_elsewhere(
    telco: Telco,
    settings: dict[str, object],
    code: str,
    verdict: Verdict,
    wait: float | None,
) -> None:
    telco.esms(**settings)
    outcome = submit_one(a_gateway(telco.esms_url), a_submission())
    assert (outcome.code, outcome.verdict) == (code, verdict)
    assert (outcome.blame, outcome.retry_after) == (Blame.OURS, wait)


def test_too_many_texts_a_second_are_asked_to_wait(telco: Telco) -> None:
    telco.esms(tps=1)
    texts = [a_submission(number) for number in range(1, 9)]
    outcomes = a_gateway(telco.esms_url).submit(texts, may_start=lambda: True)
    refused = [o for o in outcomes if o.verdict is Verdict.LATER]
    assert refused
    assert {(o.code, o.retry_after) for o in refused} == {("160", 5.0)}
    assert any(o.verdict is Verdict.ACCEPTED for o in outcomes)


def test_while_it_is_away_texts_are_in_doubt_and_then_come_once(telco: Telco) -> None:
    gateway, text = a_gateway(telco.esms_url), a_submission()
    telco.esms(down_for_s=60)
    assert submit_one(gateway, text).verdict is Verdict.IN_DOUBT
    with pytest.raises(GatewayAwayError):
        gateway.standing()
    telco.esms(down_until=0)
    assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    until(lambda: telco.stats()["waiting"] == 0)
    assert telco.bodies(text.to) == [BODY]


@pytest.mark.parametrize("code", sorted(set(CODES.rows) - {UNKNOWN}))
def test_every_code_of_the_table_is_obeyed(stub: Stub, code: str) -> None:
    stub.answer(200, json.dumps({"CodeResult": code, "SMSID": "s1"}))
    outcome = submit_one(a_gateway(stub.url), a_submission())
    facts = CODES.rows[code]
    assert (outcome.verdict, outcome.blame) == (facts.verdict, facts.blame)
    assert outcome.retry_after == facts.wait_s
    is_taken = facts.verdict is Verdict.ACCEPTED
    assert (outcome.code, outcome.provider_id) == (
        (None, "s1") if is_taken else (code, None)
    )


def test_every_word_of_the_simulated_esms_is_in_the_table() -> None:
    assert set(MESSAGES) - {""} <= set(CODES.rows)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, ""),
        (200, ""),
        (200, "[]"),
        (200, '{"error": "Invalid request"}'),
        (200, '{"CodeResult": null}'),
        (200, '{"CodeResult": ""}'),
        (200, '{"CodeResult": ["100"]}'),
        (302, ""),
        (404, "<html>"),
        (500, '{"Message": "error"}'),
        (502, "<html>"),
    ],
)
def test_what_may_have_been_taken_is_in_doubt(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    outcome = submit_one(a_gateway(stub.url), a_submission())
    assert outcome.verdict is Verdict.IN_DOUBT
    assert len(stub.requests) == 1


def test_the_request_carries_what_esms_documents(stub: Stub) -> None:
    stub.answer(200, TAKEN)
    text = replace(a_submission(), attempt=3)
    submit_one(a_gateway(stub.url + "/under/a/path/"), text)
    [request] = stub.requests
    assert request.path == (
        "/under/a/path/MainService.svc/json/SendMultipleMessage_V4_post_json/"
    )
    body = asked_for(request)
    callback = body.pop("CallbackUrl")
    assert callback.startswith(
        f"https://loa.example/callbacks/esms/status/{text.reference}?k="
    )
    assert body == {
        "ApiKey": ESMS_API_KEY,
        "SecretKey": ESMS_SECRET_KEY,
        "Phone": text.to[1:],
        "Content": BODY,
        "Brandname": "PHOASUA",
        "SmsType": "2",
        "IsUnicode": "0",
        "Sandbox": "0",
        "RequestId": f"{text.reference.hex}-3",
    }
    assert len(body["RequestId"]) <= 50


def test_options_change_the_request(stub: Stub) -> None:
    stub.answer(200, TAKEN)
    gateway = a_gateway(
        stub.url, name="esms2", brandname="UBND", sms_type="8", sandbox="yes"
    )
    submit_one(gateway, a_submission())
    body = asked_for(stub.requests[0])
    assert (body["Brandname"], body["SmsType"], body["Sandbox"]) == ("UBND", "8", "1")
    assert "/callbacks/esms2/status/" in body["CallbackUrl"]


def test_without_a_key_of_ours_no_report_is_asked_for(stub: Stub) -> None:
    stub.answer(200, TAKEN)
    gateway, text = a_gateway(stub.url, callback_key=""), a_submission()
    submit_one(gateway, text)
    assert "CallbackUrl" not in asked_for(stub.requests[0])
    assert not gateway.verify(a_report(str(text.reference)))


def test_accents_reach_the_handset(telco: Telco) -> None:
    text = a_submission(body="Mời bà Phượng nhận lương hưu lúc 8 giờ.")
    submit_one(a_gateway(telco.esms_url), text)
    until(lambda: telco.stats()["waiting"] == 0)
    assert telco.bodies(text.to) == [text.text]
