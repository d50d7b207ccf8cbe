"""Orders and reports survive the way between nodes, and any other bytes are refused."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import orders, reports
from signaling.codes import ErrorCode
from signaling.faults import DecodeError
from signaling.messages import Forwarded, MemberState, Ok, Role, SignalKind
from signaling.nodes import codec
from signaling.nodes.letters import Entered, Revised, Sent, Turned, Words

SIGNAL = Forwarded(
    room="r", sender="ann", kind=SignalKind.OFFER, data=msgspec.Raw(b'{"sdp":"v=0"}'), seq=3
)


@pytest.mark.parametrize(
    ("order", "report"),
    [
        (orders.Relay("b", "s", Ok(id=1)), reports.Relayed("s", Ok(id=1))),
        (orders.Claim("b", "s", 2, 3, "c"), reports.Claimed("a", "s", 2, 3, "c")),
        (orders.HandOver("b", "c", b"\x00\xff"), reports.HandedOver("c", b"\x00\xff")),
        (orders.HandOver("b", "c", None), reports.HandedOver("c", None)),
        (orders.Fence("b", "s", "a", 5), reports.Fenced("s", "a", 5)),
        (orders.Fence("b", "s", "a", 5, "s2"), reports.Fenced("s", "a", 5, "s2")),
        (orders.FenceReached("b", "s", 5), reports.FencePassed("s", 5)),
        (orders.FenceReached("b", "s", 5, whole=False), reports.FencePassed("s", 5, whole=False)),
        (orders.Miss("b", "s"), reports.Missed("s")),
        (orders.Come("s"), reports.Came("s", "a")),
    ],
)
def test_what_one_node_says_is_what_another_hears(
    order: orders.Order, report: reports.Report
) -> None:
    word = codec.write_word(order)
    assert word is not None
    assert codec.read_word(codec.encode(word), "a") == report


def test_a_signal_keeps_its_data_as_it_was() -> None:
    word = codec.write_word(orders.Relay("b", "s", SIGNAL))
    assert word is not None
    heard = codec.read_word(codec.encode(word), "a")
    assert isinstance(heard, reports.Relayed)
    assert isinstance(heard.message, Forwarded)
    assert bytes(heard.message.data) == b'{"sdp":"v=0"}'


def test_an_order_about_a_room_is_no_word() -> None:
    assert codec.write_word(orders.Rehome("r", "p", "s", "b")) is None


def test_members_and_terms_come_back_as_they_were() -> None:
    member = orders.Member(
        "ann", "s", "a", {"x": [1, None]}, Role.HOST, MemberState.GONE, "subject", 5
    )
    assert codec.read_member(codec.write_member(member)) == member
    terms = orders.Terms(3, key="k", locked=True)
    assert codec.read_terms(codec.write_terms(terms)) == terms


def test_none_is_written_as_minus_one() -> None:
    turned = codec.read_report(Turned("r", "s", 409, -1, -1))
    assert turned == reports.Turned("r", "s", ErrorCode.CONFLICT, None, None)
    member = codec.write_member(orders.Member("ann", "s", "a", {}))
    terms = codec.write_terms(orders.Terms(3))
    entered = codec.read_report(Entered("r", member, (), terms, 1, 0, opened=True))
    assert isinstance(entered, reports.Entered)
    assert entered.request == 0


def test_a_report_with_metadata_that_is_none_is_refused() -> None:
    with pytest.raises(DecodeError, match="not a report"):
        codec.read_report(Revised("r", "p", "s", "{", 1))
    with pytest.raises(DecodeError, match="not a report"):
        codec.read_report(Turned("r", "s", 1, -1, -1))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_letter_or_refused(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        codec.decode(data)
    with contextlib.suppress(DecodeError):
        codec.read_word(data, "a")


@pytest.mark.parametrize(
    "letter", [Sent("a", 1, 1, 5), Words("a", 1, 1, 1, (msgspec.Raw(b"\x01"),))]
)
def test_a_letter_comes_back_as_it_was(letter: Sent | Words) -> None:
    assert codec.encode(codec.decode(codec.encode(letter))) == codec.encode(letter)
