"""The environment says all there is to say, and every fault in it is told at once."""

from pathlib import Path

import pytest

from broadcaster.bootstrap import build_house, list_faults
from broadcaster.config import read_gateways, read_settings
from broadcaster.errors import ConfigurationError

PRODUCTION = {
    "LOA_DATABASE_URL": "sqlite://",
    "LOA_REDIS_URL": "redis://127.0.0.1:6379/0",
    "LOA_SECRET_KEY": "s" * 32,
    "LOA_PUBLIC_URL": "https://loa.example/",
}
DEMO = PRODUCTION | {
    "LOA_MODE": "demo",
    "LOA_GATEWAY_BASE_URL": "http://127.0.0.1:9000",
}
TWO = {
    "LOA_GATEWAY": "memory",
    "LOA_GATEWAY_AUTH_TOKEN": "first",
    "LOA_GATEWAY2": "memory",
    "LOA_GATEWAY2_AUTH_TOKEN": "second",
}


def faults_of(environ: dict[str, str]) -> list[str]:
    """Return what reading the settings complains about."""
    with pytest.raises(ConfigurationError) as refused:
        read_settings(environ)
    return refused.value.missing


def test_everything_that_is_missing_is_told_at_once() -> None:
    faults = faults_of({})
    assert [fault.split()[0] for fault in faults] == list(PRODUCTION)


def test_a_short_secret_is_refused() -> None:
    [fault] = faults_of(PRODUCTION | {"LOA_SECRET_KEY": "short"})
    assert fault.startswith("LOA_SECRET_KEY")


def test_texts_leave_by_twilio_unless_another_is_named() -> None:
    [gateway] = read_gateways({})
    assert (gateway.name, gateway.kind, gateway.prefix) == (
        "twilio",
        "twilio",
        "LOA_GATEWAY_",
    )


def test_a_route_has_its_gateways_in_order_each_with_its_own_options() -> None:
    route = read_gateways(TWO | {"LOA_GATEWAY3": "twilio", "LOA_GATEWAY3_X": "third"})
    assert [(g.name, g.kind, g.prefix, dict(g.options)) for g in route] == [
        ("memory", "memory", "LOA_GATEWAY_", {"auth_token": "first"}),
        ("memory2", "memory", "LOA_GATEWAY2_", {"auth_token": "second"}),
        ("twilio3", "twilio", "LOA_GATEWAY3_", {"x": "third"}),
    ]


def test_a_gateway_behind_a_gap_in_the_route_is_refused() -> None:
    [fault] = faults_of(PRODUCTION | {"LOA_GATEWAY3": "memory"})
    assert "LOA_GATEWAY3" in fault
    assert "LOA_GATEWAY2" in fault


@pytest.mark.parametrize("url", ["", "https://api.telco.example"])
def test_a_demo_reaches_no_telco_by_any_of_its_gateways(
    tmp_path: Path, url: str
) -> None:
    file = {"LOA_DATABASE_URL": f"sqlite:///{tmp_path / 'loa.db'}"}
    keys = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t"}
    demo = DEMO | file | {f"LOA_GATEWAY_{name}": word for name, word in keys.items()}
    assert build_house(demo).gateways["twilio"].name == "twilio"
    second = {f"LOA_GATEWAY2_{name}": word for name, word in keys.items()}
    second |= {"LOA_GATEWAY2": "twilio", "LOA_GATEWAY2_BASE_URL": url}
    with pytest.raises(ConfigurationError) as refused:
        build_house(demo | second)
    [fault] = refused.value.missing
    assert fault.startswith("LOA_GATEWAY2_BASE_URL")


def test_gateways_may_be_left_to_the_operators_page(tmp_path: Path) -> None:
    file = {"LOA_DATABASE_URL": f"sqlite:///{tmp_path / 'loa.db'}"}
    house = build_house(PRODUCTION | file | {"LOA_GATEWAY": "none"})
    assert (list(house.gateways), house.gateway_name) == ([], "")


def test_a_house_knows_its_gateways_by_name_in_the_order_of_the_route(
    tmp_path: Path,
) -> None:
    file = {"LOA_DATABASE_URL": f"sqlite:///{tmp_path / 'loa.db'}"}
    house = build_house(PRODUCTION | TWO | file)
    assert [(name, g.name) for name, g in house.gateways.items()] == [
        ("memory", "memory"),
        ("memory2", "memory2"),
    ]
    assert house.gateway_name == "memory"
    assert house.settings.public_url == "https://loa.example"


def test_a_gateways_fault_names_its_own_variable() -> None:
    faults = list_faults(
        PRODUCTION | {"LOA_GATEWAY": "memory", "LOA_GATEWAY2": "twilio"}
    )
    assert faults
    assert all("LOA_GATEWAY2_" in fault for fault in faults)


def test_a_gateway_that_is_not_installed_is_told() -> None:
    [fault] = list_faults(PRODUCTION | {"LOA_GATEWAY": "pigeon"})
    assert "pigeon" in fault
