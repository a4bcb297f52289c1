"""What silence, or an answer of somebody on the way, lets dispatch do next."""

import pytest

from broadcaster.gateways.codes import UNKNOWN, CodeFacts, CodeTable, read_codes
from broadcaster.gateways.http_exchange import HttpAnswer, Settled, Unanswered
from broadcaster.gateways.http_outcomes import by_table, read_object, without_word
from broadcaster.ports import Blame, Verdict
from tests.broadcaster.gateways.peers import a_submission

TABLE = CodeTable(
    rows={
        "1": CodeFacts(verdict=Verdict.ACCEPTED, blame=None),
        "2": CodeFacts(verdict=Verdict.LATER, blame=Blame.THEIRS, wait_s=5.0),
        UNKNOWN: CodeFacts(verdict=Verdict.LATER, blame=Blame.THEIRS),
    }
)


@pytest.mark.parametrize(
    ("answer", "verdict", "code", "wait"),
    [
        (Unanswered.LOST, Verdict.IN_DOUBT, "lost", None),
        (Unanswered.UNREACHABLE, Verdict.NOT_SENT, "unreachable", 30.0),
        (Unanswered.STOPPED, Verdict.NOT_SENT, "stopped", None),
        (HttpAnswer(status=200, body=b"<html>"), Verdict.IN_DOUBT, "unreadable", None),
        (HttpAnswer(status=404, body=b""), Verdict.IN_DOUBT, "404", None),
        (HttpAnswer(status=502, body=b""), Verdict.IN_DOUBT, "502", None),
        (HttpAnswer(status=429, body=b""), Verdict.LATER, "429", 5.0),
        (HttpAnswer(status=429, body=b"", retry_after=7), Verdict.LATER, "429", 7.0),
        (
            HttpAnswer(status=429, body=b"", retry_after=1e9),
            Verdict.LATER,
            "429",
            3_600.0,
        ),
    ],
)
def test_what_is_not_the_telcos_word_says_whether_it_may_have_arrived(
    answer: Settled, verdict: Verdict, code: str, wait: float | None
) -> None:
    outcome = without_word(a_submission(), answer)
    assert (outcome.verdict, outcome.code, outcome.retry_after) == (
        verdict,
        code,
        wait,
    )


@pytest.mark.parametrize(
    ("code", "verdict", "kept", "provider_id", "wait"),
    [
        ("1", Verdict.ACCEPTED, None, "id", None),
        ("2", Verdict.LATER, "2", None, 5.0),
        ("9" * 99, Verdict.LATER, "9" * 24, None, None),
    ],
)
def test_a_code_means_what_its_table_says(
    code: str,
    verdict: Verdict,
    kept: str | None,
    provider_id: str | None,
    wait: float | None,
) -> None:
    outcome = by_table(a_submission(), code, table=TABLE, provider_id="id")
    assert outcome.verdict is verdict
    assert (outcome.code, outcome.provider_id) == (kept, provider_id)
    assert outcome.retry_after == wait


@pytest.mark.parametrize("name", ["esms_codes.csv", "vnpt_codes.csv"])
def test_a_fault_of_ours_is_never_put_on_the_resident(name: str) -> None:
    for code, facts in read_codes(name).rows.items():
        is_theirs = facts.blame is Blame.RECIPIENT
        assert (facts.verdict is Verdict.NEVER) == is_theirs, code
        assert (facts.verdict is Verdict.ACCEPTED) == (facts.blame is None), code
        assert facts.meaning, code


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"\xff", b'{"a": 1', b"[" * 100_000]
)
def test_what_is_no_object_reads_as_empty(body: bytes) -> None:
    assert read_object(body) == {}
