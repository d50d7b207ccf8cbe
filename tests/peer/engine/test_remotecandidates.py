"""The remote's candidates in any order: early, late, of other generations, too many."""

import pytest

from peer import RemoteError, RTCIceCandidate
from peer.engine.descriptions import Arrived, read
from peer.engine.remotecandidates import MAX_CANDIDATES, Delivery, RemoteCandidates

LINE = "candidate:1 1 udp 2130706431 192.0.2.1 {port} typ host"


def description(fragment: str = "abcd", *inside: str) -> Arrived:
    lines = ("v=0", "a=group:BUNDLE a d", "a=setup:actpass", "a=fingerprint:sha-256 0A:0B")
    for kind, mid in (("audio", "a"), ("application", "d")):
        lines += (f"m={kind} 9 X/Y z", f"a=mid:{mid}", f"a=ice-ufrag:{fragment}")
        lines += (f"a=ice-pwd:{'p' * 22}", *inside)
    return read("\r\n".join(lines))


def candidate(port: int, fragment: str | None = None, mid: str = "a") -> RTCIceCandidate:
    return RTCIceCandidate.parse(LINE.format(port=port), mid, None, fragment)


def ports(deliveries: list[Delivery]) -> list[int | None]:
    return [one and one.port for _, one in deliveries]


def test_candidates_wait_for_the_description_and_keep_their_order() -> None:
    remote = RemoteCandidates()
    assert [remote.take(one) for one in (candidate(1), candidate(2), None)] == [[], [], []]
    assert ports(remote.describe(description())) == [1, 2, None]


def test_those_of_another_generation_wait_for_it() -> None:
    remote = RemoteCandidates()
    remote.describe(description("abcd"))
    assert ports(remote.take(candidate(1, "abcd"))) == [1]
    remote.expect()
    assert remote.take(candidate(2, "efgh")) == []
    assert remote.take(None) == []
    assert ports(remote.describe(description("efgh"))) == [2, None]
    assert remote.take(candidate(3, "abcd")) == []


def test_the_end_of_a_withdrawn_description_is_forgotten() -> None:
    remote = RemoteCandidates()
    remote.describe(description("abcd"))
    remote.expect()
    remote.take(None)
    remote.forget()
    assert ports(remote.describe(description("abcd"))) == []


def test_candidates_inside_come_first_and_only_those_of_the_bundle() -> None:
    remote = RemoteCandidates()
    remote.take(candidate(1))
    inside = (f"a={LINE.format(port=5)}", "a=candidate:broken", "a=end-of-candidates")
    assert ports(remote.describe(description("abcd", *inside))) == [5, None]


def test_a_section_that_shares_anothers_transport_brings_nothing() -> None:
    remote = RemoteCandidates()
    remote.describe(description())
    assert remote.take(candidate(1, mid="d")) == []


def test_an_unknown_section_is_kept_and_hurts_nobody() -> None:
    remote = RemoteCandidates()
    remote.describe(description())
    assert remote.take(candidate(1, mid="video")) == []


def test_nothing_follows_the_end_until_the_next_generation() -> None:
    remote = RemoteCandidates()
    remote.describe(description("abcd"))
    assert ports(remote.take(None)) == [None]
    assert remote.take(None) == remote.take(candidate(1)) == []
    assert ports(remote.describe(description("efgh"))) == []
    assert ports(remote.take(candidate(2))) == [2]


def test_there_are_at_most_256_in_a_generation() -> None:
    remote = RemoteCandidates()
    remote.describe(description("abcd"))
    for port in range(MAX_CANDIDATES):
        remote.take(candidate(port))
    with pytest.raises(RemoteError, match="more than 256"):
        remote.take(candidate(1))
    remote.describe(description("efgh"))
    assert ports(remote.take(candidate(2))) == [2]


def test_of_too_many_inside_a_description_the_first_are_taken() -> None:
    inside = [f"a={LINE.format(port=port)}" for port in range(1000)]
    deliveries = RemoteCandidates().describe(description("abcd", *inside))
    assert ports(deliveries) == list(range(MAX_CANDIDATES))
