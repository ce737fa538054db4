"""The bytes of a checkpoint: a version, the graph they belong to, a checksum, and compressed content.

magic 4 | version 1 | fingerprint of the graph 16 | checksum 16 | msgpack of [rest, block, block ...]

The rest is Zstandard of msgpack: the content, in which the pieces of each large value are named in its place, either
by the number of a block that follows, or by the key of a block in an object store with its digest, size and owner. The
checksum covers the digests of the rest and of the blocks, which are known for blocks of the last checkpoint, and the
length of all. Version 2, which has no blocks, is read too.

The compression is Zstandard, because it runs on the event loop at every heartbeat: for 250 KB of state that does not
compress, for example embeddings, zlib took six milliseconds and Zstandard takes a quarter of a millisecond.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import ormsgpack
import zstandard
from langgraph.pregel import Pregel

from .blocks import COMPRESSION_LEVEL, Block, Blocks, Piece, Pieces, digest

MAGIC = b"OUTL"
ENVELOPE_VERSION = 3
UNDIVIDED_VERSION = 2
PREFIX_BYTES = len(MAGIC) + 1
HEADER_BYTES = PREFIX_BYTES + 32
MAX_CONTENT_BYTES = 256 * 1024 * 1024
PIECES = 1
"""The type of msgpack's extension that stands for a large value."""


class UnusableError(Exception):
    """A phase cannot resume from these bytes; the message says why. The phase starts from the beginning."""


class OtherGraphError(UnusableError):
    """The checkpoint has other nodes, edges or channels than the graph that reads it."""

    def __init__(self, sealed: bytes) -> None:
        super().__init__("it belongs to another graph, or to an earlier form of this one")
        self._sealed = sealed

    def content(self) -> Mapping[str, Any]:
        """Return the content of the checkpoint, to say what is different; empty if it cannot be read."""
        try:
            return Envelope(self._sealed, self._sealed[PREFIX_BYTES : PREFIX_BYTES + 16]).content()
        except UnusableError:
            return {}


class Draft:
    """A checkpoint in blocks, for which it is not decided yet which of its blocks travel in it."""

    def __init__(self, content: Mapping[str, Any], fingerprint: bytes, blocks: Blocks) -> None:
        self._fingerprint = fingerprint
        self.streamed: tuple[int, int] = (0, 0)
        """The number of the newest event of the stream that belongs to it, and the step that runs next."""
        self._content, self.blocks = blocks.divide(content)

    @property
    def frames_bytes(self) -> int:
        """The size of all blocks, compressed: `seal()` returns more than that."""
        return sum(len(block.frame) for block in self.blocks)

    def seal_within(self, limit_bytes: int) -> bytes:
        """Return `seal()` if it is so small, otherwise b""."""
        sealed = self.seal() if self.frames_bytes <= limit_bytes else b""
        return sealed if len(sealed) <= limit_bytes else b""

    def seal(self, *, stored: bool = False) -> bytes:
        """Return the bytes of the checkpoint. If `stored`, blocks with a key are named and do not travel in it."""
        inside = [block for block in self.blocks if not (stored and block.key)]
        numbers = {id(block): number for number, block in enumerate(inside)}

        def name(piece: Piece) -> Any:
            if isinstance(piece, bytes):
                return piece
            number = numbers.get(id(piece))
            return [piece.key, piece.digest, piece.size_bytes, piece.owner] if number is None else number

        def pack(value: Pieces) -> ormsgpack.Ext:
            return ormsgpack.Ext(PIECES, ormsgpack.packb([name(piece) for piece in value.pieces]))

        content = ormsgpack.packb(self._content, default=pack, option=ormsgpack.OPT_PASSTHROUGH_DATACLASS)
        return envelope(self._fingerprint, content, inside)


def seal(content: Mapping[str, Any], fingerprint: bytes) -> bytes:
    """Return a checkpoint without blocks. It may be smaller than one with blocks, and takes longer to make."""
    return envelope(fingerprint, ormsgpack.packb(content), [])


def envelope(fingerprint: bytes, content: bytes, blocks: Sequence[Block]) -> bytes:
    rest = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(content)
    body = ormsgpack.packb([rest, *(block.frame for block in blocks)])
    checksum = checksum_of(len(body), [digest(rest), *(block.digest for block in blocks)])
    return MAGIC + bytes([ENVELOPE_VERSION]) + fingerprint + checksum + body


def unseal(sealed: bytes, fingerprint: bytes) -> dict[str, Any]:
    """Return the content of a checkpoint whose blocks all travel in it; raise `UnusableError` as `Envelope` does."""
    return Envelope(sealed, fingerprint).content()


class Envelope:
    """A checkpoint that is read: first its `stored` blocks are fetched, then `content` returns what it holds.

    Raises `UnusableError` for another version, another graph, damaged bytes, or more than `MAX_CONTENT_BYTES`, which
    is noticed before a block is fetched or decompressed.
    """

    def __init__(self, sealed: bytes, fingerprint: bytes) -> None:
        if sealed[: len(MAGIC)] != MAGIC or len(sealed) < HEADER_BYTES:
            raise UnusableError("it is not a checkpoint")
        if (version := sealed[len(MAGIC)]) not in (UNDIVIDED_VERSION, ENVELOPE_VERSION):
            raise UnusableError(unknown_version(version))
        body = sealed[HEADER_BYTES:]
        parts, checksum = ([body], digest(body)) if version == UNDIVIDED_VERSION else parts_of(body)
        if sealed[PREFIX_BYTES + 16 : HEADER_BYTES] != checksum:
            raise UnusableError("it is damaged")
        if sealed[PREFIX_BYTES : PREFIX_BYTES + 16] != fingerprint:
            raise OtherGraphError(sealed)
        rest, *frames = parts
        try:
            self._values: list[bytes] = []
            refuse_too_large(stated_size(rest))
            self._rest = decompress(rest)
            ormsgpack.unpackb(self._rest, ext_hook=self._note)
            inside = [Block(frame, stated_size(frame), digest(frame), survived=True) for frame in frames]
            self._pieces = {value: pieces_of(value, inside) for value in self._values}
        except (zstandard.ZstdError, ValueError, TypeError) as error:
            raise UnusableError(f"it cannot be read ({error})") from error
        sizes = {value: sum(map(size_of, pieces)) for value, pieces in self._pieces.items()}
        refuse_too_large(len(self._rest) + sum(sizes[value] for value in self._values))
        self.stored = [
            block for pieces in self._pieces.values() for block in pieces if isinstance(block, Block) and block.key
        ]
        """The blocks that an object store has, whose frames have to be set before `content` is called."""

    def content(self, blocks: Blocks | None = None) -> dict[str, Any]:
        """Return the content; `blocks` adopts its blocks, so that the next checkpoint need not make them again."""
        try:
            values = {value: b"".join(map(bytes_of, pieces)) for value, pieces in self._pieces.items()}
            content = ormsgpack.unpackb(self._rest, ext_hook=lambda _, value: values[value])
        except (zstandard.ZstdError, ValueError) as error:
            raise UnusableError(f"it cannot be read ({error})") from error
        if blocks:
            blocks.adopt(content, {id(values[value]): pieces for value, pieces in self._pieces.items()})
        return content

    def _note(self, kind: int, value: bytes) -> None:
        if kind != PIECES:
            raise ValueError
        self._values.append(value)


def parts_of(body: bytes) -> tuple[list[bytes], bytes]:
    """Return the rest and the blocks of an envelope, and the checksum that it should have."""
    try:
        parts: Any = ormsgpack.unpackb(body)
        return parts, checksum_of(len(body), map(digest, parts))
    except (ValueError, TypeError) as error:
        raise UnusableError("it is damaged") from error


def pieces_of(value: bytes, inside: Sequence[Block]) -> list[Piece]:
    """Return the pieces of a value; raise `ValueError` or `TypeError` if `Draft.seal` cannot have written this."""
    return [piece_of(each, inside) for each in ormsgpack.unpackb(value)]


def piece_of(named: Any, inside: Sequence[Block]) -> Piece:
    if isinstance(named, bytes):
        return named
    if isinstance(named, int):
        if not 0 <= named < len(inside):
            raise ValueError(f"it has no block {named}")
        return inside[named]
    key, digest_of_frame, size_bytes, owner = named
    if not (isinstance(key, str) and key and isinstance(size_bytes, int) and size_bytes >= 0):
        raise ValueError("it names a block in another way")
    return Block(b"", size_bytes, digest_of_frame, survived=True, key=key, owner=owner)


def size_of(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.size_bytes


def bytes_of(piece: Piece) -> bytes:
    if isinstance(piece, bytes):
        return piece
    if digest(piece.frame) != piece.digest or stated_size(piece.frame) != piece.size_bytes:
        raise UnusableError("one of its blocks is damaged")
    return decompress(piece.frame)


def stated_size(frame: bytes) -> int:
    """Return the size of a frame's content; raise `ValueError` if the frame does not state it."""
    if (size_bytes := zstandard.frame_content_size(frame)) < 0:
        raise ValueError("a part does not state its size")
    return size_bytes


def decompress(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(
        frame, max_output_size=MAX_CONTENT_BYTES, read_across_frames=False, allow_extra_data=False
    )


def refuse_too_large(size_bytes: int) -> None:
    if size_bytes > MAX_CONTENT_BYTES:
        raise UnusableError("it is larger than any checkpoint")


def unknown_version(version: int) -> str:
    age = "a newer" if version > ENVELOPE_VERSION else "an older"
    return (
        f"its version is {version}, and this code reads {UNDIVIDED_VERSION} and {ENVELOPE_VERSION}. It was written by "
        f"{age} release of langgraph-heartbeat: run workers of that release until the phases that they began have ended"
    )


def checksum_of(length: int, digests: Iterable[bytes]) -> bytes:
    """Return the checksum; it covers the length, because msgpack does not notice what is appended."""
    return digest(b"".join([length.to_bytes(8, "big"), *digests]))


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
