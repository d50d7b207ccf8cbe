"""Filter scope, sessions and the Linux clash show where they make a difference, and only there."""

import pytest

from nat.choices import Dependence, FilterScope, Sessions
from nat.discovery.judging import judge
from nat.discovery.report import FamilyReport
from tests.nat.discovery.judging.playing import AD, APD, EI, Played


def family(played: Played) -> FamilyReport:
    return judge(played.diagnose()).families[0]


@pytest.mark.parametrize("scope", list(FilterScope))
@pytest.mark.parametrize("filtering", [AD, APD])
@pytest.mark.parametrize("mapping", [AD, APD])
def test_to_what_a_filter_belongs_is_found(
    mapping: Dependence, filtering: Dependence, scope: FilterScope
) -> None:
    report = family(Played(mapping, filtering, scope=scope))
    assert (report.mapping.value, report.filtering.value) == (mapping, filtering)
    assert report.filter_scope.value is scope


@pytest.mark.parametrize("sessions", list(Sessions))
@pytest.mark.parametrize("mapping", [AD, APD])
def test_sessions_are_found_where_strangers_come_in(
    mapping: Dependence, sessions: Sessions
) -> None:
    assert family(Played(mapping, EI, sessions=sessions)).sessions.value is sessions


@pytest.mark.parametrize("clashes", [False, True])
@pytest.mark.parametrize("keeps", [False, True])
def test_the_linux_clash_is_found(clashes: bool, keeps: bool) -> None:
    report = family(Played(EI, APD, clashes=clashes, keeps_ports=keeps))
    assert (report.mapping.value, report.filtering.value) == (EI, APD)
    assert report.clashes.value is clashes


def test_where_it_makes_no_difference_it_is_not_told() -> None:
    report = family(Played(EI, EI))
    for finding in (report.filter_scope, report.sessions, report.clashes):
        assert not finding.is_known
