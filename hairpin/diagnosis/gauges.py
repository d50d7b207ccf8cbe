"""What `hairpin nat watch` sees, for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from nat.discovery.watching import Aspect, Change, Glimpse

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_NAN: Final = float("nan")


class Gauges:
    """The metrics; what is not known is NaN."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._looks = self._counter("looks", "How often was looked.")
        self._changes = self._counter("changes", "What has changed, how often.", "aspect")
        self._outcome = self._gauge("outcome", "The exit status that hairpin nat would have.")
        self._reachable = self._gauge("udp_reachable", "Whether UDP gets through.")
        self._loss = self._gauge("loss_ratio", "Share of requests without an answer.")
        self._trip = self._gauge("round_trip_seconds", "The shortest round trip to a server.")
        self._port = self._gauge("external_port", "Of the socket that is kept open.")
        self._info = self._gauge("info", "What is there.", "address", "mapping", "filtering")
        for aspect in Aspect:
            self._changes.labels(aspect.value)
        self.set_values(Glimpse(at=0.0))

    def set(self, glimpse: Glimpse, changes: tuple[Change, ...]) -> None:
        """Show a look."""
        self._looks.inc()
        for change in changes:
            if change.before:
                self._changes.labels(change.aspect.value).inc()
        self.set_values(glimpse)

    def set_values(self, glimpse: Glimpse) -> None:
        """Show how things are."""
        self._outcome.set(glimpse.outcome.value)
        self._reachable.set(_number(glimpse.reachable))
        self._loss.set(_number(glimpse.loss))
        self._trip.set(_number(glimpse.round_trip))
        self._port.set(_number(glimpse.kept.port if glimpse.kept else None))
        self._info.clear()
        if glimpse.addresses:
            mapping = glimpse.mapping.value if glimpse.mapping else "unknown"
            filtering = glimpse.filtering.value if glimpse.filtering else "unknown"
            self._info.labels(" ".join(glimpse.addresses), mapping, filtering).set(1)

    def expose(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"hairpin_nat_{name}", what, labels, registry=self._registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"hairpin_nat_{name}", what, labels, registry=self._registry)


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)
