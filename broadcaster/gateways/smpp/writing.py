"""What we write to an SMSC, by smpplib's codec."""

from typing import Any

from smpplib.smpp import make_pdu

from broadcaster.gateways.smpp.options import Account

TRANSCEIVER = "bind_transceiver"
TRANSMITTER = "bind_transmitter"
RECEIVER = "bind_receiver"

OK = 0x0
BAD_LENGTH = 0x2
UNKNOWN_COMMAND = 0x3
TEMPORARY = 0x64
"""ESME_RX_T_APPN: we cannot keep it now, bring it again."""
PERMANENT = 0x65
"""ESME_RX_P_APPN: it cannot be read, and will not be the next time."""


def frame(command: str, sequence: int, *, status: int = OK, **fields: Any) -> bytes:
    """Return a frame's octets; `fields` are named as in the specification."""
    pdu = make_pdu(command, sequence=sequence, status=status, **fields)
    pdu.sequence = sequence  # what is given to its constructor it takes for set
    octets: bytes = pdu.generate()
    return octets


def bind_fields(account: Account) -> dict[str, Any]:
    """Return who we are, for any of the three binds."""
    return {
        "system_id": account.system_id,
        "password": account.password,
        "system_type": account.system_type,
    }


def answer(command: str, sequence: int, *, status: int = OK) -> bytes:
    """Return the answer to a request of theirs; by 3.4 its message_id is empty."""
    return frame(command, sequence, status=status)
