"""Every adapter that is installed can be set up in the page, in words."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from broadcaster.bootstrap import House, gateway_kinds
from broadcaster.web.operator.gateway_form import (
    choice_label,
    find_faults,
    option_label,
    read_account,
)
from broadcaster.web.wording import say
from tests.broadcaster.web.operator.desk import press, read

KINDS = sorted(gateway_kinds())


def test_the_adapters_are_found() -> None:
    assert {"twilio", "esms"} <= set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_name_its_purpose_and_its_addresses(name: str) -> None:
    for word in ("kind", "about", "addresses"):
        assert say(f"{word}.{name}", "gateways")


@pytest.mark.parametrize("name", KINDS)
def test_every_option_and_every_choice_has_its_word(name: str) -> None:
    for option in gateway_kinds()[name].options:
        assert option_label(name, option.name)
        for choice in option.choices:
            assert choice_label(name, option.name, choice=choice)


@pytest.mark.parametrize("name", KINDS)
def test_every_option_is_asked_for_on_the_form(
    operator: FlaskClient, name: str
) -> None:
    page = operator.get(f"/operator/gateways/new/{name}").get_data(as_text=True)
    for option in gateway_kinds()[name].options:
        assert f'name="option-{option.name}"' in page


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_form_names_every_option_that_must_be_given(
    operator: FlaskClient, name: str
) -> None:
    status, page = press(operator, f"/operator/gateways/new/{name}", {"name": "new-1"})
    required = [o.name for o in gateway_kinds()[name].options if o.required]
    assert status == 422 if required else 200
    for option in required:
        assert f'id="option-{option}-error"' in page


def test_a_demo_reaches_no_real_telco(house: House) -> None:
    demo = replace(house, settings=replace(house.settings, demo=True))
    kind = gateway_kinds()["twilio"]
    typed = {
        "option-account_sid": "AC-of-nobody",
        "option-auth_token": "a token nobody has",
    }
    for url, faults in (("https://api.twilio.com", 1), ("http://127.0.0.1:9", 0)):
        account = read_account({**typed, "option-base_url": url}, kind)
        found = find_faults(account, kind, house=demo, name="t-1", saved={})
        assert len(found) == faults
        assert all("chính máy này" in said for said in found.values())
        assert found.keys() <= {"option-base_url"}


def test_a_fault_of_no_field_of_the_form_is_told_as_the_adapter_says_it(
    house: House,
) -> None:
    kind = replace(
        gateway_kinds()["twilio"], options=gateway_kinds()["twilio"].options[:1]
    )
    account = read_account({"option-account_sid": "AC-of-nobody"}, kind)
    found = find_faults(account, kind, house=house, name="t-1", saved={})
    assert found.keys() == {"gateway"}
    assert "AUTH_TOKEN is missing" in found["gateway"]


def test_the_kinds_can_be_chosen_from(operator: FlaskClient) -> None:
    page = read(operator, "/operator/gateways/new")
    for name in KINDS:
        assert say(f"kind.{name}", "gateways") in page


def test_a_kind_that_is_not_installed_is_an_unknown_page(
    operator: FlaskClient,
) -> None:
    assert operator.get("/operator/gateways/new/pigeon").status_code == 404
