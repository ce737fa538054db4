"""What a graph's own state says of its progress, such as money: small enough to travel in every heartbeat."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

MAX_METRICS_BYTES = 1024
"""As JSON. People read it in Temporal's UI, and it is sent many times a second."""

MetricsOf = Callable[[dict[str, Any]], Mapping[str, Any]]
"""From the newest values of a graph's channels, by name (those that have one), to plain values."""


class ProgressMetrics:
    """Those of one attempt. Where they cannot be had, it goes on without them, and the log says so once."""

    def __init__(self, phase: str, of: MetricsOf | None) -> None:
        self._phase, self._of = phase, of

    def read(self, values: dict[str, Any]) -> Mapping[str, Any]:
        if self._of is None:
            return {}
        try:
            metrics = dict(self._of(values))
            size_bytes = len(json.dumps(metrics, allow_nan=False).encode())
        except Exception as error:  # noqa: BLE001 - somebody else's code, and a checkpoint matters more than its figures
            return self._disable(f"{type(error).__name__}: {error}")
        if size_bytes > MAX_METRICS_BYTES:
            return self._disable(f"they take {size_bytes} bytes, and a heartbeat has room for {MAX_METRICS_BYTES}")
        return metrics

    def _disable(self, reason: str) -> Mapping[str, Any]:
        self._of = None
        log.warning("The heartbeats of %s are without the graph's own figures: %s.", self._phase, reason)
        return {}
