"""Nine types through loss: right or unknown, never wrong; and silence is a filter's only where framed."""

import itertools

import msgspec
import pytest

from nat.choices import Dependence
from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.report import FamilyReport
from nat.discovery.transactions import Answer, Purpose
from stunwire import Address
from tests.nat.discovery.judging.playing import AD, APD, EI, OUTSIDE, Played, PlayedServer

NINE = list(itertools.product(Dependence, Dependence))


def first(evidence: Evidence) -> FamilyReport:
    return judge(evidence).families[0]


@pytest.mark.parametrize(("mapping", "filtering"), NINE)
def test_nine_types_are_named(mapping: Dependence, filtering: Dependence) -> None:
    report = first(Played(mapping, filtering).diagnose())
    assert (report.mapping.value, report.filtering.value) == (mapping, filtering)


@pytest.mark.parametrize("loss", [0.02, 0.1, 0.4])
@pytest.mark.parametrize(("mapping", "filtering"), NINE)
def test_loss_makes_them_unknown_at_worst(
    mapping: Dependence, filtering: Dependence, loss: float
) -> None:
    for seed in range(6):
        report = first(Played(mapping, filtering, loss=loss, seed=seed).diagnose())
        assert mapping in report.mapping.candidates(Dependence)
        assert filtering in report.filtering.candidates(Dependence)


@pytest.mark.parametrize("filtering", [EI, AD, APD])
def test_a_public_address_behind_a_firewall_is_not_open(filtering: Dependence) -> None:
    report = first(Played(EI, filtering, local="203.0.113.50", outside=()).diagnose())
    assert report.translated.value is False
    assert report.mapping.value is EI
    assert report.filtering.value is filtering


def changed(evidence: Evidence, purpose: Purpose, **values: object) -> Evidence:
    """The same, but of one purpose with other values."""
    transactions = [
        msgspec.structs.replace(each, **values) if each.purpose is purpose else each
        for each in evidence.transactions
    ]
    return msgspec.structs.replace(evidence, transactions=tuple(transactions))


@pytest.mark.parametrize("filtering", [AD, APD])
def test_an_answer_that_comes_after_something_was_sent_to_its_source_was_let_in_by_that(
    filtering: Dependence,
) -> None:
    """It was under way for long, and the last of the tests opened its way."""
    evidence = Played(EI, filtering).diagnose()
    opened = {
        each.socket: each
        for each in evidence.transactions
        if each.purpose is Purpose.FILTERING_OPEN
    }
    late = [
        msgspec.structs.replace(
            each,
            answers=(
                Answer(
                    at=opened[each.socket].sent[0] + 0.01,
                    socket=each.socket,
                    source=opened[each.socket].target,
                ),
            ),
        )
        if each.purpose is Purpose.FILTERING_II
        else each
        for each in evidence.transactions
    ]
    found = first(msgspec.structs.replace(evidence, transactions=tuple(late))).filtering
    assert filtering in found.candidates(Dependence)


def test_a_mapping_that_was_lost_in_between_is_no_type() -> None:
    """What is seen of the port by the server that saw it first shows it, when that answers from elsewhere."""
    evidence = Played(EI, EI).diagnose()
    seen_again = Address(OUTSIDE, 77)
    transactions = [
        msgspec.structs.replace(
            each,
            answers=tuple(
                msgspec.structs.replace(one, xor_mapped=seen_again) for one in each.answers
            ),
        )
        if each.purpose is Purpose.FILTERING_CONTROL
        else each
        for each in evidence.transactions
    ]
    lost = msgspec.structs.replace(evidence, transactions=tuple(transactions))
    assert not first(lost).mapping.is_known


def test_silence_that_was_given_up_is_no_filter() -> None:
    evidence = Played(EI, APD).diagnose()
    given_up = changed(evidence, Purpose.FILTERING_II, abandoned=True)
    assert APD in first(given_up).filtering.candidates(Dependence)
    both = changed(given_up, Purpose.FILTERING_III, abandoned=True)
    assert not first(both).filtering.is_known


def test_silence_without_an_answer_afterwards_is_no_filter() -> None:
    evidence = changed(Played(EI, APD).diagnose(), Purpose.FILTERING_AGAIN, answers=())
    evidence = changed(evidence, Purpose.MAPPING_I, answers=())
    assert not first(evidence).filtering.is_known


def test_one_silent_packet_is_no_filter() -> None:
    report = first(Played(EI, EI, copies=1, loss=0.02).diagnose(trials=1))
    assert report.filtering.value in {EI, None}
    played = Played(EI, APD, copies=1)
    assert not first(played.diagnose(trials=1)).filtering.is_known


def test_a_port_that_was_used_before_is_not_believed() -> None:
    played = Played(EI, APD)
    server = played.servers[0]
    socket = played.map(server)
    again = played.socket(port=played.sockets[socket].local.port)
    played.filter(server, again)
    assert played.transactions[-4].answers, "the NAT lets the old acquaintance in"
    assert first(played.evidence()).filtering.value is not EI


def test_no_server_that_can_test_it_leaves_it_untested() -> None:
    servers = [PlayedServer(second=None), PlayedServer("b.example", "192.0.2.1", None)]
    report = first(Played(EI, APD, servers=servers).diagnose())
    assert report.mapping.value is EI
    assert not report.filtering.is_known
    assert "a.example:3478: it names no second address" in report.filtering.why
