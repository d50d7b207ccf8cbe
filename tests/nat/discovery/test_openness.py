"""One word for how well others reach a machine, by the rule of who can meet whom."""

import functools
import itertools
from dataclasses import replace
from typing import Any

import pytest

import nat
from hairpin.lab.mix import read as read_mix
from nat.choices import Blocking, Dependence, FilterScope, Sessions
from nat.discovery import FamilyReport, Finding, Openness, Report, Wish, judge, openness_of
from nat.discovery.findings import known, unknown
from nat.discovery.openness import openness_behind
from stunwire import Family

from .simulated import PLAIN_SERVER, SERVER, diagnose

EI, AD, APD = Dependence
OPEN, MODERATE, UNKNOWN, STRICT = Openness
EVERY = tuple(model.of(each) for model in nat.Model for each in nat.ALL_NINE)
ORDER = (OPEN, MODERATE, STRICT)
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING})
SILENT = unknown("nobody answered")


@functools.cache
def meets(
    here: nat.Behavior, partners: tuple[nat.Behavior, ...] = EVERY
) -> frozenset[nat.Behavior]:
    return frozenset(each for each in partners if nat.direct_possible(here, each))


def known_as(value: Dependence) -> Finding[Dependence]:
    return known(value, "as it was seen")


def family(which: Family = Family.IPV4, **findings: Any) -> FamilyReport:
    """UDP passes a NAT, and nothing else is known."""
    usual: dict[str, Any] = {
        "udp": known(value=True, why=""),
        "translated": known(value=True, why=""),
        "mapping": SILENT,
        "filtering": SILENT,
    }
    return FamilyReport(which, **(usual | findings))


def report(*families: FamilyReport) -> Report:
    whole = judge(diagnose(None, (PLAIN_SERVER,), WISHES, deadline=3.0).evidence)
    return replace(whole, families=families)


def passing(mapping: Dependence, filtering: Dependence, **more: Any) -> FamilyReport:
    return family(mapping=known_as(mapping), filtering=known_as(filtering), **more)


@pytest.mark.parametrize("model", nat.Model)
@pytest.mark.parametrize("behavior", nat.ALL_NINE, ids=lambda each: each.words)
def test_the_nine_types_have_a_word(behavior: nat.Behavior, model: nat.Model) -> None:
    lets_strangers_in = model is nat.Model.CONNTRACK and behavior.filtering is EI
    if behavior.mapping is EI:
        expected = MODERATE if behavior.filtering is APD else OPEN
    else:
        expected = OPEN if lets_strangers_in else STRICT
    assert openness_behind(model.of(behavior)) is expected


def test_who_is_more_open_is_met_by_all_of_its_word_and_by_whoever_meets_a_stricter_one() -> None:
    """Partners are those with an endpoint-independent mapping, which most have; who is open is met by everybody."""
    well_behaved = tuple(each for each in EVERY if each.mapping is EI)
    words = {each: openness_behind(each) for each in EVERY}
    for one, other in itertools.product(EVERY, EVERY):
        if ORDER.index(words[one]) < ORDER.index(words[other]):
            assert meets(one, well_behaved) >= meets(other, well_behaved)
        if words[one] is OPEN:
            assert meets(one) >= meets(other)


def test_a_stricter_side_meets_more_types_only_where_its_filter_lets_ports_in_and_home_routers_never() -> (
    None
):
    """Counted by types, each as one, a filter by port costs more than a mapping that changes; by people it does not."""
    for model in nat.Model:
        partners = tuple(model.of(each) for each in nat.ALL_NINE)
        words = {each: openness_behind(each) for each in partners}
        for here, there in itertools.product(partners, partners):
            stricter = ORDER.index(words[here]) < ORDER.index(words[there])
            if stricter and len(meets(here, partners)) < len(meets(there, partners)):
                assert (here.mapping, here.filtering) == (EI, APD)
                assert there.filtering is not APD
                assert not nat.direct_possible(there, nat.PORT_RESTRICTED_CONE)


def test_in_a_population_who_is_more_open_meets_no_smaller_share() -> None:
    places = [
        (kind.share * share, nat.compose(*nats))
        for kind in read_mix(None).kinds
        for share, nats in kind.nats
    ]
    shares: dict[Openness, list[float]] = {word: [] for word in ORDER}
    for behavior in EVERY:
        met = sum(share for share, place in places if nat.direct_possible(behavior, place))
        shares[openness_behind(behavior)].append(met)
    assert min(shares[OPEN]) >= max(shares[MODERATE])
    assert min(shares[MODERATE]) >= max(shares[STRICT])


@pytest.mark.parametrize("loss", [0.0, 0.1])
@pytest.mark.parametrize("behavior", [None, *nat.ALL_NINE], ids=lambda each: each and each.words)
def test_three_seconds_tell_the_truth_and_with_loss_no_more_than_it(
    behavior: nat.Behavior | None, loss: float
) -> None:
    evidence = diagnose(behavior, (SERVER,), WISHES, deadline=3.0, loss=loss).evidence
    truth = OPEN if behavior is None else openness_behind(behavior)
    words = {truth} if not loss else {UNKNOWN, *ORDER[ORDER.index(truth) :]}
    assert openness_of(judge(evidence)) in words


@pytest.mark.parametrize("behavior", [nat.FULL_CONE, nat.SYMMETRIC], ids=lambda each: each.words)
def test_one_server_with_one_address_tells_nothing(behavior: nat.Behavior) -> None:
    evidence = diagnose(behavior, (PLAIN_SERVER,), WISHES, deadline=3.0).evidence
    assert openness_of(judge(evidence)) is UNKNOWN


@pytest.mark.parametrize(
    ("here", "word"),
    [
        (passing(EI, EI), OPEN),
        (passing(EI, AD), OPEN),
        (passing(EI, APD), MODERATE),
        (family(mapping=known_as(EI)), MODERATE),
        (family(mapping=known_as(EI), filtering=unknown("", possible=(EI, AD))), OPEN),
        (family(), UNKNOWN),
        (family(mapping=unknown("two ports of one address", possible=(EI, AD))), MODERATE),
        (family(mapping=unknown("", possible=(AD, APD))), STRICT),
        (family(mapping=known_as(APD)), STRICT),
        (passing(APD, EI), STRICT),
        (
            passing(
                APD,
                EI,
                sessions=known(Sessions.CONNTRACK, ""),
                filter_scope=known(FilterScope.MAPPING, ""),
            ),
            OPEN,
        ),
        (passing(EI, APD, clashes=known(value=True, why="")), UNKNOWN),
        (passing(EI, EI, clashes=known(value=True, why="")), OPEN),
        (family(translated=known(value=False, why=""), filtering=known_as(APD)), MODERATE),
        (family(translated=known(value=False, why=""), filtering=known_as(EI)), OPEN),
        (family(udp=known(value=False, why="")), STRICT),
        (family(udp=SILENT), UNKNOWN),
        (passing(EI, APD, udp=SILENT), UNKNOWN),
    ],
)
def test_the_word_holds_for_all_that_the_evidence_leaves_possible(
    here: FamilyReport, word: Openness
) -> None:
    assert openness_of(report(here)) is word


_SIX = family(
    Family.IPV6,
    translated=known(value=False, why=""),
    mapping=known_as(EI),
    filtering=known_as(APD),
)


@pytest.mark.parametrize(
    ("families", "word"),
    [
        ((passing(EI, APD), _SIX), MODERATE),
        ((passing(APD, APD), _SIX), UNKNOWN),
        ((family(), _SIX), UNKNOWN),
        ((FamilyReport(Family.IPV4), _SIX), UNKNOWN),
        ((_SIX,), UNKNOWN),
        ((passing(APD, APD), family(Family.IPV6)), STRICT),
        ((passing(EI, EI), replace(_SIX, udp=known(value=False, why=""))), OPEN),
        ((), UNKNOWN),
    ],
)
def test_ipv6_makes_unknown_what_would_be_strict_and_claims_no_more(
    families: tuple[FamilyReport, ...], word: Openness
) -> None:
    assert openness_of(report(*families)) is word


def test_where_no_udp_gets_out_nobody_is_met() -> None:
    assert openness_behind(nat.Behavior(EI, EI, blocking=Blocking.UDP)) is STRICT
