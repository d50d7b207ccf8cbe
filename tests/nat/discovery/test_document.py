"""A report as JSON has its version and its evidence, from which it is judged again."""

import json

import pytest

from nat.discovery import EvidenceError, encode
from nat.discovery.document import SCHEMA, document, encode_report, read
from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.report import VERSION
from tests.nat.discovery.judging.playing import APD, EI, Played


def test_a_report_is_read_back_as_its_evidence() -> None:
    evidence = Played(EI, APD).diagnose()
    report = judge(evidence)
    assert judge(read(encode_report(report))) == report
    assert read(encode(evidence)) == evidence


def test_a_document_says_all_that_a_report_does() -> None:
    told = document(judge(Played(EI, APD).diagnose()))
    assert (told["schema"], told["version"]) == (SCHEMA, VERSION)
    assert told["verdict"]["outcome"] == 0
    (family,) = told["families"]
    assert family["family"] == "IPv4"
    mapping = family["mapping"]
    assert (mapping["status"], mapping["value"]) == ("known", "endpoint-independent")
    assert "RFC 4787 §4.1" in mapping["clause"]
    assert family["hairpinning"]["possible"] == ["none", "internal source address"]
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no evidence"),
        ("[]", "no evidence"),
        ("null", "no evidence"),
        ('{"schema":"another"}', "'another'"),
        (f'{{"schema":"{SCHEMA}","version":{VERSION + 1}}}', f"version {VERSION + 1}"),
        (f'{{"schema":"{SCHEMA}","version":{VERSION}}}', "no evidence"),
        (f'{{"schema":"{SCHEMA}","version":{VERSION},"evidence":[]}}', "no evidence"),
        ('{"schema":5}', "no evidence"),
    ],
)
def test_what_is_neither_is_refused(text: str, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        read(text)


def test_nothing_found_is_a_document_too() -> None:
    assert read(encode_report(judge(Evidence()))) == Evidence()
