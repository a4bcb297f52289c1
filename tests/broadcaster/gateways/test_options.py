"""What an operator types for an option is judged before any adapter works with it."""

import pytest

from broadcaster.errors import ConfigurationError
from broadcaster.gateways.options import BASE_URL, read_options
from broadcaster.ports import GatewaySettings


def faults(word: str, *, demo: bool = False) -> list[str]:
    settings = GatewaySettings(
        name="telco", public_url="", demo=demo, prefix="", options={"base_url": word}
    )
    try:
        read_options(settings, [BASE_URL])
    except ConfigurationError as error:
        return error.missing
    return []


@pytest.mark.parametrize(
    "word",
    [
        "ftp://telco",
        "telco.example",
        "http://",
        "http://[",
        "http://telco\r\nHost: other",
        "http://telco\x00",
        "http://tel co",
        "http://nhà-mạng",
    ],
)
@pytest.mark.parametrize("demo", [False, True])
def test_what_is_no_address_is_refused_and_never_breaks_the_form(
    word: str, *, demo: bool
) -> None:
    assert len(faults(word, demo=demo)) == 1


@pytest.mark.parametrize("word", ["https://telco.example/api", "http://127.0.0.1:9"])
def test_an_address_is_taken_as_it_is(word: str) -> None:
    assert faults(word) == []


def test_a_demo_stays_on_this_machine() -> None:
    assert faults("http://[::1]:9", demo=True) == []
    assert faults("http://localhost", demo=True) == []
    assert faults("https://127.0.0.1.telco.example", demo=True) != []
    assert faults("http://127.0.0.1@telco.example", demo=True) != []
    assert faults("", demo=True) != []
