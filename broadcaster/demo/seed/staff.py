"""The demo's accounts. One signs in by a link: nobody needs or knows the passwords."""

import secrets

from broadcaster.demo.seed.dates import Calendar
from broadcaster.demo.seed.places import NEIGHBOUR, OUR_WARD, make_ward
from broadcaster.demo.seed.words import wall
from broadcaster.demo.seed.world import World
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor, NewAccount, actor_of, hash_password
from broadcaster.services.wards import add_account
from broadcaster.store.session import Database

LEADERS = (
    "Hoàng Văn Bách",
    "Nguyễn Thị Cúc",
    "Trần Đức Hào",
    "Phạm Bích Loan",
    "Bùi Quang Toàn",
    "Ngô Thị Tuyết",
    "Dương Xuân Vinh",
    "Đặng Hồng Liên",
    "Lê Trọng Mạnh",
    "Lý Thu Diệp",
    "Vũ Công Tân",
    "Đinh Thị Mai",
)
LINKED_GROUP = 12
"""The group whose leader one signs in as by the demo's link."""


def make_our_ward(database: Database, calendar: Calendar) -> World:
    """Add the demo's ward with a leader for every group, and the operator."""
    ward_id, groups = make_ward(database, OUR_WARD, calendar)
    door = _Door(database, calendar)
    door.open(None, "operator", role=Role.OPERATOR, name="Bùi Minh Khoa")
    door.open(ward_id, "auditor", role=Role.AUDITOR, name="Phan Đình Nghĩa")
    return World(
        database=database,
        calendar=calendar,
        ward_id=ward_id,
        groups=groups,
        officer=door.open(ward_id, "officer", role=Role.OFFICER, name="Đỗ Thu Ngân"),
        approver=door.open(
            ward_id, "approver", role=Role.APPROVER, name="Vũ Hữu Quyết"
        ),
        accountant=door.open(
            ward_id, "accountant", role=Role.ACCOUNTANT, name="Lê Kim Oanh"
        ),
        leaders={
            number: door.open(
                ward_id,
                "leader" if number == LINKED_GROUP else f"leader-{number}",
                role=Role.LEADER,
                name=name,
                group_id=groups[number],
            )
            for number, name in enumerate(LEADERS, start=1)
        },
    )


def make_neighbour(database: Database, calendar: Calendar) -> World:
    """Add a second ward, which nobody of the first may see."""
    ward_id, groups = make_ward(database, NEIGHBOUR, calendar)
    door = _Door(database, calendar)
    staff = {
        role: door.open(ward_id, f"{role}-hoaban", role=role, name=name)
        for role, name in (
            (Role.OFFICER, "Trần Minh Uyên"),
            (Role.APPROVER, "Ngô Đức Trung"),
            (Role.ACCOUNTANT, "Lý Thanh Chi"),
        )
    }
    return World(
        database=database,
        calendar=calendar,
        ward_id=ward_id,
        groups=groups,
        officer=staff[Role.OFFICER],
        approver=staff[Role.APPROVER],
        accountant=staff[Role.ACCOUNTANT],
        leaders={},
    )


class _Door:
    """Where accounts are made.

    All have one password that is forgotten at once: twenty hashes would take as long
    as the rest of the seed.
    """

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self._database = database
        self._calendar = calendar
        self._phones = {person.job: person.e164 for person in wall() if person.job}
        # nobody signs in with it: one for all, made once
        self._password_hash = hash_password(secrets.token_urlsafe(32))

    def open(
        self,
        ward_id: int | None,
        username: str,
        *,
        role: Role,
        name: str,
        group_id: int | None = None,
    ) -> Actor:
        """Add an account."""
        new = NewAccount(
            ward_id=ward_id,
            username=username,
            display_name=name,
            password_hash=self._password_hash,
            role=role,
            group_ids=frozenset({group_id} if group_id else ()),
            e164=self._phones.get(username),
        )
        began = self._calendar.began
        account = add_account(self._database, new, actor=None, now=began)
        with self._database.reading() as session:
            return actor_of(session, account)
