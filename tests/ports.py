"""Ports that hold still while other tests take theirs: one where nobody listens, and those of a server to come.

A port that was free a moment ago is anybody's: the system may give it to the next server that asks for any. So a test
holds the port: the system gives a bound one to nobody, and lets in none but a server that names it, and only where
both said SO_REUSEADDR, as servers do (Linux alone has it so).
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from outlast.orchestration.embedded.dev_server import Ports


@contextmanager
def nobody_listening() -> Iterator[str]:
    """An address on loopback where connections are refused, and where no server can come, meanwhile."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{deaf.getsockname()[1]}"


@contextmanager
def reserved_ports(home: Path) -> Iterator[Ports]:
    """Two that no other server is given meanwhile. Who chooses ports for `home` finds them written down there."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(2)]
        for one in held:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
        ports = Ports(*(one.getsockname()[1] for one in held))
        home.mkdir(parents=True, exist_ok=True)
        (home / "server.json").write_text(json.dumps(asdict(ports)))
        yield ports
