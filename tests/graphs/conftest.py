"""An agent that tests of graphs share."""

from collections.abc import Iterator

import pytest

from tests.graphs.agent_world import Investigating, turns
from tests.servers.openai_server import OpenAIServer


@pytest.fixture(scope="session")
def investigate() -> Iterator[Investigating]:
    with OpenAIServer(turns("Done.")) as server:
        yield Investigating(server)
