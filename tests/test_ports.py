"""What tests hold is theirs: no other server comes to it, whatever it asks for."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from outlast.orchestration.embedded.dev_server import choose_ports
from tests.ports import reserved_ports

EVERYWHERE = ""


@pytest.mark.parametrize("host", ["127.0.0.1", EVERYWHERE])
@pytest.mark.parametrize("option", [None, socket.SO_REUSEADDR, socket.SO_REUSEPORT])
def test_nobody_listens_where_nobody_is_to_listen(nobody: str, host: str, option: int | None) -> None:
    address, _, port = nobody.rpartition(":")
    with socket.socket() as server:
        if option is not None:
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        with pytest.raises(OSError, match="in use"):
            server.bind((host, int(port)))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, int(port)), timeout=60)


def test_the_server_that_is_told_its_port_can_have_it(tmp_path: Path) -> None:
    with reserved_ports(tmp_path) as ports:
        assert choose_ports(tmp_path) == ports
        for _ in range(2):  # it may come again, too
            with socket.create_server(("127.0.0.1", ports.grpc)) as server:
                socket.create_connection(server.getsockname(), timeout=60).close()


IN_A_SMALL_WORLD = """
import json, socket, sys
from pathlib import Path
from tests.ports import reserved_ports

Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40003")
with reserved_ports(Path(sys.argv[1])) as ports:
    given = []
    while len(given) < 3:
        try:
            given.append(socket.create_server(("127.0.0.1", 0)))
        except OSError:  # there is none left
            break
    print(json.dumps([[ports.grpc, ports.ui], [server.getsockname()[1] for server in given]]))
"""


def test_no_other_server_is_given_it(tmp_path: Path) -> None:
    """Shown where the system has no more than four ports to give."""
    command = ["unshare", "--net", "--map-root-user", sys.executable, "-c", IN_A_SMALL_WORLD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if "unshare" in done.stderr:
        pytest.skip(f"a network of its own is not possible: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    reserved, given = json.loads(done.stdout)
    assert given
    assert set(reserved).isdisjoint(given)
    assert set(reserved) | set(given) <= set(range(40000, 40004))
