"""What is handed in at Zalo: template messages by phone or user id, free answers."""

import json
import unicodedata

from broadcaster.gateways.http_exchange import HttpRequest
from broadcaster.gateways.zalo_options import Account
from broadcaster.ports import Submission

ASK = "ask"
PHONE = "phone"


def goes_by_user_id(text: Submission) -> bool:
    """Tell whether a text leaves by the interface that knows people by their ids."""
    return text.user_id is not None


class Forms:
    """Writes the requests of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._by_phone = f"{account.hosts.business}/message/template"
        self._by_user_id = f"{account.hosts.open_api}/v3.0/oa/message/template"
        self._free = f"{account.hosts.open_api}/v3.0/oa/message/cs"

    def request(self, text: Submission, headers: tuple[str, ...]) -> HttpRequest:
        """Return the request for one text."""
        if text.template_id is None:
            url, asked = self._free, self._free_answer(text)
        elif goes_by_user_id(text):
            url, asked = self._by_user_id, self._template(text)
            asked["user_id"] = text.user_id
        else:
            url, asked = self._by_phone, self._template(text)
            asked["phone"] = text.to.removeprefix("+")
            asked["tracking_id"] = text.reference.hex
        body = json.dumps(asked, ensure_ascii=False).encode()
        return HttpRequest(url=url, headers=headers, body=body)

    def _template(self, text: Submission) -> dict[str, object]:
        asked: dict[str, object] = {
            "template_id": text.template_id,
            "template_data": {
                name: _composed(word) for name, word in text.template_data.items()
            },
            "sending_mode": self._account.sending_mode,
        }
        if self._account.mode:
            asked["mode"] = self._account.mode
        return asked

    def _free_answer(self, text: Submission) -> dict[str, object]:
        message: dict[str, object] = {"text": _composed(text.text)}
        if text.template_data.get(ASK) == PHONE:
            message = {"attachment": self._form(_composed(text.text))}
        return {"recipient": {"user_id": text.user_id}, "message": message}

    def _form(self, words: str) -> dict[str, object]:
        title, _, subtitle = words.partition("\n")
        element = {"title": title, "subtitle": subtitle}
        if self._account.form_image_url:
            element["image_url"] = self._account.form_image_url
        payload = {"template_type": "request_user_info", "elements": [element]}
        return {"type": "template", "payload": payload}


def header_lines(access: str) -> tuple[str, ...]:
    """Return the lines that every request with this token shares."""
    return (
        f"access_token: {access}",
        "Content-Type: application/json",
        "Accept: application/json",
        "User-Agent: loa-phuong",
    )


def _composed(word: str) -> str:
    # Zalo counts letters as they come: a letter with its mark apart would be two
    return unicodedata.normalize("NFC", str(word))
