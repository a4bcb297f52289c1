"""Questions to Zalo, asked with short patience: quota, templates, a fate."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.http_outcomes import read_object
from broadcaster.gateways.zalo_options import Account
from broadcaster.gateways.zalo_tokens import Keys, NoAccessError
from broadcaster.gateways.zalo_words import TOKEN_CODES
from broadcaster.ports import Template, TemplateParam, TemplateState

TIMEOUT_S = (3.05, 5.0)
"""To connect, and between two bytes of an answer."""
PAGE = 100
MOST_TEMPLATES = 5_000
STATES = {
    "ENABLE": TemplateState.APPROVED,
    "PENDING_REVIEW": TemplateState.PENDING,
    "REJECT": TemplateState.REJECTED,
    "DISABLE": TemplateState.DISABLED,
}
UNREADABLE = "the answer cannot be read"


class Questions:
    """Asks Zalo's own records of one account."""

    def __init__(self, account: Account, keys: Keys) -> None:
        self._account = account
        self._keys = keys

    def quota(self) -> tuple[int | None, int | None]:
        """Return the day's quota and what is left of it. Raises GatewayAwayError."""
        data = _part(self._ask("/message/quota").get("data"))
        return _whole(data.get("dailyQuota")), _whole(data.get("remainingQuota"))

    def status(self, message_id: str, *, phone: str) -> int:
        """Return -1 for no such message, 0 for at Zalo, 1 for on the phone.

        Raises GatewayAwayError.
        """
        asked = {"message_id": message_id}
        if phone:
            asked["phone"] = phone.removeprefix("+")
        data = _part(self._ask("/message/status", asked).get("data"))
        status = _whole(data.get("status"))
        if status is None:
            raise GatewayAwayError(UNREADABLE)
        return status

    def templates(self) -> list[Template]:
        """List every template, with its parameters. Raises GatewayAwayError."""
        found: list[Template] = []
        for offset in range(0, MOST_TEMPLATES, PAGE):
            asked = {"offset": str(offset), "limit": str(PAGE)}
            page = self._ask("/template/all", asked).get("data")
            if not isinstance(page, list):
                raise GatewayAwayError(UNREADABLE)
            found += [self._template(_part(entry)) for entry in page]
            if len(page) < PAGE:
                break
        return found

    def _template(self, entry: Mapping[str, Any]) -> Template:
        template_id = str(entry.get("templateId") or "")
        if not template_id:
            raise GatewayAwayError(UNREADABLE)
        asked = {"template_id": template_id}
        data = _part(self._ask("/template/info/v2", asked).get("data"))
        params = data.get("listParams")
        by_phone = data.get("price_sdt") or data.get("price")
        return Template(
            template_id=template_id,
            name=str(data.get("templateName") or entry.get("templateName") or ""),
            # a state that nobody wrote down is none to send by
            state=STATES.get(str(data.get("status")), TemplateState.DISABLED),
            params=tuple(_param(_part(p)) for p in params or ()),
            price_vnd=_vnd(by_phone),
            price_by_user_id_vnd=_vnd(data.get("price_uid")),
            quality=str(data.get("templateQuality") or "") or None,
            preview_url=str(data.get("previewUrl") or "") or None,
        )

    def _ask(
        self, path: str, asked: Mapping[str, str] | None = None
    ) -> dict[str, object]:
        """Ask once, and once more where the access token had just ended."""
        try:
            access = self._keys.access()
            told = self._get(path, asked, access=access)
            if str(told.get("error")) in TOKEN_CODES:
                told = self._get(path, asked, access=self._keys.renewed(access))
        except NoAccessError as err:
            raise GatewayAwayError(err.code) from err
        if told.get("error") != 0:
            raise GatewayAwayError(f"Zalo refuses the question: {told.get('error')}")
        return told

    def _get(
        self, path: str, asked: Mapping[str, str] | None, *, access: str
    ) -> dict[str, object]:
        try:
            answer = requests.get(
                f"{self._account.hosts.business}{path}",
                params=asked,
                headers={"access_token": access},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as err:
            # the cause is left out: its text holds the address asked, with the number
            raise GatewayAwayError(type(err).__name__) from None
        if not answer.ok:
            raise GatewayAwayError(f"HTTP {answer.status_code}")
        return read_object(answer.content)


def _part(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise GatewayAwayError(UNREADABLE)
    return data


def _param(entry: Mapping[str, Any]) -> TemplateParam:
    return TemplateParam(
        name=str(entry.get("name") or ""),
        max_length=_whole(entry.get("maxLength")) or 0,
        min_length=_whole(entry.get("minLength")) or 0,
        required=bool(entry.get("require")) and not entry.get("acceptNull"),
        kind=str(entry.get("type") or ""),
    )


def _whole(word: object) -> int | None:
    try:
        return int(str(word))
    except ValueError:
        return None


def _vnd(word: object) -> int | None:
    """Read a price, which comes as "200.0", 200.0 or 200."""
    try:
        return int(Decimal(str(word)).to_integral_value())
    except (InvalidOperation, OverflowError, ValueError):
        return None
