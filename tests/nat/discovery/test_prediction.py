"""Two reports held together say what the truth table says, and are unsure where it depends."""

import dataclasses
import itertools

import pytest

from nat.behavior import Behavior
from nat.choices import Blocking, PortMapping
from nat.discovery.evidence import Evidence
from nat.discovery.findings import known, not_tested, unknown
from nat.discovery.judging import judge
from nat.discovery.prediction import Certainty, Path, predict
from nat.discovery.report import FamilyReport, RelayReport, Report
from nat.presets import ALL_NINE
from nat.traversal import Model, expect
from stunwire import Address, Family
from tests.nat.discovery.sides import AD, APD, EI, NO, YES, elsewhere, side

CERTAIN, LIKELY, UNCERTAIN = Certainty


def test_every_pair_of_the_truth_table_is_foretold_in_every_model() -> None:
    for model, one, other in itertools.product(Model, ALL_NINE, ALL_NINE):
        a, b = model.of(one), model.of(other)
        expected = expect(a, b)
        found = predict(side(a), elsewhere(b))
        assert found.is_direct is expected.direct, (model, one.short, other.short)
        assert found.types == expected.alternatives


def test_without_the_model_it_is_right_or_unsure() -> None:
    for one, other in itertools.product(ALL_NINE, ALL_NINE):
        direct = {expect(model.of(one), model.of(other)).direct for model in Model}
        found = predict(side(one, model=False), elsewhere(other, model=False))
        assert found.is_direct is None or direct == {found.is_direct}
        if one.mapping is EI and other.mapping is EI:
            assert found.is_direct is True


@pytest.mark.parametrize(
    ("values", "path", "certainty"),
    [
        ({"filtering": unknown("lost")}, Path.DIRECT, LIKELY),
        ({"mapping": unknown("lost")}, Path.DIRECT, UNCERTAIN),
        ({"mapping": unknown("", possible=(AD, APD))}, Path.RELAY, LIKELY),
        ({"udp": unknown("silent")}, Path.DIRECT, UNCERTAIN),
        ({"udp": NO}, Path.RELAY, LIKELY),
        ({"clashes": YES}, Path.DIRECT, UNCERTAIN),
        ({"clashes": not_tested()}, Path.DIRECT, LIKELY),
    ],
)
def test_what_is_unknown_counts_only_where_it_matters(
    values: dict[str, object], path: Path, certainty: Certainty
) -> None:
    found = predict(side(**values), elsewhere())  # type: ignore[arg-type]
    assert (found.path, found.certainty) == (path, certainty)
    assert found.sentence.endswith(".")


def test_ipv6_needs_no_nat() -> None:
    six = FamilyReport(Family.IPV6, "2001:db8::1", udp=YES, translated=NO, filtering=known(APD, ""))
    strict = Behavior(APD, APD)
    found = predict(side(strict, more=(six,)), elsewhere(strict, more=(six,)))
    assert (found.path, found.certainty) == (Path.IPV6, CERTAIN)
    assert predict(side(strict, more=(six,)), elsewhere(strict)).path is Path.RELAY


BLOCKED = Behavior(EI, EI, blocking=Blocking.UDP)


@pytest.mark.parametrize(
    ("one", "other", "path", "certainty"),
    [
        (side(BLOCKED), elsewhere(), Path.RELAY, LIKELY),
        (side(BLOCKED, relays={"turn over tls": YES}), elsewhere(), Path.RELAY, CERTAIN),
        (side(BLOCKED, relays={"turn over tls": NO}), elsewhere(), Path.NONE, LIKELY),
        (
            side(Behavior(APD, APD), relays={"turn over udp": NO}),
            elsewhere(Behavior(APD, APD), relays={"turn over udp": NO}),
            Path.NONE,
            LIKELY,
        ),
        (
            side(Behavior(APD, APD), relays={"turn over udp": YES}),
            elsewhere(Behavior(APD, APD)),
            Path.RELAY,
            CERTAIN,
        ),
    ],
)
def test_a_relay_has_to_be_reached(
    one: Report, other: Report, path: Path, certainty: Certainty
) -> None:
    for found in (predict(one, other), predict(other, one)):
        assert (found.path, found.certainty) == (path, certainty)
        assert found.is_direct is False


def six(*, relayed: bool = False, **values: object) -> Report:
    """One with IPv6 alone, and maybe a relayed address there."""
    family = FamilyReport(
        Family.IPV6, "2001:db8::1", udp=YES, translated=NO, filtering=known(APD, "")
    )
    ways = (RelayReport("turn", "turn over udp", YES, relayed=Address("2001:db8::9", 5000)),)
    return dataclasses.replace(side(), families=(family,), ways_out=ways if relayed else ())


@pytest.mark.parametrize(
    ("one", "other", "certainty", "needed"),
    [
        (six(), elsewhere(), LIKELY, "a relay for both IPv4 and IPv6"),
        (six(relayed=True), elsewhere(), LIKELY, "a relay for both IPv4 and IPv6"),
        (six(relayed=True), elsewhere(BLOCKED), LIKELY, "a relay over TCP for both IPv4 and IPv6"),
        (six(), elsewhere(relays={"turn over udp": YES}), LIKELY, "a relay for both"),
        # where both have an address of a relay, the relays meet
        (six(relayed=True), dataclasses.replace(six(relayed=True), families=()), CERTAIN, ""),
    ],
)
def test_a_relay_has_to_speak_the_family_of_both(
    one: Report, other: Report, certainty: Certainty, needed: str
) -> None:
    found = predict(one, other)
    assert (found.path, found.certainty) == (Path.RELAY, certainty)
    assert needed in found.reason


def test_a_port_that_was_opened_makes_a_way() -> None:
    strict = Behavior(APD, APD)
    found = predict(side(strict, opened={PortMapping.UPNP: YES}), elsewhere(strict))
    assert (found.path, found.certainty) == (Path.DIRECT, LIKELY)
    assert "upnp" in found.reason


def test_empty_reports_are_held_together_too() -> None:
    nothing = judge(Evidence())
    assert predict(nothing, nothing).is_direct is False
    assert predict(nothing, nothing).sentence
