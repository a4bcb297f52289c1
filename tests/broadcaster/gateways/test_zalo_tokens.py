"""Zalo's tokens through crashes: once for all processes, and never used unsaved."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from broadcaster.gateways.zalo_tokens import NoAccessError
from broadcaster.ports import Blame, Verdict
from broadcaster.store.session import create_engine_for
from tests.broadcaster.gateways.peers import always, submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.zalo_ends import (
    MemoryTokens,
    a_gateway,
    a_notice,
    connected,
)
from tests.broadcaster.gateways.zalo_rotation import a_store, some_keys
from tests.telco import ROOT, Telco

LATE = 61.0


@pytest.fixture(scope="module")
def telco_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture
def telco(telco_process: Telco) -> Telco:
    telco_process.reset()
    telco_process.clear_zalo()
    return telco_process


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


def rotations(telco: Telco) -> int:
    return int(telco.ask("GET", "/sim/zalo")["rotations"])


def a_process(telco: Telco, url: str, **told: object) -> "subprocess.Popen[str]":
    words = json.dumps({"base_url": telco.zalo_url, "url": url, **told})
    program = [sys.executable, "-m", "tests.broadcaster.gateways.zalo_rotation", words]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_that_start_at_once_exchange_once(
    telco: Telco, database_url: str
) -> None:
    before, refresh = rotations(telco), telco.connect_zalo()
    processes = [a_process(telco, database_url, refresh=refresh) for _ in range(3)]
    told = {
        process.communicate(timeout=60)[0].splitlines()[-1] for process in processes
    }
    assert len(told) == 1
    assert told.pop().startswith("got ")
    assert rotations(telco) == before + 1


def test_killed_between_refreshed_and_stored_a_person_is_asked_for(
    telco: Telco, database_url: str
) -> None:
    before, refresh = rotations(telco), telco.connect_zalo()
    killed = a_process(telco, database_url, refresh=refresh, dies="before storing")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert rotations(telco) == before + 1  # Zalo gave the pair, and nobody has it
    store = a_store(database_url, refresh=refresh)
    assert store.begin_rotation() is None  # the lease of the dead
    store = a_store(database_url, refresh=refresh, later_s=LATE)
    keys = some_keys(store, base_url=telco.zalo_url)
    for _ in range(3):
        with pytest.raises(NoAccessError) as lost:
            keys.access()
        assert lost.value.retry_after is None
    assert store.why_lost() == "refused -14014"
    assert rotations(telco) == before + 1


def test_a_person_who_connects_the_account_anew_mends_it(
    telco: Telco, database_url: str
) -> None:
    spent = telco.connect_zalo()
    some_keys(a_store(database_url, refresh=spent), base_url=telco.zalo_url).access()
    lost = a_store(database_url, refresh=spent)
    assert lost.begin_rotation() is not None
    lost.lose("refused -14014")
    mended = a_store(database_url, refresh=telco.connect_zalo())
    assert mended.why_lost() is None
    access = some_keys(mended, base_url=telco.zalo_url).access()
    pair = mended.read()
    assert pair is not None
    assert pair.access == access
    assert mended.why_lost() is None


def test_killed_before_it_asked_the_next_recovers_by_itself(
    telco: Telco, database_url: str
) -> None:
    before, refresh = rotations(telco), telco.connect_zalo()
    killed = a_process(telco, database_url, refresh=refresh, dies="before asking")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert rotations(telco) == before
    store = a_store(database_url, refresh=refresh, later_s=LATE)
    assert some_keys(store, base_url=telco.zalo_url).access()
    assert rotations(telco) == before + 1
    assert store.why_lost() is None


def test_a_lost_answer_holds_the_lock_and_is_never_repeated_at_once(
    telco: Telco, database_url: str
) -> None:
    refresh = telco.connect_zalo()
    telco.zalo(lose_rotation=True)
    store = a_store(database_url, refresh=refresh)
    before = rotations(telco)
    with pytest.raises(NoAccessError) as doubt:
        some_keys(store, base_url=telco.zalo_url).access()
    assert doubt.value.retry_after == 60
    assert rotations(telco) == before + 1
    assert store.begin_rotation() is None
    assert store.why_lost() is None


def test_where_nobody_listens_nothing_is_spent_and_the_lock_is_free(
    telco: Telco, database_url: str
) -> None:
    refresh = telco.connect_zalo()
    store = a_store(database_url, refresh=refresh)
    with pytest.raises(NoAccessError) as away:
        some_keys(store, base_url="http://telco.invalid").access()
    assert away.value.retry_after == 30
    assert some_keys(store, base_url=telco.zalo_url).access()


def test_an_oauth_that_is_down_keeps_texts_for_later(telco: Telco) -> None:
    telco.zalo(oauth_down=True)
    gateway = a_gateway(telco.zalo_url, tokens=connected(telco))
    outcome = submit_one(gateway, a_notice())
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "token_in_doubt")
    assert outcome.retry_after == 60


def test_a_spent_refresh_token_sends_texts_elsewhere(telco: Telco) -> None:
    tokens = MemoryTokens("spent long ago")
    gateway = a_gateway(telco.zalo_url, tokens=tokens)
    outcomes = gateway.submit([a_notice(1), a_notice(2)], may_start=always)
    assert {o.verdict for o in outcomes} == {Verdict.ELSEWHERE}
    assert {o.code for o in outcomes} == {"token_lost"}
    assert tokens.lost == "refused -14014"


def test_a_wrong_secret_spends_nothing_and_is_not_asked_about_for_each_text(
    telco: Telco, stub: Stub
) -> None:
    tokens = connected(telco)
    wrong = a_gateway(telco.zalo_url, tokens=tokens, app_secret="mistyped")
    outcome = submit_one(wrong, a_notice())
    assert (outcome.verdict, outcome.blame) == (Verdict.ELSEWHERE, Blame.OURS)
    assert outcome.code == "oauth -14004"
    assert tokens.lost is None
    mended = a_gateway(telco.zalo_url, tokens=tokens)
    assert submit_one(mended, a_notice()).verdict is Verdict.ACCEPTED
    stub.answer(200, json.dumps({"error": -14004}))
    gateway = a_gateway(stub.url, tokens=MemoryTokens("refresh"))
    gateway.submit([a_notice(number) for number in range(300)], may_start=always)
    assert len(stub.requests) == 1


def test_an_ended_token_is_exchanged_once_and_every_text_leaves_once(
    telco: Telco,
) -> None:
    tokens = connected(telco)
    gateway = a_gateway(telco.zalo_url, tokens=tokens)
    submit_one(gateway, a_notice())
    telco.ask("POST", "/sim/zalo/end-access")
    before = rotations(telco)
    texts = [a_notice(number) for number in range(200)]
    outcomes = gateway.submit(texts, may_start=always)
    assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
    assert rotations(telco) == before + 1
    assert telco.stats()["taken"] == 201


@pytest.mark.parametrize("code", [-124, -216, -220])
def test_a_token_that_never_opens_is_tried_twice_and_no_more(
    stub: Stub, code: int
) -> None:
    stub.answer(200, json.dumps({"error": code}))
    stub.by_path = {
        "/v4/oa/access_token": json.dumps(
            {"access_token": "next", "refresh_token": "n", "expires_in": "90000"}
        )
    }
    tokens = MemoryTokens("refresh", access="access")
    outcome = submit_one(a_gateway(stub.url, tokens=tokens), a_notice())
    assert (outcome.verdict, outcome.code) == (Verdict.ELSEWHERE, str(code))
    paths = [request.path for request in stub.requests]
    assert paths == ["/message/template", "/v4/oa/access_token", "/message/template"]
    assert tokens.rotations == 1


def test_a_token_is_exchanged_hours_before_its_end(telco: Telco) -> None:
    tokens = connected(telco)
    gateway = a_gateway(telco.zalo_url, tokens=tokens)
    telco.zalo(access_lives_s=4 * 3600)
    submit_one(gateway, a_notice())
    assert tokens.rotations == 1
    telco.zalo(access_lives_s=90_000)
    submit_one(gateway, a_notice())
    submit_one(gateway, a_notice())
    assert tokens.rotations == 2


def test_an_early_exchange_that_fails_leaves_the_token_in_use(telco: Telco) -> None:
    tokens = connected(telco)
    gateway = a_gateway(telco.zalo_url, tokens=tokens)
    telco.zalo(access_lives_s=4 * 3600)
    submit_one(gateway, a_notice())
    telco.zalo(oauth_down=True)
    assert submit_one(gateway, a_notice()).verdict is Verdict.ACCEPTED


def test_tokens_are_locked_at_rest(telco: Telco, database_url: str) -> None:
    refresh = telco.connect_zalo()
    store = a_store(database_url, refresh=refresh)
    access = some_keys(store, base_url=telco.zalo_url).access()
    pair = store.read()
    assert pair is not None
    engine = create_engine_for(database_url)
    with engine.connect() as connection:
        [row] = connection.execute(text("SELECT * FROM gateway_tokens")).all()
    engine.dispose()
    for secret in (access, pair.refresh, refresh):
        assert secret not in repr(row)
