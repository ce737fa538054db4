"""A phase's own figures about its progress, for example money spent, small enough for every heartbeat."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

MAX_METRICS_BYTES = 1024
"""The size as JSON. People read it in Temporal's UI, and it is sent many times a second."""

MetricsOf = Callable[[dict[str, Any]], Mapping[str, Any]]
"""A function from the newest values of a graph's channels, by channel name, to plain values by name."""


class ProgressMetrics:
    """The figures of one attempt. If they cannot be computed, the attempt goes on without them and logs it once."""

    def __init__(self, phase: str, of: MetricsOf | None) -> None:
        self._phase, self._of = phase, of

    def read(self, values: dict[str, Any]) -> Mapping[str, Any]:
        if self._of is None:
            return {}
        try:
            metrics = dict(self._of(values))
            size_bytes = len(json.dumps(metrics, allow_nan=False).encode())
        except Exception as error:  # noqa: BLE001 - the user's code: a checkpoint matters more than its figures
            return self._disable(f"{type(error).__name__}: {error}")
        if size_bytes > MAX_METRICS_BYTES:
            return self._disable(f"they take {size_bytes} bytes, and a heartbeat has room for {MAX_METRICS_BYTES}")
        return metrics

    def _disable(self, reason: str) -> Mapping[str, Any]:
        self._of = None
        log.warning("The heartbeats of %s do not carry the graph's own figures: %s.", self._phase, reason)
        return {}
