"""An eSMS account's settings: what is missing, what is wrong, what stays hidden."""

import datetime as dt

import pytest

from broadcaster.errors import ConfigurationError
from broadcaster.gateways.esms_options import Account, read_account
from broadcaster.ports import Channel, GatewaySettings, ReceiptKind
from tests.broadcaster.gateways.esms_ends import a_gateway

KEYS = {"api_key": "a-key", "secret_key": "a-secret", "inbound_key": "a-private-key"}


def _account(options: dict[str, str], *, demo: bool = False) -> Account:
    return read_account(
        GatewaySettings(name="esms", public_url="", demo=demo, options=options)
    )


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        _account(
            {
                "sms_type": "3",
                "sandbox": "maybe",
                "duplicate_window_h": "25",
                "window": "0",
            }
        )
    assert [fault.split()[0] for fault in refused.value.missing] == [
        "LOA_GATEWAY_API_KEY",
        "LOA_GATEWAY_SECRET_KEY",
        "LOA_GATEWAY_SMS_TYPE",
        "LOA_GATEWAY_SANDBOX",
        "LOA_GATEWAY_WINDOW",
        "LOA_GATEWAY_DUPLICATE_WINDOW_H",
    ]


def test_by_default_it_is_careful() -> None:
    account = _account(KEYS)
    can = account.capabilities
    assert account.base_url == "https://rest.esms.vn"
    assert account.asks_about_receipts
    assert not account.is_sandbox
    assert (can.channel, can.receipt_kind) == (Channel.SMS, ReceiptKind.NETWORK)
    assert (can.duplicate_window, can.bulk) == (dt.timedelta(days=1), 1)


@pytest.mark.parametrize(
    ("hours", "window"), [("0", None), ("0.5", dt.timedelta(minutes=30))]
)
def test_for_how_long_a_doubt_may_be_repeated_is_data(
    hours: str, window: dt.timedelta | None
) -> None:
    account = _account(KEYS | {"duplicate_window_h": hours})
    assert account.capabilities.duplicate_window == window


def test_the_demo_never_leaves_this_machine() -> None:
    with pytest.raises(ConfigurationError, match="this machine"):
        _account(KEYS, demo=True)
    here = _account(KEYS | {"base_url": "http://127.0.0.1:8025/esms"}, demo=True)
    assert here.base_url == "http://127.0.0.1:8025/esms"


def test_secrets_are_not_shown() -> None:
    shown = repr(_account(KEYS))
    assert not [secret for secret in KEYS.values() if secret in shown]


def test_without_a_private_key_nobody_writes_to_us() -> None:
    assert a_gateway(None).capabilities.inbound
    assert not a_gateway(None, inbound_key="").capabilities.inbound
