"""How often Python looks for garbage while a command makes many objects that it keeps."""

import gc

GC_THRESHOLD = 100_000
"""Number of new objects that start a garbage collection. Python's default, 700, cost a sixth of the time of the imports
of `outlast ask`, and a quarter of that of its answer.
"""


def collect_garbage_seldom() -> None:
    """Let the interpreter look for garbage less often: each look takes longer, the more documents are in memory.

    With 20,000 documents that are unchanged, it took half of the time of taking them in again.
    """
    gc.set_threshold(GC_THRESHOLD)
