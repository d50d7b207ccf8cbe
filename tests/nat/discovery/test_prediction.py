"""Two reports held together say what the truth table says, and are unsure where it depends."""

import dataclasses
import itertools

import pytest

from nat.behavior import Behavior
from nat.choices import (
    Blocking,
    Dependence,
    Hairpinning,
    Pooling,
    PortMapping,
)
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging import judge
from nat.discovery.prediction import Certainty, Path, predict
from nat.discovery.report import FamilyReport, RelayReport, Report
from nat.presets import ALL_NINE
from nat.traversal import Model, expect
from stunwire import Family

EI, AD, APD = Dependence
YES, NO = known(value=True, why=""), known(value=False, why="")
CERTAIN, LIKELY, UNCERTAIN = Certainty


def side(
    behavior: Behavior | None = None,
    *,
    external: str = "192.0.2.1",
    local: str = "192.168.1.2",
    model: bool = True,
    relays: dict[str, Finding[bool]] | None = None,
    gateway: str = "192.168.1.1",
    opened: dict[PortMapping, Finding[bool]] | None = None,
    more: tuple[FamilyReport, ...] = (),
    **values: object,
) -> Report:
    """The report of one who is behind that; with or without what RFC 4787 leaves open."""
    behavior = behavior or Behavior(EI, APD)
    found: dict[str, object] = {
        "udp": NO if behavior.blocking is Blocking.UDP else YES,
        "translated": YES,
        "mapping": known(behavior.mapping, ""),
        "filtering": known(behavior.filtering, ""),
        "clashes": NO,
    }
    if model:
        found["filter_scope"] = known(behavior.filter_scope, "")
        found["sessions"] = known(behavior.sessions, "")
    family = FamilyReport(Family.IPV4, local, (external,), **{**found, **values})  # type: ignore[arg-type]
    report = judge(Evidence(gateway=gateway))
    ways = tuple(RelayReport("turn", means, works) for means, works in (relays or {}).items())
    return dataclasses.replace(report, families=(family, *more), ways_out=ways, opened=opened or {})


def elsewhere(behavior: Behavior | None = None, **values: object) -> Report:
    return side(behavior, external="198.51.100.9", **values)  # type: ignore[arg-type]


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
        ({"clashes": YES}, Path.DIRECT, LIKELY),
        ({"clashes": not_tested()}, Path.DIRECT, LIKELY),
    ],
)
def test_what_is_unknown_counts_only_where_it_matters(
    values: dict[str, object], path: Path, certainty: Certainty
) -> None:
    found = predict(side(**values), elsewhere())  # type: ignore[arg-type]
    assert (found.path, found.certainty) == (path, certainty)
    assert found.sentence.endswith(".")


LAX = Behavior(EI, EI)
FRIENDLY = Behavior(EI, AD)


@pytest.mark.parametrize(
    ("here", "there", "certainty"),
    [
        (Behavior(EI, APD), Behavior(EI, APD), UNCERTAIN),  # whoever comes second is not heard
        (FRIENDLY, Behavior(EI, APD), LIKELY),  # who is upset can still be heard by one of them
        (FRIENDLY, FRIENDLY, LIKELY),
        (Behavior(EI, APD), LAX, LIKELY),  # it goes on answering the other's packets by ICMP
        (LAX, LAX, CERTAIN),  # who keeps out nobody gives nothing away
    ],
)
def test_where_both_nats_clash_the_first_packet_decides(
    here: Behavior, there: Behavior, certainty: Certainty
) -> None:
    for a, b in ((here, there), (there, here)):
        assert predict(side(a, clashes=YES), elsewhere(b, clashes=YES)).certainty is certainty


@pytest.mark.parametrize(
    ("here", "there", "certainty"),
    [
        (Behavior(EI, APD), Behavior(EI, APD), LIKELY),
        (LAX, Behavior(EI, APD), LIKELY),  # its own ports are lost when it knocks
        (LAX, Behavior(APD, APD), LIKELY),
        (LAX, LAX, CERTAIN),  # nobody answers by ICMP where everybody is let in
    ],
)
def test_an_icmp_error_may_end_a_mapping_unless_everybody_is_let_in(
    here: Behavior, there: Behavior, certainty: Certainty
) -> None:
    for a, b in ((here, there), (there, here)):
        assert predict(side(a), elsewhere(b)).certainty is certainty


def test_addresses_from_a_pool_make_filters_by_address_unsure() -> None:
    asked, asking = Behavior(EI, AD), Behavior(APD, APD)
    assert predict(side(asked), elsewhere(asking)).certainty is LIKELY
    pool = known(Pooling.ARBITRARY, "")
    assert predict(side(asked), elsewhere(asking, pooling=pool)).certainty is UNCERTAIN


def test_ipv6_needs_no_nat() -> None:
    six = FamilyReport(Family.IPV6, "2001:db8::1", udp=YES, translated=NO, filtering=known(APD, ""))
    strict = Behavior(APD, APD)
    found = predict(side(strict, more=(six,)), elsewhere(strict, more=(six,)))
    assert (found.path, found.certainty) == (Path.IPV6, CERTAIN)
    assert predict(side(strict, more=(six,)), elsewhere(strict)).path is Path.RELAY


HOME = {"carrier_grade": NO}


@pytest.mark.parametrize(
    ("one", "other", "path", "certainty"),
    [
        (side(**HOME), side(local="192.168.1.3", **HOME), Path.SAME_NETWORK, LIKELY),  # type: ignore[arg-type]
        (side(), side(local="192.168.1.3"), Path.SAME_NETWORK, UNCERTAIN),
        (side(), side(local="192.168.1.2"), Path.HAIRPIN, UNCERTAIN),
        (side(), side(local="10.0.0.7", gateway="10.0.0.1"), Path.HAIRPIN, UNCERTAIN),
        (
            side(hairpinning=known(Hairpinning.EXTERNAL_SOURCE, "")),
            side(local="10.0.0.7", gateway="10.0.0.1"),
            Path.HAIRPIN,
            LIKELY,
        ),
    ],
)
def test_two_behind_one_address(
    one: Report, other: Report, path: Path, certainty: Certainty
) -> None:
    found = predict(one, other)
    assert (found.path, found.certainty) == (path, certainty)


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


def test_a_port_that_was_opened_makes_a_way() -> None:
    strict = Behavior(APD, APD)
    found = predict(side(strict, opened={PortMapping.UPNP: YES}), elsewhere(strict))
    assert (found.path, found.certainty) == (Path.DIRECT, LIKELY)
    assert "upnp" in found.reason


def test_the_sentence_names_the_other_way() -> None:
    found = predict(side(mapping=unknown("lost")), elsewhere())
    assert found.sentence.startswith("They may meet directly, or else through a relay.")
    found = predict(side(LAX), elsewhere(LAX))
    assert found.sentence.startswith("They meet directly. Both NATs")


def test_empty_reports_are_held_together_too() -> None:
    nothing = judge(Evidence())
    assert predict(nothing, nothing).is_direct is False
    assert predict(nothing, nothing).sentence
