"""Numbers of queues."""

from prometheus_client import CollectorRegistry

from signaling.journal import Happening, Noted
from signaling.queuemetrics import QueueMetrics
from signaling.queueplaces import Stage


def test_tickets_matches_and_waits_are_counted_by_queue() -> None:
    registry = CollectorRegistry()
    places = {("duel", Stage.WAITING): 3, ("duel", Stage.PLAYING): 2}
    metrics = QueueMetrics(registry, lambda: places, lambda: False)
    for happening, more in (
        (Happening.TICKET_MATCHED, {"waited": 7.0}),
        (Happening.TICKET_OVER, {"outcome": "expired"}),
        (Happening.MATCH_MADE, {}),
        (Happening.MATCH_FILLED, {}),
        (Happening.MATCH_FAILED, {}),
        (Happening.MATCH_ENDED, {"outcome": "finished"}),
        (Happening.PEER_JOINED, {}),
    ):
        metrics.note(Noted(happening, "s", {"queue": "duel"} | more))

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("signaling_desk_up") == 0.0
    assert value("signaling_tickets", queue="duel", stage="waiting") == 3.0
    assert value("signaling_tickets_over_total", queue="duel", reason="expired") == 1.0
    assert value("signaling_ticket_wait_seconds_bucket", queue="duel", le="10.0") == 1.0
    for outcome in ("made", "filled", "failed", "finished"):
        assert value("signaling_matches_total", queue="duel", outcome=outcome) == 1.0
