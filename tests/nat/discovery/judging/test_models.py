"""Filter scope, sessions and the Linux clash show where they make a difference, and only there."""

import msgspec
import pytest

from nat.choices import Dependence, FilterScope, Sessions
from nat.discovery.judging import judge
from nat.discovery.report import FamilyReport
from nat.discovery.transactions import Purpose
from stunwire import Address
from tests.nat.discovery.judging.playing import AD, APD, EI, OUTSIDE, Played, PlayedServer


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


@pytest.mark.parametrize("sessions", list(Sessions))
def test_sessions_are_found_where_a_known_address_comes_in_at_any_port(sessions: Sessions) -> None:
    """Where its ports all see one port of ours, that says nothing."""
    assert family(Played(APD, AD, sessions=sessions)).sessions.value is sessions
    assert not family(Played(AD, AD, sessions=sessions)).sessions.is_known


@pytest.mark.parametrize("sessions", list(Sessions))
@pytest.mark.parametrize("filtering", [AD, APD])
@pytest.mark.parametrize("mapping", [AD, APD])
def test_sessions_are_found_where_another_mapping_has_let_somebody_in(
    mapping: Dependence, filtering: Dependence, sessions: Sessions
) -> None:
    report = family(Played(mapping, filtering, scope=FilterScope.ENDPOINT, sessions=sessions))
    assert report.sessions.value is sessions


@pytest.mark.parametrize("clashes", [False, True])
@pytest.mark.parametrize("keeps", [False, True])
def test_the_linux_clash_is_found(clashes: bool, keeps: bool) -> None:
    report = family(Played(EI, APD, clashes=clashes, keeps_ports=keeps))
    assert (report.mapping.value, report.filtering.value) == (EI, APD)
    assert report.clashes.value is clashes


def test_answers_that_were_lost_are_no_strangers_who_were_kept_out() -> None:
    """All let in, and II unanswered on one port: that no clash came of it says nothing of clashes."""
    evidence = Played(EI, EI, clashes=True).diagnose()
    lost = next(each for each in evidence.transactions if each.purpose is Purpose.FILTERING_II)
    transactions = tuple(
        msgspec.structs.replace(each, answers=()) if each is lost else each
        for each in evidence.transactions
    )
    report = judge(msgspec.structs.replace(evidence, transactions=transactions)).families[0]
    assert report.filtering.value is EI
    assert not report.clashes.is_known


def test_a_new_port_that_was_seen_once_is_neither_a_clash_nor_the_want_of_a_session() -> None:
    for played in (Played(EI, APD), Played(AD, EI, sessions=Sessions.CONNTRACK)):
        evidence = played.diagnose()
        opening = [x for x in evidence.transactions if x.purpose is Purpose.FILTERING_OPEN][-1]
        (answer,) = opening.answers
        moved = Address(OUTSIDE, 7)
        new = msgspec.structs.replace(answer, xor_mapped=moved, mapped=moved)
        report = judge(
            msgspec.structs.replace(
                evidence,
                transactions=tuple(
                    msgspec.structs.replace(x, answers=(new,)) if x is opening else x
                    for x in evidence.transactions
                    if x.purpose is not Purpose.FILTERING_OPEN or x is opening
                ),
            )
        ).families[0]
        assert not report.clashes.is_known
        assert not report.sessions.is_known


def test_one_answer_that_the_network_doubles_is_not_the_want_of_a_session_seen_twice() -> None:
    """With two ports at which a known one came in to another mapping, it is."""
    evidence = Played(APD, APD, scope=FilterScope.ENDPOINT).diagnose()
    controls = [
        each
        for each in evidence.transactions
        if each.purpose is Purpose.FILTERING_CONTROL and each.response_port is None
    ]
    for kept, is_known in ((controls[:1], False), (controls[:2], True)):
        transactions = tuple(
            msgspec.structs.replace(each, answers=each.answers * 2) if each in kept else each
            for each in evidence.transactions
            if each not in controls or each in kept
        )
        report = judge(msgspec.structs.replace(evidence, transactions=transactions)).families[0]
        assert report.sessions.is_known is is_known


def test_a_server_that_is_fickle_makes_no_clash() -> None:
    """It sees us elsewhere now and then, which the other one does not."""
    fickle, steady = PlayedServer(), PlayedServer("b.example", "192.0.2.1", "192.0.2.2")
    evidence = Played(EI, APD, servers=[fickle, steady]).diagnose()
    wrong = [each for each in evidence.transactions if each.server == fickle.name]
    again = next(each for each in wrong if each.purpose is Purpose.FILTERING_AGAIN)
    transactions = tuple(
        msgspec.structs.replace(
            each,
            answers=tuple(
                msgspec.structs.replace(one, xor_mapped=Address(OUTSIDE, 9), mapped=None)
                for one in each.answers
            ),
        )
        if each is again or (each in wrong and each.purpose is Purpose.FILTERING_OPEN)
        else each
        for each in evidence.transactions
    )
    report = judge(msgspec.structs.replace(evidence, transactions=transactions))
    assert report.servers[0].honest.value is False
    assert report.families[0].clashes.value is False


def test_where_it_makes_no_difference_it_is_not_told() -> None:
    report = family(Played(EI, EI))
    for finding in (report.filter_scope, report.sessions, report.clashes):
        assert not finding.is_known
