"""An SMSC, and a gateway that is bound to it."""

from collections.abc import Callable, Iterator

import pytest

from broadcaster.gateways.smpp import SmppGateway
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway
from tests.smsc import Smsc, smsc

Dial = Callable[..., SmppGateway]


@pytest.fixture(scope="package")
def running_smsc() -> Iterator[Smsc]:
    with smsc() as running:
        yield running


@pytest.fixture
def centre(running_smsc: Smsc) -> Smsc:
    running_smsc.reset()
    return running_smsc


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def dial(centre: Smsc, listener: Listener) -> Iterator[Dial]:
    """Give a way to open gateways, by their options, that are hung up in the end."""
    opened: list[SmppGateway] = []

    def open_one(**options: str) -> SmppGateway:
        gateway = a_gateway(centre.port, **options)
        opened.append(gateway)
        gateway.listen(listener.hear)
        return gateway

    yield open_one
    for gateway in opened:
        gateway.hang_up()
