"""Tests of `nat.candidates`: the types of ICE candidates."""

import peer
from nat import CandidateType


def test_what_the_rule_expects_and_what_a_peer_reports_are_the_same_words() -> None:
    assert peer.CandidateType is CandidateType


def test_every_type_has_words() -> None:
    assert CandidateType("prflx").words == "peer-reflexive"
    assert [one.words for one in CandidateType] == [
        "host",
        "server-reflexive",
        "peer-reflexive",
        "relayed",
    ]
