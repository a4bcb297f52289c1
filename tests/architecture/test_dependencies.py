"""What is installed is pinned, hashed, explained, and found without an address."""

import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock"]
REQUIREMENT = re.compile(
    r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==\S+( ; [^\\\n]+)?"
    r"( \\\n    --hash=sha256:[0-9a-f]{64})+"
)
ADDRESS = re.compile(
    r"://|--(extra-)?index-url|--find-links|^-[a-z]\b| @ ", re.MULTILINE
)
VENDORED = [
    *sorted((ROOT / "broadcaster/web/static/vendor").glob("*.min.*")),
    *sorted((ROOT / "templates/documents/vendor").glob("*.ttf")),
]
DECISION = ROOT / "docs/decisions/001-dependencies.md"


def blocks(lock: str) -> list[str]:
    return re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").rstrip())


def pins(lock: str) -> set[str]:
    return {block.split(" \\\n")[0] for block in blocks(lock)}


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[\[<>=~! ;]", line)[0] for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    assert [each for each in blocks(lock) if not REQUIREMENT.fullmatch(each)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address(lock: str) -> None:
    assert ADDRESS.findall((ROOT / lock).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "flask==3.1.0",
        "flask==3.1.0 \\\n    --hash=md5:00",
        "flask>=3 \\\n    --hash=sha256:" + "0" * 64,
    ],
)
def test_a_line_without_a_pin_or_a_hash_is_refused(line: str) -> None:
    assert not REQUIREMENT.fullmatch(line)


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_every_declared_package_is_locked() -> None:
    locked = {re.split(r"[\[=]", pin)[0] for pin in pins("requirements-dev.lock")}
    assert declared() - locked == set()


def test_every_declared_package_is_explained() -> None:
    rows = re.findall(r"^\| ([a-z][^|]*) \|", DECISION.read_text("utf-8"), re.MULTILINE)
    explained = {word.split()[0] for row in rows for word in row.split(", ")}
    assert declared() - explained == set()
    assert explained - declared() == {"package"}


@pytest.mark.parametrize("path", VENDORED, ids=lambda p: p.name)
def test_a_vendored_file_is_the_one_its_table_names(path: Path) -> None:
    digest = sha256(path.read_bytes()).hexdigest()
    rows = (path.parent / "README.md").read_text("utf-8").splitlines()
    assert [row for row in rows if row.startswith(f"| {path.name} |") and digest in row]
