"""Numbers of queues and matches as Prometheus metrics, labelled by queue and by nothing that strangers choose.

Matches are counted once in a deployment: by the node of their first player.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signaling.journal import Happening, Noted
from signaling.queueplaces import Stage

_WAIT_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
_MATCHES: Final = {
    Happening.MATCH_MADE: "made",
    Happening.MATCH_FILLED: "filled",
    Happening.MATCH_FAILED: "failed",
}

Places = Callable[[], Mapping[tuple[str, Stage], int]]
"""Counts the places of sessions here, by queue and stage."""


class QueueMetrics:
    """All numbers of a server's queues.

    Args:
        registry: Where they are exposed.
        places: What the hub knows.
        is_up: Whether the desk can be reached.
    """

    def __init__(
        self, registry: CollectorRegistry, places: Places, is_up: Callable[[], bool]
    ) -> None:
        registry.register(_Collector(places, is_up))
        self._matches = Counter(
            "signaling_matches",
            "Matches: made, filled up, come to nothing (failed), played (finished) or left (abandoned).",
            labelnames=("queue", "outcome"),
            registry=registry,
        )
        self._over = Counter(
            "signaling_tickets_over",
            "Tickets and players' parts in matches that are over, by reason.",
            labelnames=("queue", "reason"),
            registry=registry,
        )
        self._wait = Histogram(
            "signaling_ticket_wait_seconds",
            "How long tickets waited that came to a match.",
            labelnames=("queue",),
            buckets=_WAIT_BUCKETS,
            registry=registry,
        )

    def note(self, noted: Noted) -> None:
        """Hear what the core has noted."""
        fields, happening = noted.fields, noted.happening
        if happening is Happening.TICKET_MATCHED:
            self._wait.labels(fields["queue"]).observe(fields["waited"])
        elif happening is Happening.TICKET_OVER:
            self._over.labels(fields["queue"], fields["outcome"]).inc()
        elif happening in _MATCHES:
            self._matches.labels(fields["queue"], _MATCHES[happening]).inc()
        elif happening is Happening.MATCH_ENDED:
            self._matches.labels(fields["queue"], fields["outcome"]).inc()


class _Collector(Collector):
    """Counts whenever somebody asks."""

    def __init__(self, places: Places, is_up: Callable[[], bool]) -> None:
        self._places = places
        self._is_up = is_up

    def collect(self) -> Iterator[Metric]:
        """As of now."""
        up = "Whether the queues can be reached."
        yield GaugeMetricFamily("signaling_desk_up", up, value=float(self._is_up()))
        tickets = GaugeMetricFamily(
            "signaling_tickets",
            "Players of this node that wait, or play, by queue and stage.",
            labels=["queue", "stage"],
        )
        for (queue, stage), count in sorted(
            self._places().items(), key=lambda each: (each[0][0], each[0][1].value)
        ):
            tickets.add_metric([queue, stage.value], count)
        yield tickets
