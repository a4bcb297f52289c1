"""A list enters the register once, whole, and never changes what is written there."""

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database, create_engine_for
from subscriptions.consents import Evidence, standing, withdraw
from subscriptions.enrolments import Agreement
from subscriptions.errors import NotInRegisterError
from subscriptions.lines import find_line
from subscriptions.places import Scope
from subscriptions.register_import import (
    Imported,
    ImportOrder,
    Reading,
    apply_import,
    plan_import,
)
from subscriptions.tables import Base
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
    Tag,
)
from subscriptions.tables.places import ResidentialGroup
from tests.builders.people import NOW, a_group, a_household, a_ward, lines_of
from tests.subscriptions.register_import.reading import read

TDP12 = Path(__file__).parents[2] / "data" / "register_tdp12.xlsx"
ON_PAPER = Agreement(
    method=ConsentMethod.PAPER,
    wording_version="2026-01",
    purposes=frozenset({Purpose.NOTICES, Purpose.PENSION}),
)
HEAD = "Họ tên;Quan hệ;Năm sinh;Địa chỉ;SĐT;Đối tượng\n"
AN = "Nguyễn Văn An;Chủ hộ;1950;Số 1;0912000001;hưu trí\n"
BINH = "Lê Thị Bình;Vợ;1955;;0912000002;\n"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    engine = create_engine_for(database_url)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        yield session


@pytest.fixture
def group(session: Session) -> ResidentialGroup:
    return a_group(session, a_ward(session), number=12)


def _take_in(
    session: Session,
    group: ResidentialGroup,
    reading: Reading,
    *,
    agreement: Agreement | None = None,
    scope: Scope | None = None,
) -> Imported:
    return apply_import(
        session,
        scope or Scope(ward_id=group.ward_id),
        reading,
        order=ImportOrder(
            group_id=group.id, agreement=agreement, recorded_by=7, now=NOW
        ),
    )


def _counts(session: Session) -> dict[str, int]:
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in Base.metadata.tables.items()
    }


def test_the_workbook_of_group_12_enters_whole(
    session: Session, group: ResidentialGroup
) -> None:
    imported = _take_in(session, group, read(TDP12.read_bytes()), agreement=ON_PAPER)

    counts = _counts(session)
    assert counts["households"] == imported.households == 61
    assert counts["residents"] == imported.residents == 161
    assert counts["lines"] == counts["subscriptions"] == imported.lines == 68
    assert counts["consents"] == imported.consents == 2 * 68


def test_the_same_list_again_changes_no_table(
    session: Session, group: ResidentialGroup
) -> None:
    reading = read(TDP12.read_bytes())
    _take_in(session, group, reading, agreement=ON_PAPER)
    before = _counts(session)
    again = _take_in(session, group, reading, agreement=ON_PAPER)

    assert _counts(session) == before
    assert (again.plan.new, again.plan.changed) == ((), ())
    assert again.plan.unchanged == 61
    assert (again.plan.held, again.plan.differences) == ((), ())


def test_a_preview_stores_nothing_and_says_what_is_new(
    session: Session, group: ResidentialGroup
) -> None:
    before = _counts(session)
    reading = read(HEAD + AN + BINH)
    scope = Scope(ward_id=group.ward_id)
    plan = plan_import(session, scope, reading, group_id=group.id)

    assert (len(plan.new), len(plan.changed), plan.unchanged) == (1, 0, 0)
    assert _counts(session) == before


def test_people_enter_as_enrolment_would_have_written_them(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN + BINH))

    household = session.scalars(select(Household)).one()
    head, wife = session.scalars(select(Resident).order_by(Resident.id))
    assert household.address == "Số 1"
    assert household.match_key == "nguyen van an|so 1"
    assert household.search_key == "so 1"
    assert (head.is_head, head.birth_year, head.search_key) == (
        True,
        1950,
        "nguyen van an",
    )
    assert (wife.is_head, wife.relation_to_head) == (False, "Vợ")
    assert head.public_id != wife.public_id
    tag = session.scalars(select(ResidentTag)).one()
    assert (tag.resident_id, tag.tag) == (head.id, Tag.PENSIONER)
    first, second = session.scalars(select(Subscription).order_by(Subscription.id))
    assert (first.resident_id, second.resident_id) == (head.id, wife.id)
    assert first.status is SubscriptionStatus.ACTIVE
    assert first.pays
    assert first.first_month == dt.date(2026, 11, 1)
    line = session.scalars(select(Line).order_by(Line.id)).first()
    assert line is not None
    assert (line.e164, line.carrier) == ("+84912000001", "VinaPhone")


def test_a_shared_phone_is_paid_for_once(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN + "Lê Thị Bình;Vợ;1955;;0912000001;\n"))

    pays = session.scalars(select(Subscription.pays).order_by(Subscription.id)).all()
    assert list(pays) == [True, False]


def test_without_an_agreement_nobody_is_texted(
    session: Session, group: ResidentialGroup
) -> None:
    imported = _take_in(session, group, read(HEAD + AN))

    assert imported.consents == _counts(session)["consents"] == 0


def test_an_agreement_brought_later_counts_for_lines_already_there(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN))
    later = _take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert (later.lines, later.consents) == (0, 2)
    record = session.scalars(select(ConsentRecord)).first()
    assert record is not None
    assert (record.method, record.recorded_by) == (ConsentMethod.PAPER, 7)


def test_a_list_never_overrules_who_withdrew(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)
    line = find_line(session, group.ward_id, "+84912000001")
    assert line is not None
    evidence = Evidence(
        method=ConsentMethod.SMS_KEYWORD, wording_version="sms", recorded_by=None
    )
    withdraw(session, line.id, [Purpose.NOTICES], evidence=evidence, now=NOW)
    again = _take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert (again.consents, again.refused_before) == (0, 1)
    said = standing(session, line.id)
    assert said[Purpose.NOTICES].action is ConsentAction.WITHDRAWN
    assert said[Purpose.PENSION].action is ConsentAction.GRANTED


def test_a_subscription_that_was_ended_stays_ended(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN))
    subscription = session.scalars(select(Subscription)).one()
    subscription.status = SubscriptionStatus.ENDED
    again = _take_in(session, group, read(HEAD + AN), agreement=ON_PAPER)

    assert subscription.status is SubscriptionStatus.ENDED
    assert (again.lines, again.consents) == (0, 0)
    assert [d.code for d in again.plan.differences] == ["ended"]


def test_who_has_left_does_not_come_back_by_an_old_list(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + AN + BINH))
    wife = session.scalars(select(Resident).where(~Resident.is_head)).one()
    wife.left_on = dt.date(2026, 10, 1)
    again = _take_in(session, group, read(HEAD + AN + BINH))

    assert again.residents == 0
    assert [d.code for d in again.plan.differences] == ["left"]


def test_a_longer_list_adds_only_what_is_new(
    session: Session, group: ResidentialGroup
) -> None:
    _take_in(session, group, read(HEAD + "Nguyễn Văn An;Chủ hộ;1950;Số 1;;\n"))
    longer = _take_in(session, group, read(HEAD + AN + BINH + "Chí;Chủ hộ;;Số 2;;\n"))

    assert (longer.households, longer.residents, longer.lines) == (1, 2, 2)
    assert len(longer.plan.changed) == 1
    assert _counts(session)["resident_tags"] == 1


def test_father_and_son_of_one_name_stay_two(
    session: Session, group: ResidentialGroup
) -> None:
    text = HEAD + AN + "Nguyễn Văn An;Con;1980;;;\n"
    _take_in(session, group, read(text))

    assert _take_in(session, group, read(text)).residents == 0
    assert _counts(session)["residents"] == 2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Nguyễn Văn An;Chủ hộ;1951;Số 1;0912000001;\n", "birth_year_differs"),
        ("Nguyễn Văn An;Chủ hộ;1950;Số 1B;0912000001;\n", "address_differs"),
        (
            "Lê Thị Bình;Chủ hộ;1955;Số 1;;\nNguyễn Văn An;Chồng;1950;;0912000001;\n",
            "head_differs",
        ),
    ],
    ids=["year", "address", "head"],
)
def test_a_correction_is_shown_and_the_register_kept(
    session: Session, group: ResidentialGroup, row: str, code: str
) -> None:
    _take_in(session, group, read(HEAD + AN + BINH))
    before = _counts(session)
    again = _take_in(session, group, read(HEAD + row))

    assert [d.code for d in again.plan.differences] == [code]
    assert _counts(session) == before


def test_a_phone_that_another_group_holds_stays_theirs_and_is_listed(
    session: Session, group: ResidentialGroup
) -> None:
    ward_scope = Scope(ward_id=group.ward_id)
    other = session.get_one(ResidentialGroup, group.id)
    fifth = ResidentialGroup(
        ward_id=other.ward_id, number=5, name="Tổ 5", code="T5", kind=other.kind
    )
    session.add(fifth)
    session.flush()
    theirs = a_household(session, in_group=fifth, with_phone="0912000001")
    leader = Scope(ward_id=group.ward_id, group_ids=frozenset({group.id}))
    reading = read(HEAD + AN + BINH)
    shown = plan_import(session, ward_scope, reading, group_id=group.id).held
    imported = _take_in(session, group, reading, scope=leader)

    (held,) = imported.plan.held
    assert (held.row, held.value) == (2, "0912000001")
    assert "Tổ 5" in held.help
    assert theirs.address not in held.help
    assert theirs.address in shown[0].help
    assert (imported.households, imported.lines) == (1, 1)
    assert [line.e164 for line in lines_of(session, theirs)] == ["+84912000001"]


def test_a_leader_imports_into_no_other_group(
    session: Session, group: ResidentialGroup
) -> None:
    elsewhere = Scope(ward_id=group.ward_id, group_ids=frozenset({group.id + 1}))

    with pytest.raises(NotInRegisterError):
        _take_in(session, group, read(HEAD + AN), scope=elsewhere)


def test_two_who_confirm_one_preview_at_once_enter_it_once(database: Database) -> None:
    reading = read(TDP12.read_bytes())
    with database.writing() as session:
        group = a_group(session, a_ward(session), number=12)
    barrier = threading.Barrier(2)
    added: list[int] = []

    def confirm() -> None:
        barrier.wait(timeout=30)
        with database.writing() as session:
            added.append(_take_in(session, group, reading).households)

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(added) == [0, 61]
    with database.reading() as session:
        assert _counts(session)["households"] == 61
        assert _counts(session)["subscriptions"] == 68
