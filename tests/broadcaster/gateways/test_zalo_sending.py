"""Sending by Zalo: who is reached how, what is refused, and what quotas stop."""

import datetime as dt
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import ConfigurationError
from broadcaster.ports import (
    Blame,
    Channel,
    HasStanding,
    HasTemplates,
    ReceiptKind,
    Verdict,
)
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.zalo_ends import (
    RESIDENT,
    MemoryTokens,
    a_gateway,
    a_notice,
    an_answer,
    connected,
    shown,
)
from tests.telco import Telco, until


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture
def quiet_telco(telco: Telco) -> Telco:
    telco.reset()
    telco.clear_weather()
    telco.clear_zalo()
    return telco


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.mark.parametrize(
    ("switch", "code", "blame"),
    [
        ({"has_zalo": False}, "-118", Blame.NO_ACCOUNT),
        ({"refuses": True}, "-141", Blame.OPTED_OUT),
    ],
    ids=["no Zalo", "refuses"],
)
def test_who_cannot_or_will_not_be_reached_may_get_an_sms(
    quiet_telco: Telco, switch: dict[str, bool], code: str, blame: Blame
) -> None:
    text = a_notice()
    quiet_telco.zalo_person(text.to, **switch)
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    outcome = submit_one(gateway, text)
    assert outcome.verdict is Verdict.ELSEWHERE
    assert (outcome.code, outcome.blame) == (code, blame)


def test_the_request_carries_what_zalo_documents(stub: Stub) -> None:
    stub.answer(200, json.dumps({"error": 0, "data": {"msg_id": "M1"}}))
    text = a_notice()
    gateway = a_gateway(stub.url + "/under/a/path", mode="development")
    assert submit_one(gateway, text).provider_id == "M1"
    [request] = stub.requests
    assert request.path == "/under/a/path/message/template"
    assert request.headers["access_token"] == "access"
    assert json.loads(request.body) == {
        "phone": text.to.removeprefix("+"),
        "template_id": text.template_id,
        "template_data": dict(text.template_data),
        "tracking_id": text.reference.hex,
        "sending_mode": "1",
        "mode": "development",
    }


def test_by_user_id_the_reference_stays_with_us(stub: Stub) -> None:
    stub.answer(200, json.dumps({"error": 0, "data": {"message_id": "M2"}}))
    text = a_notice(user_id="1234567890123456789")
    assert submit_one(a_gateway(stub.url), text).provider_id == "M2"
    [request] = stub.requests
    assert request.path == "/v3.0/oa/message/template"
    sent = json.loads(request.body)
    assert sent["user_id"] == text.user_id
    assert "tracking_id" not in sent
    assert "phone" not in sent


def test_letters_leave_composed_so_that_none_counts_twice(quiet_telco: Telco) -> None:
    name = "ế" * 30  # as long as this blank takes
    apart = unicodedata.normalize("NFD", name)
    assert len(apart) > 30
    text = a_notice()
    text = replace(text, template_data={**text.template_data, "customer_name": apart})
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    [body] = until(lambda: quiet_telco.bodies(text.to))
    assert name in body


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer_name": "ế" * 31}, "-1121"),
        ({"title": ""}, "-1122"),
        ({"colour": "red"}, "-112"),
    ],
    ids=["too long", "missing", "of no blank"],
)
def test_a_fault_of_ours_costs_the_resident_nothing(
    quiet_telco: Telco, changes: dict[str, str], code: str
) -> None:
    text = a_notice()
    text = replace(text, template_data={**text.template_data, **changes})
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    outcome = submit_one(gateway, text)
    assert (outcome.verdict, outcome.blame) == (Verdict.ELSEWHERE, Blame.OURS)
    assert outcome.code == code


def test_the_night_lasts_until_six(stub: Stub) -> None:
    at_23 = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
    stub.answer(200, json.dumps({"error": -133, "message": "no"}))
    outcome = submit_one(a_gateway(stub.url), a_notice(submitted_at=at_23))
    assert outcome.verdict is Verdict.NIGHT
    assert 7 * 3600 <= (outcome.retry_after or 0) < 7 * 3600 + 900


def test_an_empty_quota_lasts_until_midnight_and_stops_the_window(
    quiet_telco: Telco,
) -> None:
    quiet_telco.zalo(daily_quota=20)
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    texts = [a_notice(number) for number in range(600)]
    outcomes = gateway.submit(texts, may_start=always)
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts.count(Verdict.ACCEPTED) == 20
    assert verdicts.count(Verdict.OVER_QUOTA) == 580
    assert {o.code for o in outcomes} == {None, "-144"}
    quiet_telco.zalo(daily_quota=5000)
    late = submit_one(gateway, a_notice())
    assert late.verdict is Verdict.OVER_QUOTA  # it has not asked again
    other = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    assert submit_one(other, a_notice()).verdict is Verdict.ACCEPTED


def test_one_templates_quota_leaves_the_others(quiet_telco: Telco) -> None:
    quiet_telco.zalo(template_quota=1)
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    first, second = a_notice(1), a_notice(2)
    assert submit_one(gateway, first).verdict is Verdict.ACCEPTED
    outcome = submit_one(gateway, second)
    assert (outcome.verdict, outcome.code) == (Verdict.OVER_QUOTA, "-147")
    data = {n: second.template_data[n] for n in ("customer_name", "code", "title")}
    other = replace(second, template_id="214006", template_data=data | {"note": "x"})
    assert submit_one(gateway, other).verdict is Verdict.ACCEPTED


def test_a_text_without_template_or_person_is_not_asked_for(stub: Stub) -> None:
    outcome = submit_one(a_gateway(stub.url), a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.ELSEWHERE, "no_template")
    assert stub.requests == []


def test_followers_are_reached_by_id_and_answered_freely(quiet_telco: Telco) -> None:
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    user_id = quiet_telco.zalo_does(RESIDENT, "follow")["user_id"]
    notice = replace(a_notice(), user_id=user_id, to="")
    sent = submit_one(gateway, notice)
    assert sent.verdict is Verdict.ACCEPTED
    answer = an_answer(user_id, "Đã nhận.")
    assert submit_one(gateway, answer).verdict is Verdict.ACCEPTED
    form = an_answer(user_id, "Nối Zalo\nBấm để chia sẻ số điện thoại", ask="phone")
    assert submit_one(gateway, form).verdict is Verdict.ACCEPTED
    texts = until(lambda: _three(quiet_telco.received(RESIDENT)))
    assert {text["body"] for text in texts} == {
        shown(notice),
        "Đã nhận.",
        "Nối Zalo\nBấm để chia sẻ số điện thoại",
    }
    assert {text["channel"] for text in texts} == {"zalo"}


def _three(texts: list[dict[str, str]]) -> list[dict[str, str]]:
    return texts if len(texts) == 3 else []


def test_a_stranger_gets_no_free_answer(quiet_telco: Telco) -> None:
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    outcome = submit_one(gateway, an_answer("1", "Đã nhận."))
    assert (outcome.verdict, outcome.code) == (Verdict.ELSEWHERE, "-201")


def test_the_account_tells_its_quota_and_its_templates(quiet_telco: Telco) -> None:
    gateway = a_gateway(quiet_telco.zalo_url, tokens=connected(quiet_telco))
    assert isinstance(gateway, HasStanding)
    assert isinstance(gateway, HasTemplates)
    quiet_telco.zalo(daily_quota=300)
    submit_one(gateway, a_notice())
    standing = gateway.standing()
    assert (standing.daily_quota, standing.remaining_quota) == (300, 299)
    by_id = {template.template_id: template for template in gateway.templates()}
    assert len(by_id) == 8
    assert {t.state for t in by_id.values()} == {"approved", "pending", "disabled"}
    notice = by_id["214002"]
    assert (notice.price_vnd, notice.price_by_user_id_vnd) == (200, 140)
    lengths = {param.name: param.max_length for param in notice.params}
    assert lengths["customer_name"] == 30
    assert [p.name for p in notice.params if not p.required] == ["note2"]


def test_what_it_can_do_is_data() -> None:
    capabilities = a_gateway(None, requests_per_minute="600").capabilities
    assert capabilities.channel is Channel.ZALO
    assert capabilities.receipt_kind is ReceiptKind.HANDSET
    assert capabilities.segments_per_second == 10
    assert capabilities.thanks.status == 200


def test_every_missing_setting_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as fault:
        a_gateway(None, demo=True, app_id="", oa_secret="", sending_mode="2")
    words = str(fault.value)
    for name in ("APP_ID", "OA_SECRET", "SENDING_MODE", "BASE_URL"):
        assert f"LOA_GATEWAY_{name}" in words


def test_secrets_are_in_no_repr() -> None:
    gateway = a_gateway(None, app_secret="a-secret-word")
    assert "a-secret-word" not in repr(vars(gateway))
    assert "refresh-word" not in repr(MemoryTokens("refresh-word").pair)
