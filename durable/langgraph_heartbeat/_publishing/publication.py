"""How the content of an attempt gets into heartbeats and comes back from them, whatever its size.

Content that fits travels in the heartbeat. Larger content goes to the store for checkpoints, and the heartbeat names
it. Without that store, the phase fails before a state that does not fit is taken over.
"""

from collections.abc import Callable, Mapping
from typing import Any

from langgraph_heartbeat._blueprint import Blueprint
from langgraph_heartbeat._heartbeats import Heartbeats
from langgraph_heartbeat._saver.reports import TooLargeError

from .blocks import Blocks
from .claim_check import CheckpointStore, ClaimCheck, fetch_checkpoint, owner_id
from .envelope import Draft, Envelope, OtherGraphError, UnusableError, seal

ContentOf = Callable[[int | None], Mapping[str, Any]]
"""Returns the content of a checkpoint, with as many answers of the journal as fit into so many bytes; None: all."""


class Publication:
    """Publishes the content of one attempt by its heartbeats."""

    def __init__(
        self,
        blueprint: Blueprint,
        beats: Heartbeats,
        checkpoints: CheckpointStore | None,
        limit_bytes: int,
        sending: Callable[[], None],
    ) -> None:
        """Call `sending` whenever a checkpoint is about to be sent."""
        self._blueprint, self._beats, self._checkpoints = blueprint, beats, checkpoints
        self._sending = sending
        self.limit_bytes = limit_bytes
        self._blocks = Blocks()
        self._claim_check: ClaimCheck | None = None
        if checkpoints:
            send, confirm = self._send_stored, beats.fence
            self._claim_check = ClaimCheck(checkpoints, send, confirm, limit_bytes=limit_bytes, owner=owner_id())

    def publish(self, content_of: ContentOf, streamed: tuple[int, int] = (0, 0)) -> int | None:
        """Publish the newest content; return how much room there was for the answers of the journal, None: enough.

        `streamed` is what `Draft.streamed` says.
        """
        if self._claim_check:
            draft = self._draft(content_of(None))
            draft.streamed = streamed
            if sealed := draft.seal_within(self.limit_bytes):
                self._claim_check.forget()
                self._show(streamed)
                self._send(sealed)
            else:
                self._claim_check.put(draft)
            return None
        self._show(streamed)
        sealed = self._sealed(content_of(None))
        if len(sealed) <= self.limit_bytes:
            self._send(sealed)
            return None
        # The state fits, because `require_fit` accepted it; the largest answers beside it are asked for again.
        bare = self._sealed(content_of(0))
        room = max(self.limit_bytes - len(bare), 0)
        sealed = self._sealed(content_of(room))
        fits = len(sealed) <= self.limit_bytes
        self._send(sealed if fits else bare)
        return room if fits else 0

    def publish_beside(self, streamed: tuple[int, int]) -> bool:
        """Publish the events of the stream with the newest checkpoint; return False while that is being stored.

        Heartbeats carry no events of tasks that begin after the checkpoint beside them: after a crash, these tasks
        would run under other ids.
        """
        if self._claim_check and self._claim_check.is_storing:
            return False
        if self._beats.stream:  # a checkpoint that could not be stored leaves an earlier one in the heartbeat
            self._beats.stream.show(streamed[0], None if self.failed else streamed[1])
        self._beats.beat()
        return True

    def _show(self, streamed: tuple[int, int]) -> None:
        if self._beats.stream:
            self._beats.stream.show(*streamed)

    def _send_stored(self, sealed: bytes) -> None:
        if self._claim_check and self._claim_check.sent:
            self._show(self._claim_check.sent.streamed)
        self._send(sealed)

    def _send(self, sealed: bytes) -> None:
        self._sending()
        self._beats.checkpoint(sealed)

    def require_fit(self, content_of: ContentOf, sizes: Mapping[str, int]) -> None:
        """Raise `TooLargeError` if the state does not fit into a heartbeat and there is no store for checkpoints.

        `sizes` are the bytes that each channel takes, largest first.
        """
        if self._claim_check or sum(sizes.values()) < self.limit_bytes // 2:  # no need to compress it
            return
        size_bytes = len(self._sealed(content_of(0)))
        if size_bytes > self.limit_bytes:
            raise TooLargeError(too_large_message(size_bytes, self.limit_bytes, sizes))

    async def fetch(self, checkpoint: bytes) -> Envelope:
        """Return a published checkpoint with all its blocks; raise `UnusableError` if it cannot be used."""
        try:
            return await fetch_checkpoint(checkpoint, self._blueprint.fingerprint, self._checkpoints)
        except OtherGraphError as error:
            changes = self._blueprint.node_code.changes_since(error.content().get("code"))
            raise UnusableError(f"{error} ({changes})" if changes else str(error)) from error

    def content_of(self, opened: Envelope) -> dict[str, Any]:
        """Return the content of the checkpoint with which this attempt begins; its blocks need not be made again."""
        self._blocks = Blocks()
        return opened.content(self._blocks)

    def inherit(self, checkpoint: bytes, opened: Envelope) -> None:
        """Take over what an earlier attempt of this activity has stored."""
        if self._claim_check:
            self._claim_check.inherit(checkpoint, opened.stored)

    async def settle(self) -> None:
        """Wait until everything that was published has been stored."""
        if self._claim_check:
            await self._claim_check.settle()

    @property
    def failed(self) -> bool:
        """Whether the newest checkpoint did not arrive in its store: a later attempt will not find it."""
        return self._claim_check is not None and self._claim_check.failure is not None

    def require_newest(self) -> None:
        """Raise the store's error if the newest checkpoint did not arrive there: no workflow must get an older one."""
        if self._claim_check and self._claim_check.failure:
            raise self._claim_check.failure

    def _sealed(self, content: Mapping[str, Any]) -> bytes:
        # Without blocks it may be small enough.
        return self._draft(content).seal_within(self.limit_bytes) or seal(content, self._blueprint.fingerprint)

    def _draft(self, content: Mapping[str, Any]) -> Draft:
        return Draft(content, self._blueprint.fingerprint, self._blocks)


def too_large_message(size_bytes: int, limit_bytes: int, channels: Mapping[str, int]) -> str:
    largest = ", ".join(f"{channel} {size // 1024} KiB" for channel, size in list(channels.items())[:3])
    return (
        f"The state takes {size_bytes // 1024} KiB compressed, and a heartbeat may carry {limit_bytes // 1024} KiB. "
        f"Its largest channels: {largest}. Keep texts in snapshots and their names in the state, or give the phase a "
        "store for large checkpoints: phase_activity(..., checkpoints=...)."
    )
