"""The relay's counters as Prometheus metrics; nothing here is labelled by user or address."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from relay.counters import Counters

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _RelayCollector(Collector):
    """Reads the counters whenever somebody asks."""

    def __init__(self, read: Callable[[], Counters]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of now."""
        counters = self._read()
        yield GaugeMetricFamily(
            "relay_allocations", "Allocations that live now.", value=counters.allocations
        )
        yield CounterMetricFamily(
            "relay_allocations_opened", "Allocations made.", value=counters.allocations_opened
        )
        yield CounterMetricFamily(
            "relay_moves",
            "Clients that came with their allocations from elsewhere.",
            counters.moves,
        )
        yield CounterMetricFamily(
            "relay_bindings", "Binding requests answered.", value=counters.bindings
        )
        yield from _traffic(counters)
        refusals = CounterMetricFamily(
            "relay_refusals", "Error responses; 401 has every client's first.", labels=["code"]
        )
        for code, count in sorted(counters.refusals.items()):
            refusals.add_metric([str(code)], count)
        yield refusals
        drops = CounterMetricFamily("relay_drops", "Packets dropped.", labels=["reason"])
        for reason, count in sorted(counters.drops.items(), key=lambda item: item[0].name):
            drops.add_metric([reason.name.lower()], count)
        yield drops
        yield from _connections(counters)
        yield _inquiries(counters)


def _connections(counters: Counters) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "relay_connections", "Clients' connections that are open now.", value=counters.connections
    )
    ended = CounterMetricFamily(
        "relay_hang_ups", "Connections that the relay ended.", labels=["reason"]
    )
    for why, count in sorted(counters.hang_ups.items(), key=lambda item: item[0].name):
        ended.add_metric([why.name.lower()], count)
    yield ended


def _inquiries(counters: Counters) -> Metric:
    inquiries = CounterMetricFamily(
        "relay_inquiries", "What came of asking a hook for users.", labels=["outcome"]
    )
    for what, count in sorted(counters.inquiries.items(), key=lambda item: item[0].name):
        inquiries.add_metric([what.name.lower()], count)
    return inquiries


def _traffic(counters: Counters) -> Iterator[Metric]:
    usage = counters.usage
    packets = CounterMetricFamily("relay_packets", "Packets relayed.", labels=["direction"])
    packets.add_metric(["to_peer"], usage.to_peer_packets)
    packets.add_metric(["to_client"], usage.to_client_packets)
    yield packets
    payload = CounterMetricFamily("relay_bytes", "Payload bytes relayed.", labels=["direction"])
    payload.add_metric(["to_peer"], usage.to_peer_bytes)
    payload.add_metric(["to_client"], usage.to_client_bytes)
    yield payload


def make_exposition(read: Callable[[], Counters]) -> Callable[[], bytes]:
    """Make a function that gives the metrics as Prometheus reads them.

    Args:
        read: Gives the counters as of now.
    """
    registry = CollectorRegistry(auto_describe=False)
    register(registry, read)
    return lambda: generate_latest(registry)


def register(registry: CollectorRegistry, read: Callable[[], Counters]) -> None:
    """Put the relay's metrics beside others, of a server in the same process.

    Args:
        registry: Where those are.
        read: Gives the counters as of now.
    """
    registry.register(_RelayCollector(read))
