"""What has not changed since the last checkpoint is not compressed again; what has changed is never taken for it."""

import random
from typing import Any

import ormsgpack
import pytest
from langgraph_heartbeat._publishing.blocks import BLOCK_BYTES, HEADER_BYTES, MIN_BLOCK_BYTES, Block, Blocks, digest
from langgraph_heartbeat._publishing.envelope import Draft, Envelope, unseal

OURS = digest(b"ours")
MEDIUM_BYTES = 2 * MIN_BLOCK_BYTES


def random_bytes(size_bytes: int, seed: object = 0) -> bytes:
    return random.Random(f"{seed} {size_bytes}").randbytes(size_bytes)


def content_of(*, writes: list[bytes] | None = None, journal: list[bytes] | None = None, **channels: bytes) -> Any:
    """Return a checkpoint's content as the saver and the journal give it."""
    return {
        "saver": {
            "checkpoints": [["T", "", "1", ["msgpack", b"checkpoint"], ["msgpack", b"metadata"], None]],
            "writes": [["T", "", "1", f"task{n}", 0, "c", ["msgpack", w], "p"] for n, w in enumerate(writes or [])],
            "blobs": [["T", "", name, "1", ["msgpack", value]] for name, value in channels.items()],
        },
        "journal": {f"call{number}": ["n:1", "msgpack", answer] for number, answer in enumerate(journal or [])},
    }


def made(blocks: Blocks, content: Any) -> list[Block]:
    """Return the blocks of the next checkpoint, which is read back."""
    draft = Draft(content, OURS, blocks)
    assert unseal(draft.seal(), OURS) == content
    return draft.blocks


def test_a_list_that_grows_at_its_end_keeps_all_its_blocks_but_the_last() -> None:
    blocks, messages = Blocks(), [f"{number} {random_bytes(1_000, number).hex()}" for number in range(100)]
    before = made(blocks, content_of(messages=ormsgpack.packb(messages)))
    assert len(before) == 100 * 2_000 // BLOCK_BYTES
    for number in range(3):
        messages.append(f"one more {number}")
        after = made(blocks, content_of(messages=ormsgpack.packb(messages)))
        assert after == before
        assert all(block.survived for block in after)


def test_the_number_of_items_before_a_list_changes_without_its_blocks() -> None:
    blocks, items = Blocks(), random_bytes(3 * BLOCK_BYTES)
    before = made(blocks, content_of(items=b"\x64".rjust(HEADER_BYTES, b"\xdc") + items))
    assert made(blocks, content_of(items=b"\x65".rjust(HEADER_BYTES, b"\xdc") + items))[:2] == before[:2]


def test_a_block_that_changed_in_one_byte_is_another() -> None:
    blocks, value = Blocks(), bytearray(random_bytes(4 * BLOCK_BYTES))
    before = made(blocks, content_of(value=bytes(value)))
    value[HEADER_BYTES + BLOCK_BYTES] ^= 1
    after = made(blocks, content_of(value=bytes(value)))
    assert [one is other for one, other in zip(after[:3], before, strict=True)] == [True, False, True]


def test_a_new_value_travels_with_the_rest_and_gets_a_block_when_it_stays() -> None:
    blocks, answer = Blocks(), random_bytes(MEDIUM_BYTES)
    assert made(blocks, content_of(writes=[answer])) == []
    (block,) = made(blocks, content_of(writes=[answer]))
    assert block.survived
    assert made(blocks, content_of(writes=[answer])) == [block]


@pytest.mark.parametrize("part", ["writes", "journal"])
def test_finished_tasks_and_remembered_calls_are_compressed_once(part: str) -> None:
    blocks, values = Blocks(), [random_bytes(20_000, number) for number in range(10)]
    made(blocks, content_of(**{part: values}))
    before = made(blocks, content_of(**{part: values}))
    assert len(before) == 10
    values.append(random_bytes(20_000, "new"))
    del values[3]  # the others move up
    assert made(blocks, content_of(**{part: values})) == before[:3] + before[4:]


def test_small_values_have_no_block() -> None:
    blocks, content = Blocks(), content_of(writes=[random_bytes(MIN_BLOCK_BYTES - 1)], journal=[b""], channel=b"small")
    for _ in range(3):
        assert made(blocks, content) == []


def test_equal_values_share_a_block_and_travel_once() -> None:
    blocks, content = Blocks(), content_of(writes=[random_bytes(20_000)] * 50)
    made(blocks, content)
    assert len(made(blocks, content)) == 1
    assert len(Draft(content, OURS, blocks).seal()) < 30_000


def test_several_versions_of_a_channel_are_kept_apart() -> None:
    blocks, content = Blocks(), content_of()
    for version in range(3):
        content["saver"]["blobs"].append(["T", "", "c", str(version), ["msgpack", random_bytes(MEDIUM_BYTES, version)]])
    made(blocks, content)
    before = made(blocks, content)
    assert len(before) == 3
    assert made(blocks, content) == before


def test_what_has_left_the_state_is_forgotten() -> None:
    blocks, content = Blocks(), content_of(value=random_bytes(70_000))
    before = made(blocks, content)
    assert made(blocks, content_of()) == []
    assert made(blocks, content)[:2] == before[:2]  # some checkpoints have only a part
    assert made(blocks, content_of()) == []
    assert made(blocks, content_of()) == []
    assert all(one is not other for one, other in zip(made(blocks, content), before, strict=True))


def test_the_next_attempt_begins_with_the_blocks_that_it_read() -> None:
    first, messages, answer = Blocks(), random_bytes(5 * BLOCK_BYTES), random_bytes(MEDIUM_BYTES)
    for _ in range(2):
        draft = Draft(content_of(messages=messages, writes=[answer]), OURS, first)
    draft.blocks[0].key = "in the store"
    opened = Envelope(draft.seal(stored=True), OURS)
    opened.stored[0].frame = draft.blocks[0].frame
    second = Blocks()
    opened.content(second)
    after = made(second, content_of(messages=messages + b"more", writes=[answer]))
    assert [block.frame for block in after] == [block.frame for block in draft.blocks[:-1]]
    assert after[0].key == "in the store"
    assert all(block.survived for block in after)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_to_the_values_they_come_back(seed: int) -> None:
    chance, blocks = random.Random(seed), Blocks()
    values = {
        name: chance.randbytes(chance.choice([0, 3, 5, 6, 4_096, 32_768, 65_536, 65_537, 200_000])) for name in "abcd"
    }
    writes: list[bytes] = []
    for _ in range(12):
        name = chance.choice("abcd")
        value, at = values[name], chance.randint(0, len(values[name]))
        values[name] = chance.choice(
            [
                value + chance.randbytes(chance.randint(0, 40_000)),
                value[:at],
                value[at:],
                value[:at] + b"x" + value[at:],
                value[:at] + b"x" + value[at + 1 :],
                values[chance.choice("abcd")],
            ]
        )
        writes = [*writes, values[chance.choice("abcd")]][chance.randint(0, 1) :]
        made(blocks, content_of(writes=writes, journal=writes[:1], **values))
