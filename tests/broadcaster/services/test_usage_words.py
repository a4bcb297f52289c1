"""An accountant reads by which channel and in which template texts went."""

import pytest

from broadcaster.rules.tariffs import TariffKind
from broadcaster.services.usage_words import kind_in_words
from broadcaster.store.usage import UsageRow

NAMES = {("zalo", "214"): "Lịch chi trả {tháng}"}


def a_row(kind: str, *, gateway: str = "zalo") -> UsageRow:
    return UsageRow(
        carrier="Viettel",
        kind=kind,
        gateway=gateway,
        messages=1,
        segments=1,
        cost_vnd=0,
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("care", "SMS chăm sóc khách hàng"),
        ("zalo_reply", "Zalo – trả lời tin của người dân"),
        ("214", "Zalo – mẫu 214 – Lịch chi trả {tháng}"),
        ("214/user", "Zalo – mẫu 214 – Lịch chi trả {tháng} (gửi người quan tâm)"),
        ("999", "Zalo – mẫu 999"),
        ("999/user", "Zalo – mẫu 999 (gửi người quan tâm)"),
    ],
)
def test_a_class_of_price_names_its_channel_and_template(kind: str, words: str) -> None:
    assert kind_in_words(a_row(kind), NAMES) == words


def test_two_accounts_may_have_a_template_of_the_same_number() -> None:
    assert kind_in_words(a_row("214", gateway="zalo2"), NAMES) == "Zalo – mẫu 214"


@pytest.mark.parametrize("kind", TariffKind)
def test_every_class_that_has_a_name_has_words(kind: TariffKind) -> None:
    assert kind_in_words(a_row(kind), {}).startswith(("SMS", "Zalo"))
