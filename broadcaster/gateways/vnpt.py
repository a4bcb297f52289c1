"""VNPT's brandname texts by its JSON interface: sent, and never heard of again.

Wire facts: `send_sms_list` as products of e-government speak it; there is no public
page of the vendor's. Words go into the registered template's one blank. Nothing comes
back but an error number, so our REQID is all the id that a text has: the reference in
hexadecimal and two digits of the attempt, letters and digits only, because their own
samples have no other. A REQID is refused a second time with 33; for how long nobody
says, so a doubt is repeated only where `duplicate_window_h` names the time.

A request may hold several numbers when their words are equal (`bulk`). Then the error
number is the whole request's, and such requests are never repeated: another window
would put other texts together under another REQID.
"""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from broadcaster.errors import InputError
from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpAnswer, HttpRequest, Settled
from broadcaster.gateways.http_outcomes import by_table, read_object, without_word
from broadcaster.gateways.options import (
    SEGMENTS_PER_SECOND,
    WINDOW,
    Kind,
    Option,
    connections,
    read_options,
)
from broadcaster.ports import (
    Callback,
    Capabilities,
    Channel,
    Event,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    ReceiptKind,
    Submission,
    Unfound,
)
from broadcaster.rules.segments import Encoding, measure

CHANNEL = Channel.SMS
CODES = read_codes("vnpt_codes.csv")
HEADERS = (
    "Content-Type: application/json; charset=utf-8",
    "Accept: application/json",
    "User-Agent: loa-phuong",
)
ACCENTED, PLAIN = "8", "0"
FIELDS = (
    "labelid",
    "contracttypeid",
    "contractid",
    "templateid",
    "istelcosub",
    "agentid",
    "apiuser",
    "apipass",
    "username",
)
"""What every request of an account has alike, by the vendor's own names."""
OPTIONS = (
    Option(name="base_url", kind=Kind.URL, required=True),
    Option(name="labelid", required=True),
    # 1: care, 2: advertising
    Option(name="contracttypeid", kind=Kind.CHOICE, default="1", choices=("1", "2")),
    Option(name="contractid", required=True),
    Option(name="templateid", required=True),
    Option(name="agentid", required=True),
    Option(name="apiuser", required=True),
    Option(name="apipass", kind=Kind.SECRET, required=True),
    Option(name="username", required=True),
    Option(name="istelcosub", kind=Kind.CHOICE, default="0", choices=("0", "1")),
    # by the text itself where none is given; other networks have no accents here
    Option(name="datacoding", kind=Kind.CHOICE, choices=(PLAIN, ACCENTED)),
    Option(name="bulk", kind=Kind.WHOLE, default="1", least=1, most=500),
    Option(name="duplicate_window_h", kind=Kind.NUMBER, most=24),
    SEGMENTS_PER_SECOND,
    connections(16),
    WINDOW,
)

__all__ = ["CHANNEL", "OPTIONS", "VnptGateway", "build"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts they are, and where they are handed in."""

    url: str
    alike: dict[str, str] = field(repr=False)
    datacoding: str
    """Empty: by each text."""
    capabilities: Capabilities


class VnptGateway:
    """One agent's account."""

    def __init__(self, account: Account, *, name: str) -> None:
        self.name = name
        self.capabilities = account.capabilities
        self._account = account
        self._engine = HttpEngine(connections=account.capabilities.connections)

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, those of equal words together."""
        groups = _groups(batch, at_most=self.capabilities.bulk)
        answers = self._engine.exchange(
            [self._request(texts) for texts in groups], may_start=may_start
        )
        return [
            _read_answer(text, answer, texts=texts)
            for texts, answer in zip(groups, answers, strict=True)
            for text in texts
        ]

    def verify(self, callback: Callback) -> bool:
        """Say no: it brings nothing, so whatever comes is somebody else's."""
        return False

    def read_receipt(self, callback: Callback) -> Receipt:
        """Refuse: it reports nothing. Raises InputError."""
        raise InputError("callback", "unexpected")

    def read_inbound(self, callback: Callback) -> Inbound:
        """Refuse: it brings no texts. Raises InputError."""
        raise InputError("callback", "unexpected")

    def read_event(self, callback: Callback) -> Event | None:
        """Refuse: it brings nothing. Raises InputError."""
        raise InputError("callback", "unexpected")

    def lookup(self, submission: Submission) -> Unfound:
        """Say that nobody can tell: it keeps no records that can be asked for."""
        return Unfound.UNCLEAR

    def _request(self, texts: Sequence[Submission]) -> HttpRequest:
        first = texts[0]
        needs_accents = measure(first.text).encoding is Encoding.UCS2
        request = self._account.alike | {
            "name": "send_sms_list",
            "REQID": _request_id(first),
            "PARAMS": [{"NUM": "1", "CONTENT": first.text}],
            "SCHEDULETIME": "",
            "MOBILELIST": ",".join(text.to.removeprefix("+") for text in texts),
            "DATACODING": self._account.datacoding
            or (ACCENTED if needs_accents else PLAIN),
        }
        body = json.dumps({"RQST": request}).encode()
        return HttpRequest(url=self._account.url, headers=HEADERS, body=body)


def build(settings: GatewaySettings) -> VnptGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault.

    Options: `base_url`, where requests are posted; the vendor's own fields in small
    letters; `datacoding` where it is not to follow the text; `bulk`, how many numbers
    of equal words a request holds; `duplicate_window_h`; `segments_per_second`,
    `connections`, `window`.
    """
    given = read_options(settings, OPTIONS)
    bulk, hours = given.whole("bulk"), given.number("duplicate_window_h")
    may_repeat = bool(hours) and bulk == 1
    account = Account(
        url=given.url(""),
        alike={name.upper(): given.text(name) for name in FIELDS},
        datacoding=given.text("datacoding"),
        capabilities=Capabilities(
            receipt_kind=ReceiptKind.NETWORK,
            window=given.whole("window"),
            connections=given.whole("connections"),
            segments_per_second=given.number("segments_per_second"),
            bulk=bulk,
            duplicate_window=dt.timedelta(hours=hours or 0) if may_repeat else None,
        ),
    )
    return VnptGateway(account, name=settings.name)


def _request_id(text: Submission) -> str:
    return f"{text.reference.hex}{text.attempt:02}"


def _groups(
    batch: Sequence[Submission], *, at_most: int
) -> list[tuple[Submission, ...]]:
    """Put texts of equal words together, so many at most; the order is kept."""
    by_words: dict[str, list[Submission]] = {}
    for text in batch:
        by_words.setdefault(text.text, []).append(text)
    return [
        tuple(texts[start : start + at_most])
        for texts in by_words.values()
        for start in range(0, len(texts), at_most)
    ]


def _read_answer(
    text: Submission, answer: Settled, *, texts: Sequence[Submission]
) -> Outcome:
    told = read_object(answer.body) if isinstance(answer, HttpAnswer) else {}
    reply = told.get("RPLY")
    code = reply.get("ERROR") if isinstance(reply, dict) else None
    if not isinstance(code, str | int) or not str(code):
        return without_word(text, answer)
    of_several = f"{code} of several"
    is_vague = len(texts) > 1 and of_several in CODES.rows
    return by_table(
        text,
        of_several if is_vague else str(code),
        table=CODES,
        provider_id=_request_id(texts[0]),
    )
