"""A server's numbers as Prometheus metrics; nothing here is labelled by member, room or address."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signaling.codes import close_label
from signaling.counters import Counters
from signaling.journal import Happening, Noted

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_LAG_EVERY: Final = 0.5
_LAG_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_CONNECT_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)


@dataclass(slots=True)
class Traffic:
    """What the shell counts: totals since the start.

    Attributes:
        answers: HTTP answers by status, to what did not become a websocket.
        refused: Connections that were one too many from their address, hung up on at once.
        failures: Sockets that did not become a websocket, for whatever reason.
        closes: Websockets that ended, by close code.
    """

    connections: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    frames_sent: int = 0
    refused: int = 0
    failures: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)


class Source(Protocol):
    """What the hub tells of itself."""

    @property
    def counters(self) -> Counters:
        """Totals since the start."""

    @property
    def rooms(self) -> int:
        """Rooms that somebody here is in."""

    @property
    def ring_bytes(self) -> int:
        """Bytes kept for sessions until they acknowledge them."""

    @property
    def is_draining(self) -> bool:
        """Whether the server is about to close."""


class Metrics:
    """All numbers of one server. Made inside a running event loop.

    Args:
        source: The hub.
        traffic: What the shell counts.
        connections: Websockets that are open now.
        is_up: Whether the backplane can be reached.
    """

    def __init__(
        self,
        source: Source,
        traffic: Traffic,
        connections: Callable[[], int],
        is_up: Callable[[], bool] = lambda: True,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Collector(source, traffic, connections, is_up))
        self._lag = Histogram(
            "signaling_loop_lag_seconds",
            "How late the event loop was with a timer.",
            buckets=_LAG_BUCKETS,
            registry=self._registry,
        )
        self._calls = PrometheusCounter(
            "signaling_calls",
            "Attempts to connect two members, as the members report them.",
            labelnames=("state", "relayed"),
            registry=self._registry,
        )
        self._connect_time = Histogram(
            "signaling_call_connect_seconds",
            "How long attempts took that came to a connection, as the members report it.",
            buckets=_CONNECT_BUCKETS,
            registry=self._registry,
        )
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def registry(self) -> CollectorRegistry:
        """Where others may add numbers of their own."""
        return self._registry

    def start(self) -> None:
        """Begin to measure how late the event loop is."""
        self._timer = self._loop.call_later(_LAG_EVERY, self._measure)

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def note(self, noted: Noted) -> None:
        """Hear what the core has noted: what members report of their calls is counted."""
        if noted.happening is not Happening.CALL_REPORTED:
            return
        fields = noted.fields
        relayed = "yes" if fields.get("relayed") else "no"
        self._calls.labels(str(fields["state"]), relayed).inc()
        if "connect_ms" in fields and fields["state"] == "connected":
            self._connect_time.observe(float(fields["connect_ms"]) / 1000)

    def expose(self) -> tuple[bytes, str]:
        """Give the page, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE

    def _measure(self) -> None:
        assert self._timer is not None
        self._lag.observe(max(0.0, self._loop.time() - self._timer.when()))
        self._timer = self._loop.call_later(_LAG_EVERY, self._measure)


class _Collector(Collector):
    """Reads the counters whenever somebody asks."""

    def __init__(
        self,
        source: Source,
        traffic: Traffic,
        connections: Callable[[], int],
        is_up: Callable[[], bool],
    ) -> None:
        self._source = source
        self._traffic = traffic
        self._connections = connections
        self._is_up = is_up

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of now."""
        source = self._source
        counters = source.counters
        yield _gauge("connections", "Websockets that are open now.", self._connections())
        yield _gauge("sessions", "Sessions now, those that may come back too.", counters.sessions)
        yield _gauge("rooms", "Rooms that a session of this node is in.", source.rooms)
        kept = "Bytes kept for sessions until they acknowledge them."
        yield _gauge("ring_bytes", kept, source.ring_bytes)
        yield _gauge("draining", "Whether nobody is let in any more.", source.is_draining)
        yield _gauge("backplane_up", "Whether the backplane can be reached.", self._is_up())
        for name, what, value in _sessions(counters):
            yield CounterMetricFamily(f"signaling_{name}", what, value=value)
        yield from self._traffic_metrics()
        errors = {code.label: count for code, count in counters.errors.items()}
        yield _by("refusals", "Errors answered.", "code", errors)
        closes = Counter[str]()
        for code, count in self._traffic.closes.items():
            closes[f"{code} {close_label(code)}"] += count
        yield _by("closes", "Websockets that ended.", "code", closes)

    def _traffic_metrics(self) -> Iterator[Metric]:
        traffic = self._traffic
        sums = {"received": traffic.bytes_received, "sent": traffic.bytes_sent}
        yield _by("bytes", "Bytes of messages.", "direction", sums)
        frames = {"received": self._source.counters.frames_received, "sent": traffic.frames_sent}
        yield _by("frames", "Messages, or lists of them.", "direction", frames)
        yield CounterMetricFamily(
            "signaling_connections_opened", "Websockets opened.", value=traffic.connections
        )
        yield CounterMetricFamily(
            "signaling_connections_refused",
            "Connections hung up on, one too many from their address.",
            value=traffic.refused,
        )
        yield CounterMetricFamily(
            "signaling_connections_failed",
            "Sockets that did not become a websocket.",
            value=traffic.failures,
        )
        answers = {str(int(status)): count for status, count in traffic.answers.items()}
        yield _by("answers", "HTTP answers to what did not become a websocket.", "status", answers)


def _sessions(counters: Counters) -> Iterator[tuple[str, str, int]]:
    yield "sessions_opened", "Sessions welcomed.", counters.sessions_opened
    yield "sessions_resumed", "Sessions taken up again.", counters.sessions_resumed
    yield "sessions_lost", "Sessions whose client did not come back.", counters.sessions_lost
    yield "joins", "Joins.", counters.joins
    yield "leaves", "Members that left of their own.", counters.leaves
    yield "signals_delivered", "Signals sent on.", counters.signals_delivered
    yield "signals_repeated", "Signals that came again.", counters.signals_repeated
    yield "signals_undelivered", "Signals returned.", counters.signals_undelivered


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"signaling_{name}", what, value=float(value))


def _by(name: str, what: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(f"signaling_{name}", what, labels=[label])
    for key, count in sorted(counts.items()):
        family.add_metric([key], count)
    return family
