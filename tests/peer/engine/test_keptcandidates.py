"""Candidates that wait for their description: in order, once, and not without bound."""

import aioice

from peer.engine.keptcandidates import KeptCandidates


def candidate(port: int) -> aioice.Candidate:
    return aioice.Candidate("1", 1, "udp", 100, "127.0.0.1", port, "host")


def test_they_are_taken_once_and_in_order() -> None:
    kept = KeptCandidates()
    for one in (candidate(1), candidate(2), None):
        kept.keep("ufrag", one)
    assert [one and one.port for one in kept.take("ufrag")] == [1, 2, None]
    assert kept.take("ufrag") == []


def test_what_is_kept_is_bounded_and_the_latest_fragments_stay() -> None:
    kept = KeptCandidates()
    for number in range(50):
        for port in range(1, 300):
            kept.keep(f"fragment{number}", candidate(port))
    assert sum(len(kept.take(f"fragment{number}")) for number in range(49)) <= 300
    assert len(kept.take("fragment49")) == 100
