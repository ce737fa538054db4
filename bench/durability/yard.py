"""Fork bench processes that have already imported everything: `python -m bench.durability.yard PEER ...`.

A kill test that imports LangChain at each restart would measure imports. Each input line is an order; the output line
is the process id of the process that takes it. A process ends when the other end of its socket, or this input, is
closed.
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
from importlib import import_module

from bench.durability.meter import METER
from bench.durability.orders import Opening, Order, PeerName, order_of

OPENINGS: Mapping[PeerName, tuple[str, str]] = {
    "bare": ("bare", "open_peer"),
    "in memory": ("bare", "in_memory"),
    "heartbeats only": ("heartbeats", "open_peer"),
    "outlast": ("outlast", "open_peer"),
    "outlast, 1 s": ("outlast", "open_peer"),
    "sqlite": ("sqlite", "open_peer"),
    "sqlite lost": ("sqlite", "open_peer"),
    "activity a node": ("nodes", "open_peer"),
    "activity a call": ("calls", "open_peer"),
    "dbos": ("dbos", "open_peer"),
    "langgraph": ("sqlite", "by_hand"),
}
"""The module in `peers`, and its function. No environment has what all of them import."""


def opening_of(peer: PeerName) -> Opening:
    module, function = OPENINGS[peer]
    opening: Opening = getattr(import_module(f"bench.durability.peers.{module}"), function)
    return opening


def main(peers: list[PeerName]) -> None:
    for peer in peers:
        opening_of(peer)
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)  # attempts that fail because of a kill are expected here
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("open", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            take(order_of(line))
        print(child, flush=True)


def take(order: Order) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the logs of SDKs must not be read as a process id
    try:
        asyncio.run(serve(order))
    except Exception:  # noqa: BLE001 - this process prints any error and ends
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)  # it also ends the peer's threads


async def serve(order: Order) -> None:
    reader, writer = await asyncio.open_unix_connection(order.socket)
    ready = False
    try:
        async with opening_of(order.peer)(order) as answer:
            ready = True
            send(writer, {"ready": True})
            messages: asyncio.Queue[bytes] = asyncio.Queue()
            listening = asyncio.create_task(listen(reader, messages))
            while not listening.done():
                message = json.loads(await messages.get())
                send(writer, METER.read(message["meter"]) if "meter" in message else await answer(message))
    except Exception as error:  # sent to the bench, and raised again
        refused = not ready and isinstance(error, ValueError)  # the peer refused the graph
        send(writer, {"error": f"{type(error).__name__}: {error}"[:300], "refused": refused})
        await writer.drain()
        raise


async def listen(reader: asyncio.StreamReader, messages: asyncio.Queue[bytes]) -> None:
    while line := await reader.readline():
        messages.put_nowait(line)
    os._exit(0)  # the bench has closed the socket, and needs no result


def send(writer: asyncio.StreamWriter, message: Mapping[str, object]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])  # pyright: ignore[reportArgumentType] - another name has no opening
