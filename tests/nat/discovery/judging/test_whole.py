"""The judge is a function: the same evidence, written and read again, gives the same report."""

import msgspec

from nat.discovery import decode, encode
from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.transactions import Server, Transport
from stunwire import Address
from tests.nat.discovery.judging.playing import APD, EI, Played


def test_a_diagnosis_can_be_judged_again() -> None:
    evidence = Played(EI, APD, loss=0.1).diagnose()
    report = judge(evidence)
    assert judge(decode(encode(evidence))) == report
    assert report.evidence == evidence


def test_every_server_has_its_report() -> None:
    evidence = Played(EI, APD).diagnose()
    more = (
        Server(name="nowhere", failure="nowhere: no such name"),
        Server(name="unasked", addresses=(Address("192.0.2.5", 3478),), transport=Transport.TLS),
    )
    report = judge(msgspec.structs.replace(evidence, servers=(*evidence.servers, *more)))
    assert [each.name for each in report.servers] == ["a.example:3478", "nowhere", "unasked"]
    assert report.servers[1].answers.why == "nowhere: no such name"


def test_nothing_is_a_report_too() -> None:
    report = judge(Evidence())
    assert report.families == ()
    assert len(report.partners) == 6
