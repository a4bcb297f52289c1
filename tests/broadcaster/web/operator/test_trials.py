"""One real text by one gateway, and what became of it, in words."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import (
    Blame,
    Channel,
    Outcome,
    TemplateState,
    Verdict,
)
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.zalo import ZaloTemplate
from subscriptions.tables.places import Ward
from tests.broadcaster.web.operator.desk import press, read
from tests.builders.messages import a_text, a_window
from tests.builders.people import NOW
from tests.fakes import HandClock

TRY = "/operator/gateways/memory/try"
KEY = "0199b1f0-0000-7000-8000-000000000001"


def a_form(ward: Ward, **change: str) -> dict[str, str]:
    return {
        "key": KEY,
        "to": "0912 345 678",
        "ward_id": str(ward.id),
        "text": "Tin thu",
        **change,
    }


def the_texts(database: Database) -> list[Message]:
    with database.reading() as session:
        return list(session.scalars(select(Message)))


def test_the_same_form_sent_twice_is_one_text_by_the_wards_brandname(
    operator: FlaskClient, database: Database, ward: Ward
) -> None:
    for _ in range(2):
        status, page = press(operator, TRY, a_form(ward))
        assert status == 200
        assert "Chờ gửi" in page
    (text,) = the_texts(database)
    assert text.kind is MessageKind.TEST
    assert (text.gateway, text.to, text.text) == ("memory", "+84912345678", "Tin thu")
    assert text.sender == "PHOASUA"


def test_the_number_is_in_no_address(operator: FlaskClient, ward: Ward) -> None:
    _, page = press(operator, TRY, a_form(ward))
    assert not re.search(r'(href|action|hx-get)="[^"]*912', page)


def test_a_trial_is_followed_until_the_telco_has_spoken(
    operator: FlaskClient, database: Database, ward: Ward
) -> None:
    press(operator, TRY, a_form(ward))
    page = f"/operator/gateways/memory/tries/{KEY}"
    assert "hx-get" in operator.get(page).get_data(as_text=True)
    with database.writing() as session:
        (text,) = a_window(session, limit=1)
        refused = Outcome(
            message_id=text.message_id,
            verdict=Verdict.NEVER,
            code="30007",
            blame=Blame.THEIRS,
        )
        record(session, [refused], now=NOW)
    shown = read(operator, f"{page}/live")
    assert "Bị nhà mạng chặn" in shown
    assert "Mã của nhà mạng 30007" in shown
    assert "báo nhà cung cấp kèm mã" in shown
    assert "hx-get" not in operator.get(f"{page}/live").get_data(as_text=True)


def test_what_does_not_leave_says_where_to_look(
    operator: FlaskClient, ward: Ward, clock: HandClock
) -> None:
    press(operator, TRY, a_form(ward))
    clock.turn(minutes=2)
    page = read(operator, f"/operator/gateways/memory/tries/{KEY}")
    assert "Tin chưa rời hàng chờ" in page


def test_only_a_trial_of_a_known_gateway_is_shown(
    operator: FlaskClient, database: Database, ward: Ward
) -> None:
    with database.writing() as session:
        notice = a_text(session, ward).public_id
    path = f"/operator/gateways/memory/tries/{notice}"
    assert operator.get(path).status_code == 404
    press(operator, TRY, a_form(ward))
    assert operator.get(f"/operator/gateways/other/tries/{KEY}").status_code == 404


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("to", "024 3657 7024", "số di động"),
        ("to", "", "số di động"),
        ("ward_id", "", "Chọn đơn vị"),
        ("ward_id", "999", "Chọn đơn vị"),
        ("text", "  ", "Chưa có nội dung"),
        ("text", "Chao {ten}", "ngoặc nhọn"),
    ],
)
def test_a_trial_that_cannot_be_sent_says_why(
    operator: FlaskClient,
    database: Database,
    ward: Ward,
    field: str,
    typed: str,
    said: str,
) -> None:
    status, page = press(operator, TRY, a_form(ward, **{field: typed}))
    assert status == 422
    beside = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert beside is not None
    assert said in beside[1]
    assert the_texts(database) == []


def test_without_a_ward_the_page_says_what_is_missing(operator: FlaskClient) -> None:
    assert "Thêm một đơn vị trước" in read(operator, TRY)


class TestByZalo:
    """A Zalo account sends templates, and nothing else."""

    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        """Give a Zalo account in the place of the usual gateway."""
        by_zalo = {f: getattr(CAPABILITIES, f) for f in ("receipt_kind", "inbound")}
        return MemoryGateway(
            capabilities=type(CAPABILITIES)(**by_zalo, channel=Channel.ZALO)
        )

    @pytest.fixture
    def template(self, database: Database) -> None:
        """Add an approved template with a blank, and one that waits."""
        with database.writing() as session:
            session.add(_template("214", TemplateState.APPROVED))
            session.add(_template("215", TemplateState.PENDING))

    @pytest.mark.usefixtures("template")
    def test_an_approved_template_is_chosen_and_its_blanks_are_filled(
        self, operator: FlaskClient, database: Database, ward: Ward
    ) -> None:
        choice = read(operator, TRY)
        assert "Lương hưu (mẫu 214)" in choice
        assert "mẫu 215" not in choice
        assert "Chỗ trống “ngay”" in read(operator, f"{TRY}?template=214")
        form = a_form(ward, template="214", **{"blank-ngay": "thứ Hai"})
        path = f"{TRY}?template=214"
        assert press(operator, path, form, to=TRY)[0] == 200
        (text,) = the_texts(database)
        assert text.channel is Channel.ZALO
        assert text.template == {"template_id": "214", "data": {"ngay": "thứ Hai"}}
        assert text.text == "Trả lương hưu ngày thứ Hai."
        assert text.tariff_kind == "214"

    @pytest.mark.usefixtures("template")
    @pytest.mark.parametrize(
        ("typed", "said"),
        [("", "Điền chỗ trống"), ("x" * 31, "Dài quá"), ("{ten}", "ngoặc nhọn")],
    )
    def test_a_blank_that_zalo_would_refuse_says_why(
        self, operator: FlaskClient, ward: Ward, typed: str, said: str
    ) -> None:
        form = a_form(ward, template="214", **{"blank-ngay": typed})
        status, page = press(operator, f"{TRY}?template=214", form, to=TRY)
        assert status == 422
        assert said in page

    @pytest.mark.usefixtures("template")
    def test_a_template_that_is_not_approved_is_not_sent(
        self, operator: FlaskClient, database: Database, ward: Ward
    ) -> None:
        form = a_form(ward, template="215", **{"blank-ngay": "thứ Hai"})
        path = f"{TRY}?template=214"
        assert press(operator, path, form, to=TRY)[0] == 422
        assert the_texts(database) == []

    @pytest.mark.usefixtures("ward")
    def test_an_account_without_templates_says_so(self, operator: FlaskClient) -> None:
        assert "chưa có mẫu nào được duyệt" in read(operator, TRY)


def _template(template_id: str, state: TemplateState) -> ZaloTemplate:
    blank = {
        "name": "ngay",
        "max_length": 30,
        "min_length": 0,
        "required": True,
        "kind": "",
    }
    return ZaloTemplate(
        gateway="memory",
        template_id=template_id,
        name="Lương hưu",
        state=state,
        params=[blank],
        text="Trả lương hưu ngày {{ngay}}.",
        synced_at=NOW - dt.timedelta(hours=1),
        is_listed=True,
    )
