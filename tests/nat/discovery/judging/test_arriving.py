"""UDP is called blocked only where something else shows that the servers, or the network, live."""

import pytest
from msgspec import structs

from nat.discovery.evidence import Evidence
from nat.discovery.judging.arriving import judge_udp, judge_udp_ports
from nat.discovery.judging.reading import Reading
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.transactions import Answer, Purpose, Server, Socket, Transaction, Transport
from stunwire import Address, Family

LOCAL = Address("192.168.1.2", 5000)
SEEN = Address("203.0.113.9", 40000)


def asked(
    host: str,
    *,
    port: int = 3478,
    answered: bool = False,
    socket: int = 0,
    copies: int = 6,
    purpose: Purpose = Purpose.MAPPING_I,
    abandoned: bool = False,
) -> Transaction:
    target = Address(host, port)
    answers = (Answer(at=0.1, socket=socket, source=target, xor_mapped=SEEN),) if answered else ()
    return Transaction(
        purpose=purpose,
        server=host,
        trial=0,
        socket=socket,
        target=target,
        answers=answers,
        sent=tuple(float(n) for n in range(copies)),
        abandoned=abandoned,
    )


def reading(*transactions: Transaction, web: bool = False) -> Reading:
    target = Address("192.0.2.80", 443)
    attempt = Attempt(
        means=Means.TCP,
        name="web",
        target=target,
        reached_at=0.1 if web else None,
        failure="" if web else "timed out",
    )
    return Reading(
        Evidence(
            servers=tuple(Server(name=name) for name in {each.server for each in transactions}),
            sockets=(
                Socket(number=0, transport=Transport.UDP, local=LOCAL),
                Socket(number=1, transport=Transport.TCP, local=LOCAL),
            ),
            transactions=transactions,
            attempts=(attempt,),
        )
    )


A, B = "198.51.100.1", "198.51.100.2"


@pytest.mark.parametrize(
    ("transactions", "web", "value"),
    [
        ([asked(A, answered=True)], False, True),
        ([asked(A, answered=True), asked(B)], True, True),
        ([asked(A), asked(B)], True, False),
        ([asked(A), asked(B)], False, None),
        ([asked(A)], True, None),
        ([asked(A, copies=12), asked(A, answered=True, socket=1)], False, False),
        ([asked(A, copies=1), asked(B, copies=1)], True, None),
        ([asked(A, abandoned=True), asked(B, abandoned=True)], True, None),
        ([], True, None),
    ],
)
def test_blocked_or_not(transactions: list[Transaction], web: bool, value: bool | None) -> None:
    assert judge_udp(reading(*transactions, web=web), Family.IPV4).value is value


def test_a_port_is_shut_only_where_several_servers_are_silent_on_it() -> None:
    other = Purpose.OTHER_PORT
    both = [asked(A, copies=9), asked(B, copies=9)]
    open_ = asked(A, port=443, answered=True, purpose=other)
    found = judge_udp_ports(reading(*both, open_))
    assert {port: each.value for port, each in found.items()} == {443: True, 3478: False}
    assert judge_udp_ports(reading(both[0], open_))[3478].value is None
    assert judge_udp_ports(reading(*both))[3478].value is None


def test_two_addresses_of_one_server_are_no_two_servers() -> None:
    one = [structs.replace(asked(host, answered=True), server="one") for host in (A, B)]
    assert judge_udp_ports(reading(*one))[3478].servers == 1
    two = [asked(host, answered=True) for host in (A, B)]
    assert judge_udp_ports(reading(*two))[3478].servers == 2


@pytest.mark.parametrize(
    ("transactions", "words"),
    [
        ([], "no server could be asked"),
        ([asked(A, answered=True, socket=1)], "no server was asked over UDP"),
        (
            [structs.replace(asked(A, copies=1), failure="port unreachable")],
            f"port unreachable ({A})",
        ),
    ],
)
def test_why_it_is_not_known_is_said(transactions: list[Transaction], words: str) -> None:
    assert judge_udp(reading(*transactions), Family.IPV4).why == words


def test_servers_that_were_only_tried_on_a_port_need_not_listen_there() -> None:
    """One is dead, and the other one listens elsewhere: that tells nothing of the port between."""
    elsewhere = asked(A, port=19302, answered=True)
    tried = asked(A, copies=9, purpose=Purpose.OTHER_PORT)
    assert judge_udp_ports(reading(elsewhere, tried, asked(B, copies=9)))[3478].value is None
