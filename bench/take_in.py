"""Take a folder in and index it, as the first question to it does: `python -m bench.take_in DIR HOME`.

It imports nothing else, so that its time is that of Outlast.
"""

import asyncio
import os
import sys
from pathlib import Path

from outlast.cli.garbage import collect_garbage_seldom
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects


async def take_in(folder: Path, home: Path) -> None:
    store = open_objects(str(home / "objects"))
    collection = await Collections(store).save(await ingest_folder(folder, store, home / "cache"))
    async with await Library.open(collection, store, home / "cache"):
        return


if __name__ == "__main__":
    collect_garbage_seldom()  # as the commands do
    asyncio.run(take_in(Path(sys.argv[1]), Path(sys.argv[2])))
    os._exit(0)  # threads of the object store may still be closing
