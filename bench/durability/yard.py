"""Forks bench processes that have imported everything already: `python -m bench.durability.yard`.

A kill test that imports LangChain at each restart measures imports. An order a line comes in, the process id of who
takes it goes out. Everybody ends when the one who reads their socket, or this input, is gone.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping

from bench.durability.orders import Opening, Order, PeerName, order_of
from bench.durability.peers import bare, dbos, heartbeats, nodes, outlast, sqlite

OPENINGS: Mapping[PeerName, Opening] = {
    "bare": bare.open_peer,
    "heartbeats only": heartbeats.open_peer,
    "outlast": outlast.open_peer,
    "sqlite": sqlite.open_peer,
    "sqlite lost": sqlite.open_peer,
    "activity a node": nodes.open_peer,
    "dbos": dbos.open_peer,
    "langgraph": sqlite.by_hand,
}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)  # attempts that fail because they are killed are the point here
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("open", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            take(order_of(line))
        print(child, flush=True)


def take(order: Order) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what SDKs log must not look like a process id
    try:
        asyncio.run(serve(order))
    except Exception:  # noqa: BLE001 - whatever it was: this process says it and ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)  # with it whatever threads the peer has


async def serve(order: Order) -> None:
    reader, writer = await asyncio.open_unix_connection(order.socket)
    ready = False
    try:
        async with OPENINGS[order.peer](order) as answer:
            ready = True
            say(writer, {"ready": True})
            told: asyncio.Queue[bytes] = asyncio.Queue()
            listening = asyncio.create_task(listen(reader, told))
            while not listening.done():
                say(writer, await answer(json.loads(await told.get())))
    except Exception as error:  # told to the bench, and raised on
        refused = not ready and isinstance(error, ValueError)  # it looked at the graph, and would not have it
        say(writer, {"error": f"{type(error).__name__}: {error}"[:300], "refused": refused})
        await writer.drain()
        raise


async def listen(reader: asyncio.StreamReader, told: asyncio.Queue[bytes]) -> None:
    while line := await reader.readline():
        told.put_nowait(line)
    os._exit(0)  # nobody wants to know any more, whatever is under way


def say(writer: asyncio.StreamWriter, what: Mapping[str, object]) -> None:
    writer.write(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
