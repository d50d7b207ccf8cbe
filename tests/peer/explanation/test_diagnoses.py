"""A report of `nat.discovery` is read for one family of addresses; what it does not know stays unknown."""

import pytest

from nat import Dependence, Hairpinning, Pooling
from nat.discovery import Evidence, FamilyReport, Grade, Outcome, Report, Verdict
from nat.discovery.findings import known, unknown
from nat.discovery.report import PortRule, Span
from peer.explanation.diagnoses import read
from stunwire import Family

EI, AD, APD = Dependence
SILENT = Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, "")


def report(
    *families: FamilyReport, anonymous: bool = False, started: float = 1700000000.0
) -> Report:
    evidence = Evidence(started=started, anonymous=anonymous)
    return Report(SILENT, (), families, evidence=evidence)


def test_all_that_is_known_is_taken() -> None:
    told = read(
        report(
            FamilyReport(
                Family.IPV4,
                local="192.168.1.2",
                external=("203.0.113.1",),
                udp=known(value=True, why=""),
                translated=known(value=True, why=""),
                mapping=known(EI, ""),
                filtering=unknown("it may be either", possible=(AD, APD)),
                hairpinning=known(Hairpinning.NONE, ""),
                pooling=known(Pooling.PAIRED, ""),
                ports=PortRule(preserving=known(value=False, why="")),
                alg=known(value=True, why=""),
                one_shot_lifetime=known(Span(15, 25), ""),
                stream_lifetime=known(Span(600, None), ""),
                carrier_grade=known(value=False, why=""),
                double=known(value=True, why=""),
            )
        ),
        4,
    )
    assert (told.started, told.masked) == (1700000000.0, False)
    assert (told.mapping, told.filtering) == ((EI,), (AD, APD))
    assert {each.filtering for each in told.behaviors} == {AD, APD}
    assert (told.carrier, told.double, told.rewrites, told.preserving) == (False, True, True, False)
    assert told.lifetime == 25
    assert told.hairpinning is Hairpinning.NONE


def test_what_is_no_report_is_said_so() -> None:
    with pytest.raises(TypeError, match=r"a nat.discovery.Report, not dict"):
        read({"families": []}, 4)  # type: ignore[arg-type]


def test_what_is_unknown_and_families_that_are_not_there_add_nothing() -> None:
    told = read(report(FamilyReport(Family.IPV4, mapping=unknown("too few answers"))), 4)
    assert (told.mapping, told.filtering, told.udp, told.lifetime) == ((), (), None, None)
    other = read(report(FamilyReport(Family.IPV4, mapping=known(EI, "")), anonymous=True), 6)
    assert (other.mapping, other.behaviors, other.masked) == ((), (), True)


def test_its_age_is_that_at_the_beginning_of_ice_where_both_times_are_known() -> None:
    assert read(report(), 4, began=1700000500.0).age == 500.0
    assert read(report(), 4).age is None
    assert read(report(started=0.0), 4, began=1700000500.0).age is None


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(("tests", "against"), [(3, 0), (1, 0), (3, 1)])
def test_whether_ports_are_kept_is_sure_where_several_say_so_and_none_says_otherwise(
    tests: int, against: int, kept: bool
) -> None:
    ports = PortRule(preserving=known(value=kept, why="", tests=tests, against=against))
    told = read(report(FamilyReport(Family.IPV4, ports=ports)), 4)
    assert told.preserving is kept
    assert told.keeps_ports is (kept if (tests, against) == (3, 0) else None)
