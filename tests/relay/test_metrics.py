"""The metrics as Prometheus reads them."""

from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

from relay import Counters, DropReason, HangUp, Inquired, Usage
from relay.metrics import make_exposition

COUNTERS = Counters(
    allocations=3,
    allocations_opened=5,
    moves=2,
    bindings=7,
    usage=Usage(1, 100, 2, 200),
    refusals=Counter({401: 4}),
    drops=Counter({DropReason.GARBAGE: 9}),
    connections=6,
    hang_ups=Counter({HangUp.IDLE: 8}),
    inquiries=Counter({Inquired.ASKED: 11}),
)


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_every_counter_is_told() -> None:
    assert samples(make_exposition(lambda: COUNTERS)()) == {
        ("relay_allocations", ()): 3,
        ("relay_allocations_opened_total", ()): 5,
        ("relay_moves_total", ()): 2,
        ("relay_bindings_total", ()): 7,
        ("relay_packets_total", (("direction", "to_peer"),)): 1,
        ("relay_packets_total", (("direction", "to_client"),)): 2,
        ("relay_bytes_total", (("direction", "to_peer"),)): 100,
        ("relay_bytes_total", (("direction", "to_client"),)): 200,
        ("relay_refusals_total", (("code", "401"),)): 4,
        ("relay_drops_total", (("reason", "garbage"),)): 9,
        ("relay_connections", ()): 6,
        ("relay_hang_ups_total", (("reason", "idle"),)): 8,
        ("relay_inquiries_total", (("outcome", "asked"),)): 11,
    }


def test_the_counters_are_read_anew_each_time() -> None:
    counters = Counters()
    expose = make_exposition(lambda: counters)
    assert samples(expose())["relay_allocations", ()] == 0
    counters.allocations = 2
    assert samples(expose())["relay_allocations", ()] == 2


def test_what_has_not_happened_takes_no_room() -> None:
    text = make_exposition(Counters)()
    assert b"code=" not in text
    assert b"reason=" not in text
    assert b"outcome=" not in text
