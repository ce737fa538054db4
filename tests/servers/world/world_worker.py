"""A worker that lives in a scripted world: OUTLAST_WORKER names it, and WORLD_SITE_PORT and WORLD_TAVILY_URL say where.

It is the project's own worker, but that it may read from one port of this machine, and is not as patient.
"""

import asyncio
import logging
import os
from functools import partial

from outlast import worker
from outlast.orchestration.settings import Settings
from tests.servers.world.composing import Site, composed, searching

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("stamina").setLevel(logging.ERROR)
    site = Site(int(os.environ["WORLD_SITE_PORT"]), os.environ["WORLD_TAVILY_URL"])
    asyncio.run(worker.serve(Settings(), compose=composed, search=partial(searching, site)))
