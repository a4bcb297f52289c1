"""The VNPT adapter against a server of its own wire."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways.codes import UNKNOWN
from broadcaster.gateways.vnpt import CODES, build
from broadcaster.ports import Callback, GatewaySettings, Unfound, Verdict
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.peers import (
    BODY,
    Answer,
    Doubts,
    Peer,
    a_submission,
    always,
    at_most,
    submit_one,
)
from tests.broadcaster.gateways.vnpt_peer import (
    ACCOUNT,
    Vnpt,
    VnptPeer,
    a_gateway,
    vnpt_server,
)


@pytest.fixture
def vnpt() -> Iterator[Vnpt]:
    with vnpt_server() as vnpt:
        yield vnpt


class TestVnptGateway(GatewayContract):
    """The contract, kept as it is set up by default: doubts stay doubts."""

    unknown_code = "998"
    doubts = Doubts.UNCLEAR
    told_wait = 5
    reports = False

    @pytest.fixture
    def peer(self, vnpt: Vnpt) -> VnptPeer:
        return VnptPeer(vnpt)


class TestVnptGatewayThatMayRepeat(GatewayContract):
    """The contract, kept where the agent was told for how long a REQID is known."""

    unknown_code = "998"
    doubts = Doubts.REPEATED
    told_wait = 5
    reports = False

    @pytest.fixture
    def peer(self, vnpt: Vnpt) -> VnptPeer:
        return VnptPeer(vnpt, duplicate_window_h="2")

    def test_a_text_that_was_taken_can_be_looked_up(self, peer: Peer) -> None:
        """It cannot, by this telco: nothing answers."""
        text = self.a_text()
        taken = submit_one(peer.when(Answer.ACCEPTED), text)
        known = replace(text, provider_id=taken.provider_id)
        assert peer.when(Answer.ACCEPTED).lookup(known) is Unfound.UNCLEAR


def test_the_request_is_what_the_vendors_clients_send(vnpt: Vnpt) -> None:
    text = replace(a_submission(), attempt=3)
    outcome = submit_one(a_gateway(vnpt.url, istelcosub="1"), text)
    [asked] = vnpt.asked
    assert asked == {
        "name": "send_sms_list",
        "REQID": f"{text.reference.hex}03",
        "LABELID": "1001",
        "CONTRACTTYPEID": "1",
        "CONTRACTID": "2002",
        "TEMPLATEID": "3003",
        "PARAMS": [{"NUM": "1", "CONTENT": BODY}],
        "SCHEDULETIME": "",
        "MOBILELIST": text.to[1:],
        "ISTELCOSUB": "1",
        "AGENTID": "4004",
        "APIUSER": "user-of-a-test",
        "APIPASS": "password-of-a-test",
        "USERNAME": "agent-of-a-test",
        "DATACODING": "0",
    }
    assert asked["REQID"].isalnum()
    assert outcome.provider_id == asked["REQID"]


def test_accents_choose_the_coding_unless_it_is_set(vnpt: Vnpt) -> None:
    accented = a_submission(body="Mời bà Phượng lĩnh lương.")
    submit_one(a_gateway(vnpt.url), accented)
    submit_one(a_gateway(vnpt.url, datacoding="0"), replace(accented, attempt=2))
    assert [asked["DATACODING"] for asked in vnpt.asked] == ["8", "0"]


@pytest.mark.parametrize(
    "code", sorted(c for c in CODES.rows if c != UNKNOWN and " " not in c)
)
def test_every_code_of_the_table_is_obeyed(vnpt: Vnpt, code: str) -> None:
    vnpt.error = code
    outcome = submit_one(a_gateway(vnpt.url), a_submission())
    facts = CODES.rows[code]
    assert (outcome.verdict, outcome.blame) == (facts.verdict, facts.blame)
    assert outcome.retry_after == facts.wait_s
    is_taken = facts.verdict is Verdict.ACCEPTED
    assert outcome.code == (None if is_taken else code)


def test_numbers_of_equal_words_share_a_request(vnpt: Vnpt) -> None:
    texts = [a_submission(number) for number in range(1, 8)]
    other = a_submission(8, body="Cat dien 8h-11h.")
    gateway = a_gateway(vnpt.url, bulk="3")
    outcomes = gateway.submit([*texts[:3], other, *texts[3:]], may_start=always)
    assert sorted(o.message_id for o in outcomes) == list(range(1, 9))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    sizes = sorted(asked["MOBILELIST"].count(",") + 1 for asked in vnpt.asked)
    assert sizes == [1, 1, 3, 3]
    came = sorted(vnpt.texts)
    assert came == sorted((text.to, text.text) for text in [*texts, other])


def test_a_request_of_several_numbers_is_never_repeated(vnpt: Vnpt) -> None:
    together = a_gateway(vnpt.url, bulk="2", duplicate_window_h="2").capabilities
    alone = a_gateway(vnpt.url, bulk="1", duplicate_window_h="2").capabilities
    assert (together.bulk, together.duplicate_window) == (2, None)
    assert alone.duplicate_window is not None


def test_a_bad_number_among_several_condemns_none_of_them(vnpt: Vnpt) -> None:
    vnpt.error = "23"
    texts = [a_submission(1), a_submission(2)]
    outcomes = a_gateway(vnpt.url, bulk="2").submit(texts, may_start=always)
    assert {o.verdict for o in outcomes} == {Verdict.ELSEWHERE}
    alone = submit_one(a_gateway(vnpt.url, bulk="2"), a_submission())
    assert alone.verdict is Verdict.NEVER


def test_a_request_that_may_not_start_keeps_all_its_texts(vnpt: Vnpt) -> None:
    texts = [a_submission(number) for number in range(1, 7)]
    gateway = a_gateway(vnpt.url, bulk="3")
    outcomes = gateway.submit(texts, may_start=at_most(1))
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts.count(Verdict.ACCEPTED) == verdicts.count(Verdict.NOT_SENT) == 3
    assert len(vnpt.texts) == 3


def test_nothing_that_comes_is_read() -> None:
    gateway = a_gateway("http://127.0.0.1:1/")
    callback = Callback(url="https://loa.example", headers={}, form={"a": "b"})
    assert not gateway.verify(callback)
    for read in (gateway.read_receipt, gateway.read_inbound, gateway.read_event):
        with pytest.raises(InputError):
            read(callback)


def test_what_is_missing_is_told_all_at_once() -> None:
    settings = GatewaySettings(name="vnpt", public_url="", demo=False)
    with pytest.raises(ConfigurationError) as refused:
        build(settings)
    named = {
        fault.split()[0].removeprefix("LOA_GATEWAY_").lower()
        for fault in refused.value.missing
    }
    assert named == {*ACCOUNT, "base_url"}
