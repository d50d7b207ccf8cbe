"""Evidence is written and read again unchanged, and what is none is refused in words."""

import pytest

from nat.discovery import EvidenceError, Wish, decode, encode
from nat.discovery.evidence import VERSION, Evidence
from nat.discovery.transactions import Answer, Purpose, Server, Socket, Transaction, Transport
from stunwire import Address

HERE, THERE = Address("192.168.1.2", 40000), Address("2001:db8::1", 3478)


def test_what_is_written_is_read_again() -> None:
    answer = Answer(at=0.02, socket=0, source=THERE, xor_mapped=HERE, unknown=(3,))
    evidence = Evidence(
        program="test",
        wishes=(Wish.MAPPING,),
        servers=(Server(name="a", addresses=(THERE,)),),
        sockets=(Socket(number=0, transport=Transport.UDP, local=HERE),),
        transactions=(
            Transaction(
                purpose=Purpose.MAPPING_I,
                server="a",
                trial=0,
                socket=0,
                target=THERE,
                sent=(0.0, 0.5),
                answers=(answer,),
            ),
        ),
    )
    again = decode(encode(evidence))
    assert again == evidence
    assert again.transactions[0].answers[0].source.host == "2001:db8::1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no evidence"),
        ("[]", "no evidence"),
        ("{}", "required field `version`"),
        (b'{"version":1,"program":"\xff"}', "no evidence"),
        ("[" * 100_000, "no evidence"),
        (
            '{"version":1,"transactions":[{"purpose":"guessing"}]}',
            r"\$\.transactions\[0\]\.purpose",
        ),
        ('{"version":1,"elapsed":"long"}', r"\$\.elapsed"),
        (
            f'{{"version":{VERSION + 1},"elapsed":"new"}}',
            f"version {VERSION + 1}, and {VERSION} is known",
        ),
    ],
)
def test_what_is_no_evidence_is_refused_and_says_where(text: str | bytes, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        decode(text)


def test_its_version_is_always_written() -> None:
    assert b'"version":1' in encode(Evidence())
