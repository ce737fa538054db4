"""The records of calls as a checkpoint carries them: small rows, without anything that was asked or answered."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import ormsgpack
import zstandard

from langgraph_heartbeat._publishing.blocks import COMPRESSION_LEVEL

from .phase_summary import KINDS, OUTCOMES, CallGroup, CallKind, CallOutcome, LoggedCall, one_line

MAX_GROUPS = 100
OTHERS = "others"
UNFINISHED = -1
"""In place of the milliseconds of a call that has not ended."""
MAX_PACKED_BYTES = 1024 * 1024
DAMAGE = (ValueError, TypeError, KeyError, OverflowError, OSError, zstandard.ZstdError)
"""What reading a damaged log raises."""

Row = list[Any]


@dataclass(slots=True, eq=False)
class Group:
    """The calls of one model or tool in one node."""

    kind: CallKind
    name: str
    node: str
    index: int
    calls: int = 0
    failed: int = 0
    remembered: int = 0
    made_again: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    milliseconds: int = 0

    def row(self) -> Row:
        counts = [self.calls, self.failed, self.remembered, self.made_again]
        sums = [self.tokens_in, self.tokens_out, self.milliseconds]
        return [KINDS.index(self.kind), self.name, self.node, *counts, *sums]

    @classmethod
    def of(cls, row: Row, index: int) -> "Group":
        """Return the group of a row; raise an error if `row` cannot have made it, one of `DAMAGE`."""
        kind, name, node, *numbers = row
        if len(numbers) != 7 or not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError("a group of calls is damaged")
        return cls(kind_at(kind), one_line(str(name)), one_line(str(node)), index, *numbers)

    def told(self) -> CallGroup:
        return CallGroup(
            kind=self.kind,
            name=self.name,
            node=self.node,
            calls=self.calls,
            failed=self.failed,
            remembered=self.remembered,
            made_again=self.made_again,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            seconds=self.milliseconds / 1000,
        )


@dataclass(slots=True, eq=False)
class Record:
    """One call, from its beginning on."""

    group: Group
    namespace: str
    """The namespace of its task."""
    ordinal: int
    """How many calls of its group the task had begun before, not counting those that failed."""
    attempt: int
    at_milliseconds: int
    """Since 1970."""
    milliseconds: int = UNFINISHED
    tokens_in: int = 0
    tokens_out: int = 0
    outcome: CallOutcome = "unfinished"
    error: str = ""
    made_again: bool = False
    began: float = field(default_factory=time.monotonic)
    repeats: "Record | None" = None
    """The call of an earlier attempt that this one makes again."""
    is_retry: bool = False

    def row(self) -> Row:
        times = [self.ordinal, self.attempt, self.at_milliseconds, self.milliseconds]
        outcome = [OUTCOMES.index(self.outcome), self.error, self.made_again]
        return [self.group.index, *times, self.tokens_in, self.tokens_out, *outcome]

    @classmethod
    def of(cls, row: Row, namespace: str, groups: Sequence[Group]) -> "Record":
        """Return the record of a row; raise an error if `row` cannot have made it, one of `DAMAGE`."""
        group, *numbers, outcome, error, made_again = row
        if len(numbers) != 6 or not all(type(number) is int and number >= UNFINISHED for number in numbers):
            raise ValueError("a record of a call is damaged")
        ordinal, attempt, at, milliseconds, tokens_in, tokens_out = cast("list[int]", numbers)
        datetime.fromtimestamp(at / 1000, UTC)
        record = cls(groups[index_of(group, groups)], namespace, ordinal, attempt, at, milliseconds)
        record.tokens_in, record.tokens_out = tokens_in, tokens_out
        record.outcome, record.error = OUTCOMES[index_of(outcome, OUTCOMES)], one_line(str(error))
        record.made_again = bool(made_again)
        return record

    def told(self) -> LoggedCall:
        return LoggedCall(
            at=datetime.fromtimestamp(self.at_milliseconds / 1000, UTC),
            seconds=None if self.milliseconds == UNFINISHED else self.milliseconds / 1000,
            kind=self.group.kind,
            name=self.group.name,
            node=self.group.node,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            attempt=self.attempt,
            outcome=self.outcome,
            error=self.error,
            made_again=self.made_again,
        )


def index_of(number: object, among: Sequence[object]) -> int:
    if type(number) is not int or not 0 <= number < len(among):
        raise ValueError("a row names what is not there")
    return number


def kind_at(number: object) -> CallKind:
    return KINDS[index_of(number, KINDS)]


def packed(records: Sequence[Record]) -> bytes:
    """Return records that do not change any more in bytes, which cost later checkpoints nothing but their size."""
    rows = ormsgpack.packb([record.row() for record in records])
    return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(rows)


def unpacked(data: bytes, groups: Sequence[Group]) -> list[Record]:
    """Return the records in bytes of `packed`; raise an error for other bytes, one of `DAMAGE`."""
    if not 0 <= zstandard.frame_content_size(data) <= MAX_PACKED_BYTES:
        raise ValueError("packed records are damaged")
    rows = zstandard.ZstdDecompressor().decompress(data)
    return [Record.of(row, "", groups) for row in ormsgpack.unpackb(rows)]
