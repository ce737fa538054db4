"""Bytes that are damaged, of another format or of another graph are refused, always with `UnusableError`."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypedDict

import ormsgpack
import pytest
import zstandard
from langgraph.graph import END, START, StateGraph
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing import envelope
from langgraph_heartbeat._publishing.blocks import Blocks, digest
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.envelope import (
    ENVELOPE_VERSION,
    HEADER_BYTES,
    MAGIC,
    PIECES,
    UNDIVIDED_VERSION,
    Draft,
    Envelope,
    UnusableError,
    checksum_of,
    fingerprint_of,
    seal,
    unseal,
)
from langgraph_heartbeat._saver.saver import HeartbeatSaver

OURS = digest(b"ours")
CONTENT = {"saver": {"checkpoints": [["T", "", "1", b"\0\1"]]}, "journal": {}}
RECORDED = Path(__file__).parent / "recorded"


def large(*sizes: int, seed: int = 1) -> dict[str, Any]:
    """Return a content with channels of these sizes in bytes, which do not compress."""
    values = [random.Random(seed + size).randbytes(size) for size in sizes]
    rows = [["T", "", f"channel{number}", "1", ["msgpack", value]] for number, value in enumerate(values)]
    return {"saver": {"checkpoints": [], "writes": [], "blobs": rows}, "journal": {}}


def in_blocks(content: dict[str, Any]) -> bytes:
    return Draft(content, OURS, Blocks()).seal()


LARGE = in_blocks(large(70_000, 5_000))


@pytest.mark.parametrize("content", [CONTENT, large(70_000, 5_000, 100), {}], ids=["small", "large", "empty"])
@pytest.mark.parametrize("make", [lambda content: seal(content, OURS), in_blocks], ids=["whole", "in blocks"])
def test_what_was_sealed_comes_back(make: Callable[[Any], bytes], content: dict[str, Any]) -> None:
    assert unseal(make(content), OURS) == content


@pytest.mark.parametrize(
    ("version", "age"),
    [(0, "an older"), (UNDIVIDED_VERSION - 1, "an older"), (ENVELOPE_VERSION + 1, "a newer"), (255, "a newer")],
)
def test_an_unknown_version_says_what_to_do(version: int, age: str) -> None:
    sealed = bytearray(seal(CONTENT, OURS))
    sealed[len(MAGIC)] = version
    with pytest.raises(UnusableError, match=f"its version is {version}, and .* by {age} release .* run workers of"):
        unseal(bytes(sealed), OURS)


async def test_a_checkpoint_of_the_release_before_blocks_is_read() -> None:
    sealed = (RECORDED / "envelope_2.bin").read_bytes()
    assert sealed[len(MAGIC)] == UNDIVIDED_VERSION
    content = unseal(sealed, fingerprint=sealed[HEADER_BYTES - 32 : HEADER_BYTES - 16])
    coalescer = Coalescer(lambda: None, timedelta(0))
    journal = Journal(coalescer)
    saver = HeartbeatSaver(coalescer, journal)
    saver.restore(content["saver"])
    journal.restore(content["journal"])
    newest = saver.get_tuple({"configurable": {"thread_id": "T"}})
    assert newest
    assert [message.content for message in newest.checkpoint["channel_values"]["messages"]] == [
        "Why does ice float?",
        "It is less dense.",
    ]
    assert [value[0].content for _, channel, value in newest.pending_writes or () if channel == "messages"] == [
        "Found 1."
    ]
    assert len(journal.content()) == 1
    assert content["record"]["failure"] == "step 2: ConnectionError: cut"


def test_another_graph_is_said() -> None:
    with pytest.raises(UnusableError, match="belongs to another graph"):
        unseal(seal(CONTENT, digest(b"theirs")), OURS)


@pytest.mark.parametrize(("sealed", "stride"), [(seal(CONTENT, OURS), 1), (LARGE, 97)], ids=["small", "large"])
def test_a_flipped_bit_anywhere_is_noticed(sealed: bytes, stride: int) -> None:
    for position in {*range(0, len(sealed), stride), *range(min(120, len(sealed)))}:
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[position] ^= 1 << bit
            with pytest.raises(UnusableError):
                unseal(bytes(flipped), OURS)


@pytest.mark.parametrize(("sealed", "stride"), [(seal(CONTENT, OURS), 1), (LARGE, 97)], ids=["small", "large"])
def test_a_cut_anywhere_is_noticed(sealed: bytes, stride: int) -> None:
    for length in range(0, len(sealed), stride):
        with pytest.raises(UnusableError):
            unseal(sealed[:length], OURS)


@pytest.mark.parametrize("sealed", [seal(CONTENT, OURS), LARGE], ids=["small", "large"])
def test_something_appended_is_noticed(sealed: bytes) -> None:
    with pytest.raises(UnusableError):
        unseal(sealed + b"\0", OURS)


@pytest.mark.parametrize(
    "prefix", [b"", MAGIC, MAGIC + bytes([ENVELOPE_VERSION]), MAGIC + bytes([ENVELOPE_VERSION]) + OURS]
)
def test_random_bytes_are_refused(prefix: bytes) -> None:
    chance = random.Random(7)
    for length in range(200):
        with pytest.raises(UnusableError):
            unseal(prefix + chance.randbytes(length), OURS)


def forged(rest: bytes, *frames: bytes) -> bytes:
    """Return a valid envelope around the wrong content."""
    body = ormsgpack.packb([rest, *frames])
    checksum = checksum_of(len(body), [digest(rest), *map(digest, frames)])
    return MAGIC + bytes([ENVELOPE_VERSION]) + OURS + checksum + body


def forged_before_blocks(body: bytes) -> bytes:
    return MAGIC + bytes([UNDIVIDED_VERSION]) + OURS + digest(body) + body


def naming(*pieces: Any) -> bytes:
    """Return the rest of an envelope whose content is a value of these pieces."""
    return zstandard.compress(ormsgpack.packb({"value": ormsgpack.Ext(PIECES, ormsgpack.packb(list(pieces)))}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not zstd",
        zstandard.compress(b""),
        zstandard.compress(b"\xc1"),
        zstandard.compress(b"\xdd\xff\xff\xff\xff"),
        zstandard.compress(b"\x91" * 10_000),
        zstandard.compress(ormsgpack.packb(CONTENT))[:-9],
    ],
    ids=["empty", "not Zstandard", "nothing", "not msgpack", "a list of 4 billion", "10000 deep", "cut before sealing"],
)
@pytest.mark.parametrize("forge", [forged, forged_before_blocks])
def test_a_right_checksum_over_wrong_content_is_no_help(forge: Callable[[bytes], bytes], body: bytes) -> None:
    with pytest.raises(UnusableError):
        unseal(forge(body), OURS)


FRAME = zstandard.compress(b"four")


@pytest.mark.parametrize(
    "rest",
    [
        naming(1),
        naming(-1),
        naming(None),
        naming("key"),
        naming([]),
        naming(["key", b"digest", 4]),
        naming(["key", b"digest", -4, b""]),
        naming(["key", b"digest", "4", b""]),
        naming(["", b"digest", 4, b""]),
        naming([7, b"digest", 4, b""]),
        zstandard.compress(ormsgpack.packb({"value": ormsgpack.Ext(PIECES, b"\xc1")})),
        zstandard.compress(ormsgpack.packb({"value": ormsgpack.Ext(PIECES, ormsgpack.packb(7))})),
        zstandard.compress(ormsgpack.packb({"value": ormsgpack.Ext(PIECES + 1, ormsgpack.packb([0]))})),
    ],
)
def test_a_value_of_wrong_pieces_is_refused(rest: bytes) -> None:
    assert unseal(forged(naming(b"one", 0, b"two"), FRAME), OURS) == {"value": b"onefourtwo"}
    with pytest.raises(UnusableError, match="cannot be read"):
        unseal(forged(rest, FRAME), OURS)


def test_a_block_that_was_not_fetched_or_is_another_is_refused() -> None:
    sealed = forged(naming(["key", digest(FRAME), 4, b""]))
    for frame in (b"", zstandard.compress(b"five")):
        opened = Envelope(sealed, OURS)
        opened.stored[0].frame = frame
        with pytest.raises(UnusableError, match="one of its blocks is damaged"):
            opened.content()
    opened = Envelope(sealed, OURS)
    opened.stored[0].frame = FRAME
    assert opened.content() == {"value": b"four"}


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "MAX_CONTENT_BYTES", 1024 * 1024)
    bomb = seal({"zeros": bytes(20 * 1024 * 1024)}, OURS)
    assert len(bomb) < 1024 * 1024
    with pytest.raises(UnusableError, match="larger than any checkpoint"):
        unseal(bomb, OURS)


MANY = {"values": [ormsgpack.Ext(PIECES, ormsgpack.packb([0, 0]))] * 20}


@pytest.mark.parametrize(
    ("rest", "frame_bytes"),
    [
        (naming(0), 2 * 1024 * 1024),
        (naming(*[0] * 40), 32 * 1024),
        (zstandard.compress(ormsgpack.packb(MANY)), 32 * 1024),
        (naming(["key", b"digest", 2**40, b""]), 0),
    ],
    ids=["a large block", "one block many times in a value", "one block in many values", "a large block in a store"],
)
def test_a_bomb_of_blocks_is_refused_before_one_is_unpacked_or_fetched(
    monkeypatch: pytest.MonkeyPatch, rest: bytes, frame_bytes: int
) -> None:
    monkeypatch.setattr(envelope, "MAX_CONTENT_BYTES", 1024 * 1024)
    with pytest.raises(UnusableError, match="larger than any checkpoint"):
        Envelope(forged(rest, zstandard.compress(bytes(frame_bytes))), OURS)


def unsized(content: bytes) -> bytes:
    """Return a frame that does not state the size of its content."""
    stream = zstandard.ZstdCompressor().compressobj()
    frame = stream.compress(content) + stream.flush()
    assert zstandard.frame_content_size(frame) == -1
    return frame


@pytest.mark.parametrize(
    "sealed",
    [
        forged(unsized(ormsgpack.packb({"zeros": bytes(20 * 1024 * 1024)}))),
        forged_before_blocks(unsized(ormsgpack.packb({"zeros": bytes(20 * 1024 * 1024)}))),
        forged(naming(0), unsized(bytes(20 * 1024 * 1024))),
    ],
    ids=["the rest", "version 2", "a block"],
)
def test_a_bomb_that_does_not_say_its_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch, sealed: bytes) -> None:
    monkeypatch.setattr(envelope, "MAX_CONTENT_BYTES", 1024 * 1024)
    with pytest.raises(UnusableError, match=r"cannot be read \(a part does not state its size\)"):
        unseal(sealed, OURS)


def test_the_envelope_is_what_the_module_says() -> None:
    sealed = seal(CONTENT, OURS)
    (rest,) = ormsgpack.unpackb(sealed[HEADER_BYTES:])
    assert sealed == forged(rest)
    assert ormsgpack.unpackb(zstandard.decompress(rest)) == CONTENT
    rest, *frames = ormsgpack.unpackb(LARGE[HEADER_BYTES:])
    assert forged(rest, *frames) == LARGE
    assert [len(zstandard.decompress(frame)) for frame in frames] == [32 * 1024, 32 * 1024]


def test_a_block_with_a_key_is_named_where_the_store_has_it_and_travels_where_it_has_not() -> None:
    content = large(70_000)
    draft = Draft(content, OURS, Blocks())
    first, second = draft.blocks
    first.key, first.owner = "where it is", b"us"
    assert unseal(draft.seal(), OURS) == content
    named = draft.seal(stored=True)
    assert len(named) < 40_000 < len(draft.seal())
    opened = Envelope(named, OURS)
    (stored,) = opened.stored
    assert (stored.key, stored.owner, stored.digest) == ("where it is", b"us", first.digest)
    assert not second.key
    stored.frame = first.frame
    assert opened.content() == content


# --- Fingerprints ---


class State(TypedDict, total=False):
    number: int


class Wider(State, total=False):
    more: int


class Renamed(TypedDict, total=False):
    count: int


def node(_: Any) -> dict[str, Any]:
    return {}


def route(_: Any) -> str:
    return "b"


def route_elsewhere(_: Any) -> str:
    return "b"


def graph(
    state: type = State, *, names: str = "ab", edges: str = "ab", change: Callable[[Any], Any] = lambda _: None
) -> StateGraph[Any]:
    made = StateGraph(state)
    for name in names:
        made.add_node(name, node)
    made.add_edge(START, names[0])
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        made.add_edge(start, end)
    change(made)
    return made


def inside(names: str) -> Callable[[Any], Any]:
    return lambda made: made.add_node("inner", graph(names=names, edges=names[:2]).compile())


OTHERS: dict[str, StateGraph[Any]] = {
    "as it is": graph(),
    "a node added": graph(names="abc"),
    "a node renamed": graph(names="ac", edges="ac"),
    "an edge added": graph(edges="abba"),
    "an edge taken away": graph(edges=""),
    "an edge turned round": graph(edges="ba"),
    "an edge to the end": graph(change=lambda made: made.add_edge("b", END)),
    "a joined edge": graph(edges="", change=lambda made: made.add_edge(["a"], "b")),
    "a conditional edge added": graph(change=lambda made: made.add_conditional_edges("a", route, ["b"])),
    "a conditional edge renamed": graph(change=lambda made: made.add_conditional_edges("a", route_elsewhere, ["b"])),
    "a conditional edge moved": graph(change=lambda made: made.add_conditional_edges("b", route, ["b"])),
    "a channel added": graph(Wider),
    "a channel renamed": graph(Renamed),
    "a subgraph": graph(change=inside("xy")),
    "a node renamed in the subgraph": graph(change=inside("xz")),
    "a node added in the subgraph": graph(change=inside("xyz")),
}


def fingerprints() -> dict[str, str]:
    made = {what: fingerprint_of(compile_graph(each), "phase").hex() for what, each in OTHERS.items()}
    return made | {"another phase": fingerprint_of(compile_graph(graph()), "other").hex()}


def test_a_changed_graph_has_another_fingerprint() -> None:
    found: dict[str, str] = {}
    for what, fingerprint in fingerprints().items():
        assert fingerprint not in found, f"{what} is not told from {found[fingerprint]}"
        found[fingerprint] = what


def test_the_same_graph_has_the_same_fingerprint() -> None:
    assert fingerprint_of(compile_graph(graph()), "phase") == fingerprint_of(compile_graph(graph()), "phase")


@pytest.mark.usefixtures("processes")  # short ones, but slow to start
@pytest.mark.parametrize("seed", ["1", "2"])
def test_fingerprints_are_the_same_in_other_processes(seed: str) -> None:
    asked = f"from {__name__} import fingerprints; print(*fingerprints().values())"
    here = Path(__file__).parents[__name__.count(".")]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=here, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == list(fingerprints().values())
