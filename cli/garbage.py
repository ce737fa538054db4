"""How often Python looks for garbage while a command makes many objects that it keeps."""

import gc

GC_THRESHOLD = 100_000
"""Number of new objects that start a garbage collection. Python's default, 700, cost a sixth of the time of the imports
of `outlast ask`, and a quarter of that of its answer.
"""


def collect_garbage_seldom() -> None:
    """Look for garbage seldom: texts, passages and modules are kept."""
    gc.set_threshold(GC_THRESHOLD)
