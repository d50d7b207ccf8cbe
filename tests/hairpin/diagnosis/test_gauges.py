"""What Prometheus sees."""

from hairpin.diagnosis.gauges import Gauges
from nat import Dependence
from nat.discovery import Outcome
from nat.discovery.watching import Aspect, Change, Glimpse
from stunwire import Address

SEEN = Glimpse(
    at=5.0,
    outcome=Outcome.RELAY_NEEDED,
    reachable=True,
    addresses=("203.0.113.1",),
    kept=Address("203.0.113.1", 40000),
    mapping=Dependence.ENDPOINT_INDEPENDENT,
    loss=0.25,
    round_trip=0.04,
)


def lines(gauges: Gauges) -> set[str]:
    return set(gauges.expose().decode().splitlines())


def test_a_look_is_shown() -> None:
    gauges = Gauges()
    gauges.set(SEEN, (Change(5.0, Aspect.ADDRESS, "", "203.0.113.1"),))
    gauges.set(SEEN, (Change(6.0, Aspect.PORT, "1", "40000"),))
    assert lines(gauges) >= {
        "hairpin_nat_looks_total 2.0",
        "hairpin_nat_outcome 11.0",
        "hairpin_nat_udp_reachable 1.0",
        "hairpin_nat_loss_ratio 0.25",
        "hairpin_nat_round_trip_seconds 0.04",
        "hairpin_nat_external_port 40000.0",
        'hairpin_nat_changes_total{aspect="address"} 0.0',
        'hairpin_nat_changes_total{aspect="port"} 1.0',
        'hairpin_nat_info{address="203.0.113.1",filtering="unknown",mapping="endpoint-independent"} 1.0',
    }


def test_what_is_not_known_is_no_zero() -> None:
    gauges = Gauges()
    gauges.set(SEEN, ())
    gauges.set(Glimpse(at=6.0), ())
    assert lines(gauges) >= {
        "hairpin_nat_outcome 3.0",
        "hairpin_nat_udp_reachable NaN",
        "hairpin_nat_loss_ratio NaN",
        "hairpin_nat_external_port NaN",
    }
    assert "203.0.113.1" not in gauges.expose().decode()
