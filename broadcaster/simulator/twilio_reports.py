"""Twilio's status callbacks: signed forms, one for each step of a text."""

from broadcaster.simulator.postman import Answer, Postman
from broadcaster.simulator.records import Receipt, Status, Text

API_VERSION = "2010-04-01"


class TwilioReporter:
    """Post what became of a text to the address that came with it."""

    def __init__(self, postman: Postman, *, account: str) -> None:
        self._postman = postman
        self._account = account

    def tells(self, _status: Status) -> bool:
        """Tell every step."""
        return True

    async def post(self, receipt: Receipt, text: Text) -> Answer:
        """Post one signed form."""
        form = callback_form(receipt, text, account=self._account)
        return await self._postman.post(text.callback, form)


def callback_form(receipt: Receipt, text: Text, *, account: str) -> dict[str, str]:
    """Return the form of one status callback, with Twilio's names."""
    form = {
        "AccountSid": account,
        "ApiVersion": API_VERSION,
        "From": text.sender,
        "MessageSid": text.sid,
        "MessageStatus": receipt.status.value,
        "SmsSid": text.sid,
        "SmsStatus": receipt.status.value,
        "To": text.recipient,
    }
    if text.service:
        form["MessagingServiceSid"] = text.service
    if receipt.error:
        form["ErrorCode"] = str(receipt.error)
    return form
