"""The words for candidate types."""

from peer import CandidateType


def test_types_carry_the_names_of_sdp_and_the_words_of_the_rfc() -> None:
    assert {kind.value: kind.words for kind in CandidateType} == {
        "host": "host",
        "srflx": "server-reflexive",
        "prflx": "peer-reflexive",
        "relay": "relayed",
    }
