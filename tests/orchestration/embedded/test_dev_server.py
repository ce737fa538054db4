"""The ports of the embedded server: the same for a folder, as long as they can be."""

import socket
from pathlib import Path

import pytest

from outlast.orchestration.embedded.dev_server import choose_ports, read_ports
from tests.ports import reserved_ports


def test_ports_are_chosen_once_for_a_folder(tmp_path: Path) -> None:
    chosen = choose_ports(tmp_path)
    assert chosen.grpc != chosen.ui
    assert read_ports(tmp_path) == chosen


def test_the_ports_of_a_folder_stay(tmp_path: Path) -> None:
    with reserved_ports(tmp_path) as ports:
        assert choose_ports(tmp_path) == ports == read_ports(tmp_path)


@pytest.mark.parametrize("taken", ["grpc", "ui"])
def test_a_port_that_another_program_has_taken(tmp_path: Path, taken: str) -> None:
    with reserved_ports(tmp_path) as ports, socket.create_server(("127.0.0.1", getattr(ports, taken))):
        other = choose_ports(tmp_path)
    assert {ports.grpc, ports.ui}.isdisjoint({other.grpc, other.ui})
    assert read_ports(tmp_path) == other


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "{damaged",
        '{"grpc": "a", "ui": "b"}',
        '{"grpc": 0, "ui": 0}',
        '{"grpc": 99999999, "ui": 1}',
        '{"grpc": 20000, "ui": 20000}',
        '{"grpc": 20000, "ui": 20001, "more": 1}',
    ],
)
def test_ports_that_are_none_are_chosen_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "server.json").write_text(content)
    assert read_ports(tmp_path) is None
    assert choose_ports(tmp_path) == read_ports(tmp_path)
