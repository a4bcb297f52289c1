"""Every import contract catches the import it is there to forbid.

Each forbidden import is planted inside a function of a copy of the tree: the place
where a reader, and a checker that looks at the head of a file, would miss it.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, python_files

PLANTED = {
    "one arrow between rooms": ("subscriptions.errors", "broadcaster.errors"),
    "storeys inside broadcaster": ("broadcaster.ports", "broadcaster.store"),
    "storeys inside subscriptions": ("subscriptions.phones", "subscriptions.tables"),
    "gateways do not know one another": (
        "broadcaster.gateways.memory",
        "broadcaster.gateways.twilio",
    ),
    "rules are pure": ("broadcaster.rules.lifecycle", "sqlalchemy"),
    "the simulator is the outside world": (
        "broadcaster.simulator.weather",
        "broadcaster.store",
    ),
    "the web never speaks to redis": ("broadcaster.web.wsgi", "redis"),
    "only bootstrap reads configuration": (
        "broadcaster.store.session",
        "broadcaster.config",
    ),
}
ROOMS = {"broadcaster", "subscriptions", "templates", "workers"}


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [each["name"] for each in settings["tool"]["importlinter"]["contracts"]]


def copy_the_tree(target: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", target)
    for path in python_files():
        place = path.relative_to(ROOT)
        if place.parts[0] in ROOMS:
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / place)


def plant(tree: Path, importer: str, imported: str) -> None:
    place = tree.joinpath(*importer.split("."))
    module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n\ndef _planted():\n    import {imported}\n")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def section(report: str, contract: str) -> str:
    """Return what the report says of one broken contract, or nothing."""
    titles = "|".join(map(re.escape, contracts()))
    pieces = re.split(rf"^({titles})\n-+\n", report, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True)).get(contract, "")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = tmp_path_factory.mktemp("planted")
    copy_the_tree(tree)
    for importer, imported in PLANTED.values():
        plant(tree, importer, imported)
    done = lint(tree)
    assert "Broken contracts" in done.stdout, done.stdout + done.stderr
    return done.stdout


def test_the_tree_as_it_is_keeps_every_contract(tmp_path: Path) -> None:
    copy_the_tree(tmp_path)
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(contracts())} kept, 0 broken" in done.stdout


def test_every_contract_has_a_violation_planted_against_it() -> None:
    assert sorted(PLANTED) == sorted(contracts())


@pytest.mark.parametrize("contract", PLANTED)
def test_a_forbidden_import_hidden_in_a_function_is_caught(
    report: str, contract: str
) -> None:
    importer, imported = PLANTED[contract]
    caught = rf"{re.escape(importer)} -> {re.escape(imported)}\b"
    assert re.search(caught, section(report, contract))
