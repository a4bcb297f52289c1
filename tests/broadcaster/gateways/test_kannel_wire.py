"""What Debian's Kannel does with texts, reports and residents' texts of ours."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.gateways.kannel import KannelGateway
from broadcaster.ports import Blame, ReceiptStatus, Verdict
from tests.broadcaster.gateways.kannel_ends import (
    Door,
    a_door,
    a_front,
    a_gateway,
    read_reports,
    steps,
)
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.kannel import Kannel
from tests.kannel_carrier import Carrier
from tests.telco import until

LONG = "Thông báo: sáng mai trả lương hưu tại nhà văn hoá, cô bác mang theo giấy tờ. "


@pytest.fixture(scope="module")
def shared_door() -> Iterator[Door]:
    with a_door() as door:
        yield door


@pytest.fixture(scope="module")
def kannel(
    shared_door: Door, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kannel]:
    folder = tmp_path_factory.mktemp("box") / "kannel"
    kannel = Kannel(folder, public_url=shared_door.url)
    kannel.start()
    yield kannel
    kannel.stop()


@pytest.fixture(scope="module")
def carrier(kannel: Kannel) -> Iterator[Carrier]:
    carrier = Carrier(kannel.smsc_port)
    yield carrier
    carrier.hang_up()


@pytest.fixture
def door(shared_door: Door) -> Door:
    shared_door.status = 200
    shared_door.came.clear()
    return shared_door


@pytest.fixture
def gateway(kannel: Kannel, carrier: Carrier, door: Door) -> KannelGateway:
    del carrier  # it takes what is sent
    return a_gateway(kannel.base_url, public_url=door.url)


def test_kannels_own_reports_are_believed_and_read(
    gateway: KannelGateway, door: Door
) -> None:
    text = a_submission()
    assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    receipts = read_reports(gateway, door, of=[text], count=2)
    assert steps(receipts) == {
        (str(text.reference), ReceiptStatus.ACCEPTED),
        (str(text.reference), ReceiptStatus.DELIVERED),
    }
    assert text.to[1:] not in "".join(callback.url for callback in door.reports())


@pytest.mark.parametrize(
    "words",
    [
        "Toi mai cup nuoc 8h-11h: 50% & {1+1} = 2?",
        "Sáng mai trả lương hưu, ấp Đông 😀.",
        "Cup dien " * 40,
        LONG * 3,
    ],
    ids=["plain", "accents", "long", "long_accents"],
)
def test_every_letter_arrives(
    gateway: KannelGateway, carrier: Carrier, words: str
) -> None:
    text = replace(a_submission(), text=words)
    submit_one(gateway, text)
    until(lambda: carrier.texts(text.to) == [words])


def test_a_long_text_is_reported_like_a_short_one(
    gateway: KannelGateway, door: Door, kannel: Kannel
) -> None:
    text = replace(a_submission(), text=LONG * 3)
    submit_one(gateway, text)
    read_reports(gateway, door, of=[text], count=2)
    until(lambda: kannel.count("stored") == 0)
    assert len(read_reports(gateway, door, of=[text], count=2)) == 2


def test_fifty_numbers_share_a_request_and_each_has_its_own_reports(
    kannel: Kannel, carrier: Carrier, door: Door
) -> None:
    texts = [replace(a_submission(number), text="Cup nuoc.") for number in range(50)]
    with a_front(kannel.base_url) as front:
        gateway = a_gateway(front.url, public_url=door.url, bulk="50")
        outcomes = gateway.submit(texts, may_start=always)
        assert len(front.asked) == 1
    assert {outcome.message_id for outcome in outcomes} == set(range(50))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    receipts = read_reports(gateway, door, of=texts, count=100)
    assert steps(receipts) == {
        (str(text.reference), status)
        for text in texts
        for status in (ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED)
    }
    assert {tuple(carrier.texts(text.to)) for text in texts} == {("Cup nuoc.",)}


def test_only_what_is_alike_shares_a_request(
    kannel: Kannel, carrier: Carrier, door: Door
) -> None:
    first, second, third, fourth = (a_submission(number) for number in range(4))
    other_words = replace(second, text="Cup nuoc.")
    other_sender = replace(third, sender="PHOBANH")
    same_digits = replace(fourth, to=f"+84987{first.to[-6:]}")
    texts = [first, other_words, other_sender, same_digits]
    with a_front(kannel.base_url) as front:
        gateway = a_gateway(front.url, public_url=door.url, bulk="50")
        gateway.submit(texts, may_start=always)
        assert sorted(asked["X-Kannel-To"] for asked in front.asked) == sorted(
            text.to for text in texts
        )
    until(lambda: all(carrier.texts(text.to) for text in texts))
    assert [carrier.texts(text.to) for text in texts] == [[t.text] for t in texts]


def test_a_wrong_password_waits_for_the_operator(kannel: Kannel) -> None:
    gateway = a_gateway(kannel.base_url, password="wrong")
    outcome = submit_one(gateway, a_submission())
    assert (outcome.verdict, outcome.blame) == (Verdict.LATER, Blame.OURS)


@pytest.mark.parametrize("words", ["DK", "HS A1 & B=2?x#y%20 100%", "Tôi muốn hỏi  ạ"])
@pytest.mark.parametrize("sender", ["+84912000001", "84912000001", "0912000001"])
def test_a_residents_text_comes_as_it_was_written(
    gateway: KannelGateway, carrier: Carrier, door: Door, sender: str, words: str
) -> None:
    before = len(carrier.shorts)
    carrier.write(sender, "8088", text=words)
    [callback] = until(door.texts)
    assert gateway.verify(callback)
    inbound = gateway.read_inbound(callback)
    assert (inbound.sender, inbound.to) == ("+84912000001", "8088")
    assert inbound.text == words
    assert gateway.read_event(callback) == inbound
    assert "912000001" not in callback.url
    assert len(carrier.shorts) == before


def test_what_came_while_we_were_away_is_brought_again(
    gateway: KannelGateway, carrier: Carrier, door: Door
) -> None:
    door.status = 503
    text = a_submission()
    submit_one(gateway, text)
    carrier.write("+84912000001", "8088", text="TC")
    until(lambda: carrier.texts(text.to))
    door.status = 200
    read_reports(gateway, door, of=[text], count=2)
    until(door.texts)
    assert {gateway.read_inbound(text).text for text in door.texts()} == {"TC"}


def test_an_answer_without_a_body_must_be_200(
    gateway: KannelGateway, carrier: Carrier, door: Door
) -> None:
    assert gateway.capabilities.thanks.status == 200
    door.status = 204
    carrier.write("+84912000001", "8088", text="DK")
    until(lambda: len(door.refused) >= 2)
    assert len({url.partition("id=")[2] for url in door.refused}) == 1
    door.status = 200
    until(door.texts)
