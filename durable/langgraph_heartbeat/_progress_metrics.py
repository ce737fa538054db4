"""What a graph's own state says of its progress, such as money: small enough to travel in every heartbeat."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

LARGEST_BYTES = 1024
"""As JSON. People read it in Temporal's UI, and it is sent many times a second."""

FiguresOf = Callable[[dict[str, Any]], Mapping[str, Any]]
"""From the newest values of a graph's channels, by name (those that have one), to plain values."""


class Figures:
    """Those of one attempt. Where they cannot be had, it goes on without them, and the log says so once."""

    def __init__(self, phase: str, of: FiguresOf | None) -> None:
        self._phase, self._of = phase, of

    def read(self, values: dict[str, Any]) -> Mapping[str, Any]:
        if self._of is None:
            return {}
        try:
            figures = dict(self._of(values))
            size_bytes = len(json.dumps(figures, allow_nan=False).encode())
        except Exception as error:  # noqa: BLE001 - somebody else's code, and a checkpoint matters more than its figures
            return self._do_without(f"{type(error).__name__}: {error}")
        if size_bytes > LARGEST_BYTES:
            return self._do_without(f"they take {size_bytes} bytes, and a heartbeat has room for {LARGEST_BYTES}")
        return figures

    def _do_without(self, reason: str) -> Mapping[str, Any]:
        self._of = None
        log.warning("The heartbeats of %s are without the graph's own figures: %s.", self._phase, reason)
        return {}
