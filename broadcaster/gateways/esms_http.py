"""Questions to eSMS: short patience, no retries, and no log of what was asked."""

from decimal import Decimal, InvalidOperation
from http import HTTPStatus

import requests

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.esms_options import Account
from broadcaster.gateways.http_outcomes import read_object

SERVICE = "/MainService.svc/json"
TIMEOUT_S = (3.0, 3.0)
"""To connect, and between two bytes of an answer."""
GOOD = "100"


def ask_status(account: Account, sms_id: str) -> dict[str, str]:
    """Ask what became of one text: their own records, kept for seven days.

    Raises GatewayAwayError, also for a text they do not list: the youngest are not.
    """
    told = _ask(
        "GET",
        f"{account.base_url}{SERVICE}/GetSendStatus",
        params={
            "RefId": sms_id,
            "ApiKey": account.api_key,
            "SecretKey": account.secret_key,
        },
    )
    return {name: str(word) for name, word in told.items()}


def ask_balance(account: Account) -> int:
    """Ask for the account's money, in whole VND. Raises GatewayAwayError."""
    told = _ask(
        "POST",
        f"{account.base_url}{SERVICE}/GetBalance_json",
        body={"ApiKey": account.api_key, "SecretKey": account.secret_key},
    )
    try:
        return int(Decimal(str(told["Balance"])))
    except (KeyError, InvalidOperation, ValueError, OverflowError) as err:
        raise GatewayAwayError("the balance cannot be read") from err


def _ask(
    method: str,
    url: str,
    *,
    params: dict[str, str] | None = None,
    body: dict[str, str] | None = None,
) -> dict[str, object]:
    try:
        answer = requests.request(
            method,
            url,
            params=params,
            json=body,
            timeout=TIMEOUT_S,
            allow_redirects=False,  # the keys are in the address
        )
    except requests.RequestException as err:
        # the cause is left out: its text holds the address asked, with the keys
        raise GatewayAwayError(type(err).__name__) from None
    told = read_object(answer.content)
    code = str(told.get("CodeResponse", ""))
    if answer.status_code != HTTPStatus.OK or code != GOOD:
        raise GatewayAwayError(f"answered {answer.status_code} {code}")
    return told
