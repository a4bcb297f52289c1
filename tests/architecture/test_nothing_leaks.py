"""No file of the repository holds a key, or a path or address of one machine."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import repository_files, short

MACHINE = re.compile(
    r"(?<![\w.])/(?:root|home|work|tmp|Users)/[A-Za-z.]|\.\./shared\b"
    r"|\b(?:pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org)"
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b"
    r"|\b(?:AC|SK)[0-9a-f]{32}\b"
)
VARIED = 8
"""An invented key repeats a few characters; a real one has more different ones."""


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content and "vendor" not in path.parts:
            found.append((path, content.decode("utf-8", errors="replace")))
    return found


def machine_words(text: str) -> list[str]:
    return [match.group() for match in MACHINE.finditer(text)]


def secrets(text: str) -> list[str]:
    return [
        match.group()
        for match in SECRET.finditer(text)
        if match.group().startswith("-") or len(set(match.group()[2:])) >= VARIED
    ]


def test_no_file_names_a_path_or_an_address_of_one_machine() -> None:
    found = {
        short(path): words for path, text in texts() if (words := machine_words(text))
    }
    assert found == {}


def test_no_file_holds_a_key() -> None:
    found = {short(path): keys for path, text in texts() if (keys := secrets(text))}
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["cd /" + "home/an/loa", "see .." + "/shared/x", "https://pypi" + ".org/simple"],
)
def test_a_machine_word_is_seen(text: str) -> None:
    assert len(machine_words(text)) == 1


@pytest.mark.parametrize("text", ["GET /workers/home/x", "docs/work/a", "/work"])
def test_an_innocent_path_is_left_alone(text: str) -> None:
    assert machine_words(text) == []


def test_a_key_is_seen_and_an_invented_one_is_not() -> None:
    assert secrets("sid = 'AC" + "0123456789abcdef" * 2 + "'")
    assert secrets("-----BEGIN " + "PRIVATE KEY-----")
    assert not secrets("sid = 'AC" + "5" * 32 + "'")
