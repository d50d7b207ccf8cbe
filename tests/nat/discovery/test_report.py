"""What nobody asked is not tested, and exit statuses are those that are documented."""

import dataclasses

from nat.discovery.findings import Finding, Status
from nat.discovery.report import FamilyReport, Grade, Outcome, Report, Verdict
from stunwire import Family


def test_exit_statuses_stay_what_scripts_rely_on() -> None:
    assert {each.name: each.value for each in Outcome} == {
        "DIRECT_LIKELY": 0,
        "INCONCLUSIVE": 3,
        "DIRECT_WITH_SOME": 10,
        "RELAY_NEEDED": 11,
        "UDP_BLOCKED": 12,
        "NO_NETWORK": 13,
    }


def test_a_question_that_nobody_asked_is_not_tested() -> None:
    report = FamilyReport(Family.IPV4)
    findings = [getattr(report, field.name) for field in dataclasses.fields(report)]
    states = {each.status for each in findings if isinstance(each, Finding)}
    assert states == {Status.NOT_TESTED}


def test_a_family_is_found_or_not_there() -> None:
    verdict = Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, "")
    report = Report(verdict, (), (FamilyReport(Family.IPV6),))
    assert report.family(Family.IPV4) is None
    assert report.family(Family.IPV6) is report.families[0]
