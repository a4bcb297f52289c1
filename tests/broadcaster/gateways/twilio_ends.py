"""Make the Twilio adapter of a test, and reports signed as Twilio signs them."""

from broadcaster.gateways.twilio import TwilioGateway, build
from broadcaster.ports import Callback, GatewaySettings, ReceiptStatus
from broadcaster.simulator.postman import signature
from tests.telco import ACCOUNT, TOKEN

PUBLIC_URL = "https://loa.example"


def a_gateway(
    base_url: str | None,
    *,
    public_url: str = PUBLIC_URL,
    demo: bool = False,
    name: str = "twilio",
    **options: str,
) -> TwilioGateway:
    settings = {"account_sid": ACCOUNT, "auth_token": TOKEN} | options
    if base_url is not None:
        settings["base_url"] = base_url
    return build(
        GatewaySettings(name=name, public_url=public_url, demo=demo, options=settings)
    )


def a_callback(
    status: str, *, reference: str = "r", token: str = TOKEN, **form: str
) -> Callback:
    url = f"{PUBLIC_URL}/callbacks/twilio/status/{reference}"
    full = {"MessageSid": f"SM-{reference}", "MessageStatus": status, **form}
    headers = {"X-Twilio-Signature": signature(token, url, full)}
    return Callback(url=url, headers=headers, form=full, reference=reference)


WORDS = {
    ReceiptStatus.ACCEPTED: "sent",
    ReceiptStatus.DELIVERED: "delivered",
    ReceiptStatus.UNDELIVERED: "undelivered",
}
