"""Candidate lines, good ones and what the internet may send instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer import CandidateType, RemoteError
from peer.candidateattribute import (
    LONGEST_LINE,
    MAX_PORT,
    MAX_PRIORITY,
    CandidateAttribute,
    decode_candidate,
)

GOOD = "candidate:842163049 1 udp 1677729535 203.0.113.5 46154 typ srflx raddr 10.0.1.1 rport 8998"
BROWSER = f"{GOOD} generation 0 ufrag 4ZcD network-cost 999"
NAME = "f6ab2d1c-7f6d-4ba6-b1b4-f2a9f5d0a2c0.local"


def line(**changes: str) -> str:
    words = {
        "foundation": "1",
        "component": "1",
        "transport": "udp",
        "priority": "1",
        "host": "192.0.2.1",
        "port": "9",
        "typ": "typ",
        "type": "host",
    }
    return "candidate:" + " ".join((words | changes).values())


def test_a_browsers_candidate_is_read_with_all_it_says() -> None:
    candidate = decode_candidate(BROWSER)
    assert candidate == CandidateAttribute(
        foundation="842163049",
        component=1,
        transport="udp",
        priority=1677729535,
        host="203.0.113.5",
        port=46154,
        type=CandidateType.SERVER_REFLEXIVE,
        related=("10.0.1.1", 8998),
        extensions=(("generation", "0"), ("ufrag", "4ZcD"), ("network-cost", "999")),
    )
    assert candidate.username_fragment == "4ZcD"
    assert candidate.encode() == BROWSER


@pytest.mark.parametrize(
    "text", [GOOD, f"a={GOOD}", GOOD.removeprefix("candidate:"), f"{GOOD}\r\n"]
)
def test_it_may_come_with_or_without_what_stands_before_and_behind(text: str) -> None:
    assert decode_candidate(text).encode() == GOOD


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        (NAME.upper(), NAME),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_addresses_and_names_take_one_form(host: str, expected: str) -> None:
    candidate = decode_candidate(line(host=host))
    assert candidate.host == expected
    assert candidate.is_name == expected.endswith(".local")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"port": "70000"}, "a port is 1 to 65535, not '70000'"),
        ({"port": "0"}, "a port is 1 to 65535, not '0'"),
        ({"port": "-1"}, "a port is"),
        ({"port": "٣"}, "visible ASCII"),
        ({"priority": "0"}, "a priority is 1 to 2147483647"),
        ({"priority": str(MAX_PRIORITY + 1)}, "a priority is 1 to 2147483647"),
        ({"priority": "9" * 500}, "a priority is"),
        ({"component": "257"}, "a component is 1 to 256"),
        ({"foundation": "a b".replace(" ", "-")}, "a foundation is"),
        ({"foundation": "f" * 33}, "a foundation is"),
        ({"typ": "type"}, "the seventh word is typ"),
        ({"type": "hosts"}, "a type is one of host, srflx, prflx, relay"),
        ({"host": "example.org"}, "an IP address or a name under .local"),
        ({"host": "a.b.local"}, "an IP address or a name under .local"),
        ({"host": "192.0.2.300"}, "an IP address or a name under .local"),
        ({"host": "0.0.0.0"}, "nobody's address"),
        ({"host": "::"}, "nobody's address"),
        ({"host": "224.0.0.251"}, "nobody's address"),
        ({"host": "ff02::fb"}, "nobody's address"),
        ({"host": "255.255.255.255"}, "nobody's address"),
        ({"type": "host raddr 192.0.2.1 rport 65536"}, "a rport is 0 to 65535"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_is_allowed(
    changes: dict[str, str], complaint: str
) -> None:
    with pytest.raises(RemoteError, match=complaint):
        decode_candidate(line(**changes))


@pytest.mark.parametrize(
    "text", ["", "candidate:", "candidate:1 1 udp", "x" * 5000, GOOD + " a" * 999]
)
def test_what_is_no_candidate_at_all_is_refused_in_few_words(text: str) -> None:
    with pytest.raises(RemoteError, match="not an ICE candidate") as caught:
        decode_candidate(text)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=200) | st.from_regex(r"candidate:[ -~]{0,100}", fullmatch=True))
def test_any_text_is_a_candidate_or_refused(text: str) -> None:
    try:
        candidate = decode_candidate(text)
    except RemoteError:
        return
    assert 0 < candidate.port <= MAX_PORT
    assert len(candidate.encode()) <= LONGEST_LINE + len("candidate:")


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


@given(
    st.builds(
        CandidateAttribute,
        foundation=st.from_regex(r"[A-Za-z0-9+/]{1,32}", fullmatch=True),
        component=st.integers(1, 256),
        transport=st.sampled_from(["udp", "tcp"]),
        priority=st.integers(1, MAX_PRIORITY),
        host=st.sampled_from(["192.0.2.1", "2001:db8::1", NAME]),
        port=st.integers(1, MAX_PORT),
        type=st.sampled_from(CandidateType),
        related=st.none() | st.tuples(st.just("0.0.0.0"), st.integers(0, MAX_PORT)),
        extensions=st.lists(
            st.tuples(words.filter(lambda word: word not in {"raddr", "rport"}), words), max_size=5
        ).map(tuple),
    )
)
def test_what_is_written_is_read_as_the_same(candidate: CandidateAttribute) -> None:
    assert decode_candidate(candidate.encode()) == candidate
