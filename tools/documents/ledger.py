"""The ledger of the document that is being read: what its reader, or the decoding of its bytes, leaves out.

Decoding happens deep inside the readers, and those of other packages ask for text alone. So its notes go into the
ledger that `read_document` opens, and from there into `Document.losses`, whatever a reader does.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar

from outlast.evidence.losses import Loss

_open_ledger: ContextVar[list[Loss] | None] = ContextVar("open_ledger", default=None)


@contextmanager
def open_ledger() -> Generator[list[Loss]]:
    """Collect the losses that are noted until the end of the block. A document inside another one has its own."""
    losses = list[Loss]()
    token = _open_ledger.set(losses)
    try:
        yield losses
    finally:
        _open_ledger.reset(token)


def note_losses(losses: Iterable[Loss]) -> None:
    """Write the losses into the open ledger. Without one, nobody asks for them."""
    ledger = _open_ledger.get()
    if ledger is not None:
        ledger += losses
