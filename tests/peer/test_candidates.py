"""The words for candidate types."""

import pytest

from peer import CandidateType, ServerFailure
from peer.candidates import Address


def test_types_carry_the_names_of_sdp_and_the_words_of_the_rfc() -> None:
    assert {kind.value: kind.words for kind in CandidateType} == {
        "host": "host",
        "srflx": "server-reflexive",
        "prflx": "peer-reflexive",
        "relay": "relayed",
    }


@pytest.mark.parametrize(
    ("server", "base", "origin"),
    [
        ("stun:a", ("192.0.2.1", 5), "stun:a"),
        ("", ("192.0.2.1", 0), "192.0.2.1"),
        ("", None, "this machine"),
    ],
)
def test_a_failure_names_what_failed(server: str, base: Address | None, origin: str) -> None:
    failure = ServerFailure(server, base, "no")
    assert failure.origin == origin
    assert failure.code == 701
