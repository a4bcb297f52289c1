"""The demo's folder keeps what was chosen, and serves one demo at a time."""

import socket
from pathlib import Path

import pytest

from broadcaster.demo.place import AlreadyRunningError, clear, occupy, settle


def test_a_second_run_keeps_ports_and_keys(tmp_path: Path) -> None:
    assert settle(tmp_path) == settle(tmp_path)


def test_a_port_taken_meanwhile_is_chosen_anew_and_keys_stay(tmp_path: Path) -> None:
    first = settle(tmp_path)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", first.web_port))
        squatter.listen()
        second = settle(tmp_path)
    assert second.web_port != first.web_port
    assert second.secret_key == first.secret_key


def test_two_demos_never_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with occupy(folder), pytest.raises(AlreadyRunningError), occupy(folder):
        pass


def test_clearing_forgets_the_keys(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    first = settle(folder)
    clear(folder)
    assert settle(folder).secret_key != first.secret_key
