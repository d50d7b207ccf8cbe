"""The sixteen pitfalls of measuring NATs, and the faults of the tools that fell into them, one by one."""

import msgspec
import pytest

from nat.choices import Dependence, Hairpinning, Pooling
from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.report import FamilyReport, Report, Span
from nat.discovery.transactions import Answer, Purpose, Transaction
from stunwire import Address
from tests.nat.discovery.judging.playing import AD, APD, EI, Played, PlayedServer
from tests.nat.discovery.judging.test_lifetimes import Ladder


def family(played: Played, trials: int = 3) -> FamilyReport:
    return judge(played.diagnose(trials)).families[0]


def with_transactions(evidence: Evidence, transactions: list[Transaction]) -> Evidence:
    return msgspec.structs.replace(evidence, transactions=tuple(transactions))


# the pitfalls


@pytest.mark.parametrize("filtering", list(Dependence))
def test_1_filtering_after_mapping_from_the_same_port_is_not_believed(
    filtering: Dependence,
) -> None:
    played = Played(EI, filtering)
    server = played.servers[0]
    for _ in range(3):
        played.filter(server, played.map(server))
    found = judge(played.evidence()).families[0].filtering
    assert filtering in found.candidates(Dependence)
    assert found.value in {None, APD}, "every port had sent to the other address before"


def test_2_a_port_that_an_earlier_run_used_makes_no_full_cone() -> None:
    played = Played(EI, APD)
    server = played.servers[0]
    port = played.sockets[played.map(server)].local.port
    for _ in range(3):
        played.filter(server, played.socket(port=port))
    assert judge(played.evidence()).families[0].filtering.value in {None, APD}


@pytest.mark.parametrize("filtering", list(Dependence))
def test_3_an_answer_counts_for_where_it_comes_from(filtering: Dependence) -> None:
    report = judge(Played(EI, filtering, servers=[PlayedServer(ignores=True)]).diagnose())
    assert not report.families[0].filtering.is_known
    assert report.servers[0].honest.value is False


@pytest.mark.parametrize("code", [400, 420, 500])
def test_4_errors_end_a_test_and_strays_are_ignored(code: int) -> None:
    evidence = Played(EI, APD).diagnose()
    refused = [
        msgspec.structs.replace(
            each,
            answers=(Answer(at=each.sent[0], socket=each.socket, source=each.target, error=code),),
        )
        if each.change_ip or each.change_port
        else each
        for each in evidence.transactions
    ]
    found = judge(with_transactions(evidence, refused)).families[0]
    assert (found.mapping.value, found.filtering.value) == (EI, None)


@pytest.mark.parametrize("filtering", [EI, AD])
def test_5_loss_makes_no_filter_stricter(filtering: Dependence) -> None:
    for seed in range(40):
        found = family(Played(EI, filtering, loss=0.02, copies=1, seed=seed)).filtering
        assert filtering in found.candidates(Dependence)


def test_6_no_nat_needs_the_real_address_and_open_needs_the_filtering() -> None:
    played = Played(EI, APD, local="203.0.113.50", outside=())
    found = family(played)
    assert (found.translated.value, found.filtering.value) == (False, APD)


def test_7_equal_by_luck_at_the_second_address_is_no_answer() -> None:
    evidence = Played(APD, APD).diagnose()
    lucky = []
    first: dict[int, Address] = {}
    for each in evidence.transactions:
        seen = each.answers[0].xor_mapped if each.answers else None
        if each.purpose is Purpose.MAPPING_I and seen is not None:
            first[each.trial] = seen
        if each.purpose is Purpose.MAPPING_II and seen is not None:
            told = msgspec.structs.replace(each.answers[0], xor_mapped=first[each.trial])
            each = msgspec.structs.replace(each, answers=(told,))  # noqa: PLW2901
        lucky.append(each)
    assert judge(with_transactions(evidence, lucky)).families[0].mapping.value is not EI


def test_8_several_external_addresses_are_told_and_lifetimes_are_not() -> None:
    pool = ("203.0.113.9", "203.0.113.10")
    found = family(Played(APD, APD, outside=pool))
    assert found.pooling.value is Pooling.ARBITRARY
    assert not Ladder().add(15, "alive").span(hosts=2).is_known


def test_9_and_10_lifetimes_come_from_a_ladder_for_each_timer() -> None:
    assert Ladder().add(15, "alive").add(25, "gone").span().value == Span(15, 27)


def test_11_hairpinning_with_the_internal_source_is_not_taken_for_none() -> None:
    found = family(Played(EI, APD)).hairpinning
    assert not found.is_known
    assert found.possible == (Hairpinning.NONE, Hairpinning.INTERNAL_SOURCE)


def test_12_silence_after_the_way_is_gone_is_no_filter() -> None:
    evidence = Played(EI, EI).diagnose()
    cut = min(
        each.sent[0] for each in evidence.transactions if each.purpose is Purpose.FILTERING_II
    )
    gone = [
        msgspec.structs.replace(each, answers=()) if each.sent[0] >= cut else each
        for each in evidence.transactions
    ]
    assert judge(with_transactions(evidence, gone)).families[0].filtering.value in {None, EI}


def test_13_ordinary_servers_tell_the_mapping_and_no_filtering() -> None:
    two = [PlayedServer("a", "192.0.2.1", None), PlayedServer("b", "192.0.2.2", None)]
    found = family(Played(EI, APD, servers=two))
    assert (found.mapping.value, found.filtering.is_known) == (EI, False)
    symmetric = family(Played(APD, APD, servers=two)).mapping
    assert symmetric.possible == (AD, APD)
    one_address = [PlayedServer("a", "192.0.2.1", None), PlayedServer("b", "192.0.2.1", None)]
    assert not family(Played(AD, APD, servers=one_address)).mapping.is_known


@pytest.mark.parametrize(
    "server",
    [
        PlayedServer(swallows=True),
        PlayedServer(second="198.51.100.1"),
        PlayedServer(origin=Address("192.0.2.200", 3478)),
    ],
)
def test_14_servers_that_claim_what_they_do_not_do_are_found_out(server: PlayedServer) -> None:
    for filtering in Dependence:
        report = judge(Played(EI, filtering, servers=[server]).diagnose())
        assert report.servers[0].honest.value is False
        assert not report.families[0].filtering.is_known


def test_15_ipv6_has_no_mapping_but_a_firewall() -> None:
    server = PlayedServer(host="2001:db8:1::1", second="2001:db8:1::2")
    found = family(Played(EI, APD, local="2001:db8::5", outside=(), servers=[server]))
    assert (found.translated.value, found.filtering.value) == (False, APD)


def test_16_a_server_that_refuses_change_request_is_no_fault_of_the_nat() -> None:
    report = judge(Played(EI, EI, servers=[PlayedServer(refuses=True)]).diagnose())
    assert report.servers[0].tests_filtering.why == "it refuses CHANGE-REQUEST (420)"
    assert not report.families[0].filtering.is_known


# the faults of others that the pitfalls have not named


@pytest.mark.parametrize("mapping", list(Dependence))
def test_pystun3_3_a_nat_that_lets_strangers_in_is_asked_for_its_mapping_all_the_same(
    mapping: Dependence,
) -> None:
    assert family(Played(mapping, EI)).mapping.value is mapping


def test_pystun3_2_a_port_restricted_nat_has_its_external_address() -> None:
    assert family(Played(EI, APD)).external == ("203.0.113.9",)


def old(evidence: Evidence) -> Evidence:
    """As a server of RFC 3489 answers: nothing masked."""
    return with_transactions(
        evidence,
        [
            msgspec.structs.replace(
                each,
                answers=tuple(
                    msgspec.structs.replace(answer, xor_mapped=None, origin=None)
                    for answer in each.answers
                ),
            )
            for each in evidence.transactions
        ],
    )


def test_pystun3_6_old_and_new_servers_are_both_understood() -> None:
    found = judge(old(Played(EI, APD).diagnose())).families[0]
    assert (found.mapping.value, found.filtering.value) == (EI, APD)


def test_natdiscovery_silence_is_said_aloud() -> None:
    report: Report = judge(Played(EI, APD, servers=[PlayedServer(dead=True)]).diagnose())
    assert report.verdict.sentence
    assert report.verdict.outcome.value == 3


def test_netcheck_unknown_is_no_false() -> None:
    found = judge(Evidence()).families
    assert found == ()
    dead = judge(Played(EI, APD, servers=[PlayedServer(dead=True)]).diagnose()).families[0]
    assert dead.udp.value is None


def test_stunclient_two_servers_that_differ_only_in_port_are_no_second_address() -> None:
    same = PlayedServer(second="198.51.100.1")
    assert judge(Played(AD, EI, servers=[same]).diagnose()).families[0].mapping.value is not EI
