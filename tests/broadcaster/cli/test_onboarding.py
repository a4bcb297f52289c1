"""A real ward starts from the command line, without SQL and without a browser."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from broadcaster.errors import InputError
from broadcaster.services.accounts import sign_in
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.staff import AccountGroup
from subscriptions.places import Scope, list_groups
from subscriptions.tables.places import Ward

LOA = Path(sys.executable).with_name("loa")
NOW = dt.datetime(2026, 10, 5, 2, 0, tzinfo=dt.UTC)
A_WARD = (
    *("ward", "add", "--name", "Phường Hoa Sữa", "--province", "Hà Nội"),
    *("--brand", "PHOASUA", "--groups", "3"),
)
A_LEADER = (
    *("account", "add", "--username", "An", "--name", "Nguyễn Văn An"),
    *("--role", "leader", "--ward", "Phường Hoa Sữa", "--group", "2"),
    *("--phone", "0912 345 678", "--password-stdin"),
)
PASSWORD = "mat khau dai va de nho"


def loa(url: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LOA, *arguments],
        env={**os.environ, "LOA_DATABASE_URL": url},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_ward_and_its_leader_are_added(database_url: str) -> None:
    added = loa(database_url, *A_WARD)
    assert added.returncode == 0, added.stderr
    account = loa(database_url, *A_LEADER, stdin=f"{PASSWORD}\n")
    assert account.returncode == 0, account.stderr

    database = Database(create_engine_for(database_url))
    with database.reading() as session:
        ward = session.get_one(Ward, int(added.stdout))
        groups = list_groups(session, Scope(ward_id=ward.id))
        assert [group.name for group in groups] == ["Tổ 1", "Tổ 2", "Tổ 3"]
        leader = session.get_one(AccountGroup, (int(account.stdout), groups[1].id))
    signed_in = sign_in(database, "an", password=PASSWORD, now=NOW)
    assert signed_in.id == leader.account_id
    assert signed_in.e164 == "+84912345678"
    database.engine.dispose()


def test_an_operator_belongs_to_no_ward(sqlite_url: str) -> None:
    operator = ("--username", "van-hanh", "--name", "Vận hành", "--role", "operator")
    added = loa(
        sqlite_url, "account", "add", *operator, "--password-stdin", stdin=PASSWORD
    )
    assert added.returncode == 0, added.stderr
    refused = loa(
        sqlite_url, "account", "add", *operator, "--ward", "1", stdin=PASSWORD
    )
    assert refused.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--brand", "MỘT CÁI TÊN DÀI"), "Brandname"),
        (("--groups", "0"), "Số tổ"),
        (("--inbound", "12"), "Số nhận tin"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_ward_that_cannot_be_is_refused_in_words(
    sqlite_url: str, arguments: tuple[str, str], said: str
) -> None:
    refused = loa(sqlite_url, *A_WARD, *arguments)
    assert refused.returncode == 2
    assert refused.stderr.startswith(said)


@pytest.mark.parametrize(
    ("arguments", "password"),
    [
        ((), "short"),
        (("--ward", "Phường Không Có"), PASSWORD),
        (("--group", "9"), PASSWORD),
        (("--phone", "024 3657 7024"), PASSWORD),
    ],
    ids=["short password", "no such ward", "no such group", "a landline"],
)
def test_an_account_that_cannot_be_is_refused_and_not_added(
    sqlite_url: str, arguments: tuple[str, ...], password: str
) -> None:
    loa(sqlite_url, *A_WARD)
    refused = loa(sqlite_url, *A_LEADER, *arguments, stdin=password)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    database = Database(create_engine_for(sqlite_url))
    with pytest.raises(InputError):
        sign_in(database, "an", password=password, now=NOW)
    database.engine.dispose()


def test_a_name_is_taken_once(sqlite_url: str) -> None:
    loa(sqlite_url, *A_WARD)
    loa(sqlite_url, *A_LEADER, stdin=PASSWORD)
    again = loa(sqlite_url, *A_LEADER, stdin=PASSWORD)
    assert again.returncode == 2
    assert "Tên đăng nhập" in again.stderr
