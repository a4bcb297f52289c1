"""Lists taken into a register, as a leader's import does it."""

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscriptions.enrolments import Agreement
from subscriptions.places import Scope
from subscriptions.register_import import Imported, ImportOrder, Reading, apply_import
from subscriptions.tables import Base
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.places import ResidentialGroup
from tests.builders.people import NOW

TDP12 = Path(__file__).parents[1] / "data" / "register_tdp12.xlsx"
ON_PAPER = Agreement(
    method=ConsentMethod.PAPER,
    wording_version="2026-01",
    purposes=frozenset({Purpose.NOTICES, Purpose.PENSION}),
)
HEAD = "Họ tên;Quan hệ;Năm sinh;Địa chỉ;SĐT;Đối tượng\n"
AN = "Nguyễn Văn An;Chủ hộ;1950;Số 1;0912000001;hưu trí\n"
BINH = "Lê Thị Bình;Vợ;1955;;0912000002;\n"


def take_in(
    session: Session,
    group: ResidentialGroup,
    reading: Reading,
    *,
    agreement: Agreement | None = None,
    scope: Scope | None = None,
) -> Imported:
    """Apply a list to a group, as one who may see the whole ward."""
    return apply_import(
        session,
        scope or Scope(ward_id=group.ward_id),
        reading,
        order=ImportOrder(
            group_id=group.id, agreement=agreement, recorded_by=7, now=NOW
        ),
    )


def counts(session: Session) -> dict[str, int]:
    """Count the rows of every table."""
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in Base.metadata.tables.items()
    }
