"""The ward says how it uses Zalo, and sees what Zalo lets it send."""

import pytest
from flask.testing import FlaskClient

from broadcaster.bootstrap import House, assemble
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import TemplateState
from broadcaster.services.ward_channels import ChannelRules, read_channels
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.zalo import OverQuota
from tests.broadcaster.web.conftest import csrf_of
from tests.broadcaster.web.staff.desk import post, read, see
from tests.builders.announcements import StaffedWard
from tests.builders.zalo import ACCOUNT, TemplateGateway, a_template, uses_zalo
from tests.fakes import HandClock

CHANNELS, TEMPLATES = "/staff/channels", "/staff/zalo-templates"


@pytest.fixture
def zalo() -> TemplateGateway:
    """Give the account: one template may be sent, one waits, one was locked."""
    return TemplateGateway(
        a_template(),
        a_template("215", name="Lịch cắt điện", state=TemplateState.PENDING),
        a_template("216", name="Đóng quỹ", state=TemplateState.DISABLED),
    )


@pytest.fixture
def house(
    house: House,
    database: Database,
    gateway: MemoryGateway,
    zalo: TemplateGateway,
    clock: HandClock,
) -> House:
    """Give a house with both channels."""
    return assemble(house.settings, database, fixed=[gateway, zalo], clock=clock)


def _press_set(client: FlaskClient, **typed: str) -> tuple[int, str]:
    form = {"zalo_gateway": ACCOUNT, "over_quota": "spread", **typed}
    data = {"csrf_token": csrf_of(client, "/staff/journal"), **form}
    answer = client.post(CHANNELS, data=data, follow_redirects=True)
    return answer.status_code, read(answer.text)


def test_the_wards_head_sets_how_zalo_is_used(
    approver: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    assert "Phường chỉ gửi SMS." in see(approver, CHANNELS)
    status, page = _press_set(approver, **{"minutes.pension": "30"})
    assert (status, "Đã lưu cách gửi" in page) == (200, True)
    with database.reading() as session:
        assert read_channels(session, staffed.ward.id) == ChannelRules(
            zalo_gateway=ACCOUNT,
            over_quota=OverQuota.SPREAD,
            fall_back_minutes={Topic.PENSION: 30},
        )
    assert "đặt cách dùng Zalo" in see(approver, "/staff/journal")


def test_that_both_may_arrive_is_said_where_minutes_are_typed(
    approver: FlaskClient,
) -> None:
    page = see(approver, CHANNELS)
    assert "có thể nhận cả hai tin, và phường trả tiền cả hai" in page
    assert "khẩn”: sau bao nhiêu phút" not in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"minutes.health": "ba mươi"}, "Ghi số phút bằng chữ số"),
        ({"minutes.health": "2"}, "Số phút từ 5 đến 1.440"),
        ({"zalo_gateway": "memory"}, "Tài khoản Zalo này không có hoặc đã tắt"),
        ({"over_quota": ""}, "Chọn làm gì khi hết lượt"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_stays_typed(
    approver: FlaskClient,
    staffed: StaffedWard,
    database: Database,
    typed: dict[str, str],
    sentence: str,
) -> None:
    status, page = _press_set(approver, **{"minutes.pension": "45", **typed})
    assert status == 422
    assert page.count(sentence) == 2
    with database.reading() as session:
        assert read_channels(session, staffed.ward.id) == ChannelRules()


def test_an_officer_sees_the_rules_and_does_not_set_them(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
    page = see(officer, CHANNELS)
    assert "Gửi SMS ngay" in page
    assert "Lưu cách gửi" not in page
    assert _press_set(officer)[0] == 403


def test_templates_are_listed_with_their_blanks_and_how_they_stand(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    assert "Phường chưa dùng Zalo" in see(officer, TEMPLATES)
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
    status, page = post(officer, f"{TEMPLATES}/sync")
    assert status == 200
    assert "Đã cập nhật: 3 mẫu, 1 mẫu gửi được." in page
    assert "cập nhật lúc 09:00" in page
    assert "Đang chờ Zalo duyệt" in page
    assert "Zalo đã khóa mẫu" in page
    assert "Nội dung (noi_dung): nhiều nhất 80 ký tự" in page
    assert "Thời gian (thoi_gian): nhiều nhất 20 ký tự, được để trống" in page
    assert "200đ một tin, 140đ cho người đã quan tâm" in page
    assert "cập nhật mẫu Zalo: 1 mẫu dùng được" in see(officer, "/staff/journal")


def test_an_account_that_does_not_answer_is_said_in_words(
    officer: FlaskClient,
    staffed: StaffedWard,
    database: Database,
    zalo: TemplateGateway,
) -> None:
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
    zalo.is_away = True
    _, page = post(officer, f"{TEMPLATES}/sync")
    assert "Zalo chưa trả lời" in page
    # what was known is still there
    assert "Mời họp tổ dân phố" in page
