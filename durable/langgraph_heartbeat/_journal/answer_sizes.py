"""How much room the answers of a journal take, and which of them a heartbeat leaves out."""

import threading
from collections.abc import Callable, Mapping

import zstandard

from langgraph_heartbeat._publishing.blocks import COMPRESSION_LEVEL

from .call_observer import Run
from .unremembered import Unremembered

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of all answers of unfinished tasks together."""
ENTRY_BYTES = 100
"""What an answer takes beside its content: its key and the namespace of its task."""

Answer = tuple[str, str, bytes]
"""A remembered answer: the namespace of its task, its storage format and its bytes."""


class AnswerSizes:
    """The sizes of remembered answers, by their keys; those that are too large are reported to `unremembered`."""

    def __init__(self, unremembered: Unremembered) -> None:
        self._unremembered = unremembered
        self._bytes: dict[str, int] = {}
        self._compressed: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._total = 0
        self._lock = threading.Lock()

    def has_room(self, run: Run, data: bytes) -> bool:
        """Return whether an answer may be remembered; count and name it if there are too many of that size."""
        has_room = self._total + len(data) <= MAX_BYTES
        if not has_room:
            told = f"It takes {len(data) // 1024} KiB, and all that is remembered at once {MAX_BYTES // 2**20} MiB."
            self._unremembered.note(run, "too large", f"{told} Let it return less, or a name of what it has stored.")
        return has_room

    def add(self, key: str, run: Run, data: bytes) -> None:
        with self._lock:
            self._names[key] = str(run)
            self._total += len(data) - self._bytes.get(key, 0)
            self._bytes[key] = len(data)
            self._compressed.pop(key, None)

    def forget(self, is_there: Callable[[str], bool]) -> None:
        """Forget the sizes of answers that are not there any more."""
        with self._lock:
            for key in [key for key in self._bytes if not is_there(key)]:
                self._total -= self._bytes.pop(key)
                self._names.pop(key, None)
                self._compressed.pop(key, None)

    def left_out(self, answers: Mapping[str, Answer], room_bytes: int | None) -> set[str]:
        """Return the keys of the largest answers, without which the others fit into the room; None is enough room."""
        if room_bytes is None:
            return set()
        sizes = {key: self._compressed_size(key, data) for key, (_, _, data) in answers.items()}
        left_out, taken = set[str](), 0
        for key in sorted(sizes, key=lambda key: sizes[key]):
            taken += sizes[key]
            if taken > room_bytes:
                left_out.add(key)
        return left_out

    def note_left_out(self, answers: Mapping[str, Answer], room_bytes: int | None) -> None:
        """Count and name the answers that the newest heartbeat had no room for."""
        left_out = self.left_out(answers, room_bytes)
        with self._lock:
            names = {self._names.get(key, "a call of an earlier attempt"): len(answers[key][2]) for key in left_out}
        self._unremembered.note_too_large(names, len(left_out))

    def _compressed_size(self, key: str, data: bytes) -> int:
        with self._lock:
            if (size := self._compressed.get(key)) is None:
                compressed = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(data)
                size = self._compressed[key] = len(compressed) + ENTRY_BYTES
            return size
