"""The simulated eSMS as the contract's peer, and a stub for what it would not say."""

import json
from dataclasses import replace

from broadcaster.gateways.esms import EsmsGateway
from broadcaster.ports import Callback, ReceiptStatus
from tests.broadcaster.gateways.esms_ends import a_gateway, a_report
from tests.broadcaster.gateways.peers import SLOW_S, Answer, a_submission, submit_one
from tests.broadcaster.gateways.stub import Stub
from tests.telco import Telco, until

NOBODY = "http://telco.invalid"


class EsmsPeer:
    """The simulated network, and a stub for what no network would say."""

    def __init__(self, telco: Telco, stub: Stub) -> None:
        self.telco = telco
        self.stub = stub
        self._gateways: dict[str, EsmsGateway] = {}
        done = submit_one(self.when(Answer.ACCEPTED), a_submission()).provider_id
        assert done
        self._done = done
        until(lambda: telco.stats()["waiting"] == 0)

    def when(self, answer: Answer) -> EsmsGateway:
        self.telco.clear_weather()
        base_url = self.telco.esms_url
        if answer is Answer.LOST:
            self.telco.weather(lost_answer=1.0)
        elif answer is Answer.SLOW:
            self.telco.weather(delay_ms=int(SLOW_S * 1000))
        elif answer is Answer.HTML_502:
            self.telco.weather(html_502=1.0)
        elif answer is Answer.LATER:
            self.telco.weather(too_many=1.0)
        elif answer is Answer.UNREACHABLE:
            base_url = NOBODY
        elif answer is not Answer.ACCEPTED:
            base_url = self.stub.url
            self.stub.answer(*_STUBBED[answer])
        if base_url not in self._gateways:
            self._gateways[base_url] = a_gateway(base_url, receipt_kind="handset")
        return self._gateways[base_url]

    def named(self, name: str) -> EsmsGateway:
        return a_gateway(self.telco.esms_url, name=name)

    def received(self, to: str) -> list[str]:
        # whatever is on its way arrives before the network says that nothing waits
        until(lambda: self.telco.stats()["waiting"] == 0)
        return self.telco.bodies(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        report = a_report(reference, SMSID=self._done)
        if status is ReceiptStatus.DELIVERED:
            return report
        return a_report(reference, SMSID=self._done, SendStatus="7", SendSuccess="0")

    def forge(self, good: Callback) -> list[Callback]:
        def changed(**fields: str) -> Callback:
            return replace(good, query={**good.query, **fields})

        return [
            changed(k=""),
            changed(k=good.query["k"][:-1] + "?"),
            changed(SMSID=""),
            changed(SendSuccess="0", SendFailed="1"),
            changed(SendStatus="4"),
            changed(RequestId=f"{a_submission().reference.hex}-1"),
            replace(good, reference=str(a_submission().reference)),
            replace(good, reference=None),
        ]


_STUBBED = {
    Answer.NEVER: (200, json.dumps({"CodeResult": "108"})),
    Answer.ELSEWHERE: (200, json.dumps({"CodeResult": "177"})),
    Answer.LATER_UNTIMED: (429, "<html>slow down</html>"),
    Answer.GARBAGE: (200, "<html>proxy</html>"),
    Answer.UNKNOWN_CODE: (200, json.dumps({"CodeResult": "998"})),
}
