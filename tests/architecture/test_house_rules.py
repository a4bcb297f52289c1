"""Modules stay short, imports stay at the top, and tests reach real code."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import python_files, short

MAX_LINES = 300
MAX_SILENCED = 10
SILENCING = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
REASONED = re.compile(
    r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* (- |\()\w"
    r"|# type: ignore\[[a-z-]+(,[a-z-]+)*\]  # \w"
)
VAGUE_NAMES = {"utils", "helpers", "common", "manager", "base", "misc"}
ALLOWED_VAGUE = {"subscriptions/tables/base.py"}


def imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return []


def imports_inside_functions(source: str) -> list[int]:
    return [
        inner.lineno
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def imports_mocks(source: str) -> bool:
    return any(
        name == "mock" or name.startswith("unittest.mock")
        for node in ast.walk(ast.parse(source))
        for name in imported_modules(node)
    )


def silencing_comments(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and SILENCING.search(token.string):
            yield token.string


def offenders(paths: list[Path]) -> list[str]:
    return [short(path) for path in paths]


def test_the_house_has_modules() -> None:
    assert len(python_files()) > 30


def test_no_module_has_more_than_300_lines() -> None:
    lengths = {
        short(path): len(path.read_text("utf-8").splitlines())
        for path in python_files()
    }
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}


def test_no_import_stands_inside_a_function() -> None:
    found = {
        short(path): lines
        for path in python_files()
        if (lines := imports_inside_functions(path.read_text("utf-8")))
    }
    assert found == {}


def test_nothing_is_mocked() -> None:
    found = [path for path in python_files() if imports_mocks(path.read_text("utf-8"))]
    assert offenders(found) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = {short(path) for path in python_files() if path.stem in VAGUE_NAMES}
    assert found <= ALLOWED_VAGUE


def test_at_most_ten_lines_silence_a_check_and_each_says_why() -> None:
    silenced = [
        f"{short(path)}: {comment}"
        for path in python_files()
        for comment in silencing_comments(path.read_text("utf-8"))
    ]
    assert [line for line in silenced if not REASONED.search(line)] == []
    assert len(silenced) <= MAX_SILENCED, "\n".join(silenced)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import os\n", []),
        ("def f():\n    import os\n", [2]),
        ("async def f():\n    if 1:\n        from os import path\n", [3]),
        ("class C:\n    def m(self):\n        import os\n", [3]),
    ],
)
def test_an_import_inside_a_function_is_seen(source: str, lines: list[int]) -> None:
    assert imports_inside_functions(source) == lines


@pytest.mark.parametrize(
    "source",
    [
        "import unittest.mock",
        "from unittest import mock",
        "from unittest.mock import x",
    ],
)
def test_a_mock_is_seen(source: str) -> None:
    assert imports_mocks(source)


@pytest.mark.parametrize(
    ("comment", "is_reasoned"),
    [
        ("# noqa: S603 - our own script", True),
        ("# noqa: DTZ001 (dateutil walks wall time)", True),
        ("# noqa: S603", False),
        ("# noqa", False),
        ("# type: ignore[misc]  # the package is not typed", True),
        ("# type: ignore[misc]", False),
        ("# type: ignore", False),
    ],
)
def test_a_silenced_check_without_its_reason_is_seen(
    comment: str, *, is_reasoned: bool
) -> None:
    assert list(silencing_comments(f"x = 1  {comment}\n")) == [comment]
    assert bool(REASONED.search(comment)) is is_reasoned
