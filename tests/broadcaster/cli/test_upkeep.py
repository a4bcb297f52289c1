"""`loa migrate` and `loa doctor` say how it stands, and what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOA = Path(sys.executable).with_name("loa")
SETTINGS = {
    "LOA_SECRET_KEY": "a secret of the tests, thirty-two letters",
    "LOA_PUBLIC_URL": "https://loa.example",
    "LOA_GATEWAY_ACCOUNT_SID": "AC" + "5" * 32,
    "LOA_GATEWAY_AUTH_TOKEN": "a token",
}


def loa(
    *arguments: str, cwd: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LOA_")}
    return subprocess.run(
        [LOA, *arguments],
        cwd=cwd,
        env={**clean, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def doctor(cwd: Path, **settings: str) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = loa("doctor", "--json", cwd=cwd, **settings)
    facts = json.loads(ran.stdout)
    assert facts["ok"] == (ran.returncode == 0)
    return ran.returncode, {check["name"]: check for check in facts["checks"]}


def test_migrate_makes_the_embedded_database_and_its_folder(tmp_path: Path) -> None:
    first = loa("migrate", cwd=tmp_path)
    again = loa("migrate", cwd=tmp_path)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert (tmp_path / "var" / "loa.db").exists()


def test_migrate_brings_a_server_s_database_up_to_date(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    settings = {"LOA_DATABASE_URL": empty_postgres_url}
    assert doctor(tmp_path, **settings)[1]["database"]["found"] == "old"
    assert loa("migrate", cwd=tmp_path, **settings).returncode == 0
    assert doctor(tmp_path, **settings)[1]["database"]["found"] == "ok"


def test_migrate_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://loa:very-secret@/loa?host={tmp_path}"
    ran = loa("migrate", cwd=tmp_path, LOA_DATABASE_URL=nowhere)
    assert ran.returncode == 1
    assert "OperationalError" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "very-secret" not in ran.stderr


def test_the_doctor_lists_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    code, checks = doctor(tmp_path)
    assert code == 1
    missing = {detail.split()[0] for detail in checks["settings"]["details"]}
    assert missing == {
        "LOA_DATABASE_URL",
        "LOA_REDIS_URL",
        "LOA_SECRET_KEY",
        "LOA_PUBLIC_URL",
        "LOA_GATEWAY_ACCOUNT_SID",
        "LOA_GATEWAY_AUTH_TOKEN",
    }
    assert checks["database"]["found"] == "missing"
    assert "loa migrate" in checks["database"]["help"]
    assert not (tmp_path / "var").exists()


def test_the_doctor_names_a_gateway_that_is_not_installed(tmp_path: Path) -> None:
    _, checks = doctor(tmp_path, **SETTINGS, LOA_GATEWAY="pigeon")
    assert any("pigeon" in detail for detail in checks["settings"]["details"])


def test_the_doctor_misses_only_the_worker_where_none_runs(
    tmp_path: Path, sqlite_url: str, redis_url: str
) -> None:
    code, checks = doctor(
        tmp_path, **SETTINGS, LOA_DATABASE_URL=sqlite_url, LOA_REDIS_URL=redis_url
    )
    assert code == 1
    assert {name: check["found"] for name, check in checks.items()} == {
        "settings": "ok",
        "database": "ok",
        "redis": "ok",
        "worker": "none",
        "waiting": "ok",
        "disk": "ok",
    }


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "not an address"])
def test_the_doctor_says_that_the_queue_does_not_answer(
    tmp_path: Path, url: str
) -> None:
    _, checks = doctor(tmp_path, LOA_REDIS_URL=url)
    assert checks["redis"]["found"] == "unreachable"
    assert checks["worker"]["found"] == "unknown"


@pytest.mark.parametrize("url", ["what is this", "oracle://somewhere/loa"])
def test_the_doctor_bears_an_address_that_is_no_database(
    tmp_path: Path, url: str
) -> None:
    _, checks = doctor(tmp_path, LOA_DATABASE_URL=url)
    assert checks["database"]["found"] == "unreachable"
    assert checks["waiting"]["found"] == "unknown"


def test_the_doctor_speaks_to_people_in_lines(tmp_path: Path) -> None:
    ran = loa("doctor", cwd=tmp_path)
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("HỎNG")
    assert any("LOA_SECRET_KEY" in line for line in lines)
