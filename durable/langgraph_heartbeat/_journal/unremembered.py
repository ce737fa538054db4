"""The answers and results that a journal could not remember: counted for the progress, named in the log once."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from langchain_core.outputs import ChatGenerationChunk, Generation, GenerationChunk

from .call_observer import Run

log = logging.getLogger(__name__)

KINDS_SHOWN = 10

STREAMED = (
    "It is streamed, past LangChain's caches: use remembered(model) in place of the model, call ainvoke, or give the "
    "model disable_streaming=True."
)
NO_JOURNAL = (
    "Its model has no journal: give it cache=CallJournal(), or call set_llm_cache(CallJournal()) once. In a thread "
    "that a node starts itself, the journal is missing too: use asyncio.to_thread, which hands the context on."
)


class Unremembered:
    """What the calls of one attempt would cost again if it ended now, besides the calls that are under way."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._named = set[str]()
        self.too_large = 0
        """How many answers the journal has, and the newest heartbeat had no room for beside the state."""

    def note(self, run: Run, reason: str, explanation: str) -> None:
        """Count an answer of this run, with a reason of few words; log the first of its kind with the explanation."""
        kind = f"{run}: {reason}"
        with self._lock:
            self._kinds[kind] += 1
            first = self._kinds[kind] == 1
        if first:
            log.warning(
                "An answer of %s is not remembered: if this attempt ends before its node, it is paid again. %s",
                run,
                explanation,
            )

    def note_unjournalled(self, run: Run, answers: Sequence[Generation]) -> None:
        """Count an answer for which no journal was asked."""
        if any(isinstance(each, ChatGenerationChunk | GenerationChunk) for each in answers):
            self.note(run, "streamed", STREAMED)
        else:
            self.note(run, "no journal", NO_JOURNAL)

    def note_too_large(self, largest: Mapping[str, int], count: int) -> None:
        """Note which answers the newest heartbeat had no room for, by what was called, with their size in bytes."""
        with self._lock:
            new = {name: size for name, size in largest.items() if name not in self._named}
            self._named.update(new)
            self.too_large = count
        for name, size_bytes in new.items():
            log.warning(
                "An answer of %s is not remembered: it takes %d KiB, and heartbeats have no room for it beside the "
                "state. If this attempt ends before its node, it is paid again. Let it return less, or give the phase "
                "a store for large checkpoints: phase_activity(..., checkpoints=...).",
                name,
                size_bytes // 1024,
            )

    def counts(self) -> Mapping[str, int]:
        """Return how many answers there are of each kind: `{"ChatX in write: streamed": 3}`."""
        with self._lock:
            kinds = self._kinds.most_common()
        others = sum(count for _, count in kinds[KINDS_SHOWN:])
        counts = dict(kinds[:KINDS_SHOWN]) | {"others": others, "too large beside the state": self.too_large}
        return {kind: count for kind, count in counts.items() if count}
