"""Make the eSMS adapter of a test, and reports as eSMS brings them."""

import hmac
import json
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from broadcaster.gateways.esms import EsmsGateway, build
from broadcaster.ports import Callback, GatewaySettings
from tests.broadcaster.gateways.stub import Request
from tests.telco import ESMS_API_KEY, ESMS_INBOUND_KEY, ESMS_SECRET_KEY

PUBLIC_URL = "https://loa.example"
CALLBACK_KEY = "a-secret-of-ours"


def a_gateway(
    base_url: str | None,
    *,
    public_url: str = PUBLIC_URL,
    name: str = "esms",
    callback_key: str = CALLBACK_KEY,
    **options: str,
) -> EsmsGateway:
    settings = {
        "api_key": ESMS_API_KEY,
        "secret_key": ESMS_SECRET_KEY,
        "inbound_key": ESMS_INBOUND_KEY,
    } | options
    if base_url is not None:
        settings["base_url"] = base_url
    return build(
        GatewaySettings(
            name=name,
            public_url=public_url,
            demo=False,
            options=settings,
            callback_key=callback_key,
        )
    )


def our_code(reference: str, *, key: str = CALLBACK_KEY) -> str:
    return hmac.new(key.encode(), reference.encode(), sha256).hexdigest()


def a_report(reference: str, **fields: str) -> Callback:
    """Return a report of a text that eSMS says is done and delivered."""
    query = {
        "k": our_code(reference),
        "SMSID": "d533459ee42b2b9525ba9eabf6a8156",
        "SendFailed": "0",
        "SendStatus": "5",
        "SendSuccess": "1",
        "RequestId": "",
    } | fields
    return Callback(
        url=f"{PUBLIC_URL}/callbacks/esms/status/{reference}",
        headers={},
        form={},
        reference=reference,
        query=query,
        method="GET",
    )


def came(request: Request, *, public_url: str = PUBLIC_URL) -> Callback:
    """Return what the door makes of a request that came to a stub."""
    address = urlsplit(request.path)
    _, _, kind, *rest = address.path.strip("/").split("/")
    return Callback(
        url=public_url + request.path,
        headers=request.headers,
        form=request.form,
        body=request.body,
        reference=rest[0] if kind == "status" else None,
        query=dict(parse_qsl(address.query, keep_blank_values=True)),
        method=request.method,
    )


def asked_for(request: Request) -> dict[str, Any]:
    return dict(json.loads(request.body))
