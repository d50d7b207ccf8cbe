"""Servers that lie, or only claim to test filtering, are found out, and their evidence is not used."""

from collections.abc import Callable

import msgspec
import pytest

from nat.choices import Dependence
from nat.discovery.judging import judge
from nat.discovery.report import Report
from nat.discovery.transactions import Answer, Purpose, Transaction
from stunwire import Address
from tests.nat.discovery.judging.playing import AD, APD, EI, OUTSIDE, Played, PlayedServer


def report_of(server: PlayedServer, filtering: Dependence = EI, mapping: Dependence = EI) -> Report:
    return judge(Played(mapping, filtering, servers=[server]).diagnose())


@pytest.mark.parametrize("filtering", [EI, APD])
@pytest.mark.parametrize(
    ("server", "words"),
    [
        (PlayedServer(ignores=True), "answered from where it was asked"),
        (PlayedServer(swallows=True), "does not answer from its second address"),
        (PlayedServer(second="198.51.100.1"), "which is the first"),
        (PlayedServer(origin=Address("10.0.0.1", 3478)), "says that it answers from 10.0.0.1:3478"),
        (PlayedServer(lie=lambda _: Address("192.0.2.66", 6)), "of our ports at the one address"),
        (PlayedServer(lie=lambda seen: Address("0.0.0.0", seen.port)), "cannot be"),
        (PlayedServer(lie=lambda seen: Address("2001:db8::1", seen.port)), "cannot be"),
        (PlayedServer(lie=lambda seen: Address(seen.host, 0)), "cannot be"),
        (PlayedServer(lie=lambda _: Address("nonsense", 5)), "cannot be"),
    ],
)
def test_liars_are_found_out(server: PlayedServer, words: str, filtering: Dependence) -> None:
    report = report_of(server, filtering)
    assert report.servers[0].honest.value is False
    assert words in report.servers[0].honest.why
    assert filtering in report.families[0].filtering.candidates(Dependence)
    assert not report.families[0].filtering.is_known
    assert report.families[0].mapping.value in {EI, None}


@pytest.mark.parametrize("filtering", list(Dependence))
@pytest.mark.parametrize("mapping", list(Dependence))
def test_silence_of_a_server_that_never_answers_from_elsewhere_is_no_filter(
    mapping: Dependence, filtering: Dependence
) -> None:
    report = report_of(PlayedServer(swallows=True), filtering, mapping)
    assert report.families[0].mapping.value is mapping
    assert not report.families[0].filtering.is_known


def test_a_refusal_is_no_lie() -> None:
    report = report_of(PlayedServer(refuses=True))
    server = report.servers[0]
    assert (server.honest.value, server.tests_filtering.value) == (True, False)
    assert server.tests_filtering.why == "it refuses CHANGE-REQUEST (420)"
    assert "420" in report.families[0].filtering.why
    assert report.families[0].mapping.value is EI


def test_an_ordinary_server_is_honest_and_cannot_test_filtering() -> None:
    server = report_of(PlayedServer(second=None)).servers[0]
    assert (server.honest.value, server.tests_filtering.value) == (True, False)


def test_a_good_server_is_praised() -> None:
    server = report_of(PlayedServer()).servers[0]
    assert (server.honest.value, server.tests_filtering.value) == (True, True)
    assert server.round_trip == pytest.approx(0.05)
    assert server.loss is not None
    assert server.loss < 1


def test_one_who_sees_us_elsewhere_than_all_the_others_is_the_liar() -> None:
    others = [
        PlayedServer(f"{name}.example", f"192.0.2.{n}", None) for n, name in enumerate("bcd", 1)
    ]
    wrong = PlayedServer(
        "z.example", "192.0.2.9", None, lie=lambda seen: Address("192.0.2.77", seen.port)
    )
    report = judge(Played(EI, APD, servers=[*others, wrong]).diagnose())
    assert [each.honest.value for each in report.servers] == [True, True, True, False]
    assert report.families[0].external == (OUTSIDE,)
    assert report.families[0].mapping.value is EI


def test_who_sees_one_port_at_ever_new_addresses_is_fickle() -> None:
    ports = iter(range(10000, 60000, 7))
    fickle = PlayedServer(lie=lambda seen: Address(seen.host, next(ports)))
    alone = judge(Played(EI, EI, servers=[fickle]).diagnose())
    assert alone.servers[0].honest.value is None
    assert not alone.families[0].mapping.is_known
    beside = judge(
        Played(
            EI, EI, servers=[PlayedServer("b.example", "192.0.2.1", "192.0.2.2"), fickle]
        ).diagnose()
    )
    assert beside.servers[1].honest.value is False
    assert beside.families[0].mapping.value is EI


def test_a_port_that_is_mapped_anew_once_it_has_sent_to_others_is_no_lie_of_who_sees_it() -> None:
    """Its server sees ports that speak to it alone where they were; some NATs map anew after a conflict."""
    first, other = PlayedServer(), PlayedServer("b.example", "192.0.2.1", "192.0.2.2")
    evidence = Played(AD, APD, servers=[first, other]).diagnose()
    shared = [x for x in evidence.transactions if x.purpose is Purpose.MAPPING_I][-2]
    (answer,) = shared.answers
    later = max(x.sent[-1] for x in evidence.transactions) + 1.0
    moved = Address(OUTSIDE, 9)
    again = msgspec.structs.replace(
        shared,
        sent=(later,),
        answers=(msgspec.structs.replace(answer, at=later + 0.1, xor_mapped=moved, mapped=moved),),
    )
    told = msgspec.structs.replace(evidence, transactions=(*evidence.transactions, again))
    assert shared.server == first.name
    assert judge(told).servers[0].honest.value is None


def test_two_servers_of_which_one_lies_leave_it_unknown() -> None:
    wrong = PlayedServer(
        "z.example", "192.0.2.9", None, lie=lambda seen: Address("192.0.2.77", seen.port)
    )
    right = PlayedServer("b.example", "192.0.2.1", None)
    family = judge(Played(EI, APD, servers=[right, wrong]).diagnose()).families[0]
    assert family.mapping.value in {None, EI}
    assert not family.pooling.is_known


def test_a_dead_server_is_not_accused() -> None:
    server = report_of(PlayedServer(dead=True)).servers[0]
    assert server.answers.value is None
    assert server.honest.value is None


def _changed(report: Report, change: Callable[[Transaction, Answer], Answer]) -> Report:
    """Judge the same evidence with other answers."""
    transactions = tuple(
        msgspec.structs.replace(each, answers=tuple(change(each, one) for one in each.answers))
        for each in report.evidence.transactions
    )
    return judge(msgspec.structs.replace(report.evidence, transactions=transactions))


def test_a_nat_that_shows_another_port_of_a_stranger_makes_no_liar_of_it() -> None:
    """Linux does so where strangers are let in: `tests/interop/test_kernel_diagnosis` meets it."""

    def rewrite(asked: Transaction, answer: Answer) -> Answer:
        far = asked.purpose is Purpose.FILTERING_II
        source = answer.source._replace(port=12135) if far else answer.source
        return msgspec.structs.replace(answer, source=source)

    report = _changed(report_of(PlayedServer(), EI), rewrite)
    assert report.servers[0].honest.value is True
    assert report.families[0].mapping.value is EI
    assert EI in report.families[0].filtering.candidates(Dependence)


def test_a_server_may_name_the_same_second_address_wherever_it_is_asked() -> None:
    """coturn does."""
    other = next(
        answer.other
        for each in report_of(PlayedServer()).evidence.transactions
        if each.purpose is Purpose.MAPPING_I
        for answer in each.answers
    )

    def always(_asked: Transaction, answer: Answer) -> Answer:
        return msgspec.structs.replace(answer, other=other)

    report = _changed(report_of(PlayedServer(), APD), always)
    assert report.servers[0].honest.value is True
    assert report.families[0].filtering.value is APD


def test_a_port_that_was_given_to_another_mapping_after_the_first_had_ended_is_no_lie() -> None:
    """A small range of ports, and mappings that end after seconds."""
    evidence = Played(EI, APD).diagnose()
    plain = [each for each in evidence.transactions if each.purpose is Purpose.FILTERING_I]
    one, other = plain[0], plain[-1]
    (answer,) = one.answers
    for later, honest in ((2.0, True), (0.5, False)):
        at = answer.at + later
        same = msgspec.structs.replace(answer, at=at, socket=other.socket)
        told = msgspec.structs.replace(other, sent=(at - 0.05,), answers=(same,))
        known = tuple(each for each in evidence.transactions if each.socket != other.socket)
        reused = msgspec.structs.replace(evidence, transactions=(*known, told))
        assert judge(reused).servers[0].honest.value is honest
