"""What the Procfile, the Makefile and pre-commit run is there."""

import re
from importlib.metadata import entry_points
from importlib.util import find_spec

import pytest

from tests.architecture.tree import ROOT

ROWS = dict(
    line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines()
)
MODULE = re.compile(r"-m (\S+)|(?<= )([a-z_.]+):[a-z_]+$")


def exists(module: str) -> bool:
    spec = find_spec(module)
    if spec is not None and spec.submodule_search_locations is not None:
        return find_spec(f"{module}.__main__") is not None
    return spec is not None


def test_the_procfile_has_a_row_for_every_process() -> None:
    assert sorted(ROWS) == ["clock", "links", "release", "telco", "web", "worker"]


@pytest.mark.parametrize("name", sorted(ROWS.keys() - {"release"}))
def test_a_row_of_the_procfile_names_a_module_that_exists(name: str) -> None:
    found = MODULE.search(ROWS[name])
    assert found
    assert exists(found.group(1) or found.group(2))


def test_the_release_row_calls_the_command_that_is_installed() -> None:
    assert ROWS["release"].split()[0] == ".venv/bin/loa"
    (command,) = entry_points(group="console_scripts", name="loa")
    assert callable(command.load())


def test_pre_commit_runs_the_checks_of_make_and_no_others() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    (checks,) = re.findall(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    assert re.findall(r"entry: make ([a-z-]+),", hooks) == checks.split()
    assert [check for check in checks.split() if f"\n{check}: " not in makefile] == []
