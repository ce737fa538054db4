"""The bytes of a checkpoint: a version, the graph they belong to, a checksum, and compressed content.

magic 4 | version 1 | fingerprint of the graph 16 | checksum of the rest 16 | Zstandard of msgpack

The compression is Zstandard, because it runs on the event loop at every heartbeat: for 250 KB of state that does not
compress, for example embeddings, zlib took six milliseconds and Zstandard takes a quarter of a millisecond.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, cast

import ormsgpack
import zstandard
from langgraph.pregel import Pregel

MAGIC = b"OUTL"
ENVELOPE_VERSION = 2
PREFIX_BYTES = len(MAGIC) + 1
COMPRESSION_LEVEL = 1
MAX_CONTENT_BYTES = 256 * 1024 * 1024


class UnusableError(Exception):
    """A phase cannot resume from these bytes; the message says why. The phase starts from the beginning."""


def seal(content: dict[str, Any], fingerprint: bytes) -> bytes:
    body = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(ormsgpack.packb(content))
    return MAGIC + bytes([ENVELOPE_VERSION]) + fingerprint + digest(body) + body


def unseal(sealed: bytes, fingerprint: bytes) -> dict[str, Any]:
    """Return the content; raise `UnusableError` for another version, another graph, or damaged bytes."""
    if sealed[: len(MAGIC)] != MAGIC or len(sealed) < PREFIX_BYTES:
        raise UnusableError("it is not a checkpoint")
    if sealed[len(MAGIC)] != ENVELOPE_VERSION:
        raise UnusableError(f"its version is {sealed[len(MAGIC)]}, and this code reads {ENVELOPE_VERSION}")
    graph, checksum, body = (
        sealed[PREFIX_BYTES : PREFIX_BYTES + 16],
        sealed[PREFIX_BYTES + 16 : PREFIX_BYTES + 32],
        sealed[PREFIX_BYTES + 32 :],
    )
    if digest(body) != checksum:
        raise UnusableError("it is damaged")
    if graph != fingerprint:
        raise UnusableError("it belongs to another graph, or to an earlier form of this one")
    try:
        if zstandard.frame_content_size(body) > MAX_CONTENT_BYTES:
            raise UnusableError("it is larger than any checkpoint")
        content = zstandard.ZstdDecompressor().decompress(
            body, max_output_size=MAX_CONTENT_BYTES, read_across_frames=False, allow_extra_data=False
        )
        return ormsgpack.unpackb(content)
    except (zstandard.ZstdError, ValueError) as error:
        raise UnusableError(f"it cannot be read ({error})") from error


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def fingerprint_of(graph: Pregel[Any, Any, Any, Any], name: str) -> bytes:
    """Return 16 bytes that change with the phase's name and with nodes, triggers, edges and channels of its graphs."""
    subgraphs = cast("Iterator[tuple[str, Pregel[Any, Any, Any, Any]]]", graph.get_subgraphs(recurse=True))
    return digest(repr((name, shape_of(graph), sorted((path, shape_of(each)) for path, each in subgraphs))).encode())


def shape_of(graph: Pregel[Any, Any, Any, Any]) -> tuple[object, ...]:
    builder = getattr(graph, "builder", None)
    nodes = sorted((node, sorted(each.triggers)) for node, each in graph.nodes.items())
    kinds = cast("dict[str, object]", graph.channels)
    channels = sorted((channel, type(kind).__name__) for channel, kind in kinds.items())
    edges = sorted(map(str, getattr(builder, "edges", ()))) + sorted(map(str, getattr(builder, "waiting_edges", ())))
    branches = sorted((node, sorted(each)) for node, each in getattr(builder, "branches", {}).items())
    return nodes, channels, edges, branches
