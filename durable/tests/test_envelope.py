"""Bytes that are damaged, of another format or of another graph are refused, always with `UnusableError`."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import ormsgpack
import pytest
import zstandard
from langgraph.graph import END, START, StateGraph
from langgraph_heartbeat import _envelope
from langgraph_heartbeat._envelope import (
    ENVELOPE_VERSION,
    MAGIC,
    PREFIX_BYTES,
    UnusableError,
    digest,
    fingerprint_of,
    seal,
    unseal,
)
from langgraph_heartbeat._graphs import compile_graph

OURS = digest(b"ours")
CONTENT = {"saver": {"checkpoints": [["T", "", "1", b"\0\1"]]}, "journal": {}}


def test_what_was_sealed_comes_back() -> None:
    assert unseal(seal(CONTENT, OURS), OURS) == CONTENT


def test_another_version_says_which() -> None:
    sealed = bytearray(seal(CONTENT, OURS))
    sealed[len(MAGIC)] = ENVELOPE_VERSION + 1
    with pytest.raises(
        UnusableError, match=f"its version is {ENVELOPE_VERSION + 1}, and this code reads {ENVELOPE_VERSION}"
    ):
        unseal(bytes(sealed), OURS)


def test_another_graph_is_said() -> None:
    with pytest.raises(UnusableError, match="belongs to another graph"):
        unseal(seal(CONTENT, digest(b"theirs")), OURS)


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    sealed = seal(CONTENT, OURS)
    for position in range(len(sealed)):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[position] ^= 1 << bit
            with pytest.raises(UnusableError):
                unseal(bytes(flipped), OURS)


def test_a_cut_anywhere_is_noticed() -> None:
    sealed = seal(CONTENT, OURS)
    for length in range(len(sealed)):
        with pytest.raises(UnusableError):
            unseal(sealed[:length], OURS)


def test_something_appended_is_noticed() -> None:
    with pytest.raises(UnusableError):
        unseal(seal(CONTENT, OURS) + b"\0", OURS)


@pytest.mark.parametrize(
    "prefix", [b"", MAGIC, MAGIC + bytes([ENVELOPE_VERSION]), MAGIC + bytes([ENVELOPE_VERSION]) + OURS]
)
def test_random_bytes_are_refused(prefix: bytes) -> None:
    chance = random.Random(7)
    for length in range(200):
        with pytest.raises(UnusableError):
            unseal(prefix + chance.randbytes(length), OURS)


def forged(body: bytes) -> bytes:
    """Return a valid envelope around the wrong content."""
    return MAGIC + bytes([ENVELOPE_VERSION]) + OURS + digest(body) + body


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
def test_a_right_checksum_over_wrong_content_is_no_help(body: bytes) -> None:
    with pytest.raises(UnusableError):
        unseal(forged(body), OURS)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_envelope, "MAX_CONTENT_BYTES", 1024 * 1024)
    bomb = seal({"zeros": bytes(20 * 1024 * 1024)}, OURS)
    assert len(bomb) < 1024 * 1024
    with pytest.raises(UnusableError, match="larger than any checkpoint"):
        unseal(bomb, OURS)


def test_a_bomb_that_does_not_say_its_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_envelope, "MAX_CONTENT_BYTES", 1024 * 1024)
    stream = zstandard.ZstdCompressor().compressobj()
    body = stream.compress(ormsgpack.packb({"zeros": bytes(20 * 1024 * 1024)})) + stream.flush()
    assert zstandard.frame_content_size(body) == -1
    with pytest.raises(UnusableError, match="cannot be read"):
        unseal(forged(body), OURS)


def test_the_head_is_what_the_module_says() -> None:
    sealed = seal(CONTENT, OURS)
    body = sealed[PREFIX_BYTES + 32 :]
    assert sealed == forged(body)
    assert ormsgpack.unpackb(zstandard.decompress(body)) == CONTENT


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
