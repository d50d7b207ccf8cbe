"""Permissions and channels in their tables."""

from typing import Any

from peer.turn.peers import CHANNEL_LIFETIME, PERMISSION_LIFETIME, Peers
from peer.turn.transactions import Transactions
from stunwire import (
    FIRST_CHANNEL,
    LAST_CHANNEL,
    Address,
    Carrier,
    ChannelNumber,
    LongTermCredential,
    Method,
    decode,
)

PEER = Address("203.0.113.77", 7000)


class Server:
    """Says yes, or no, to everything as soon as it is told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.complaints: list[Any] = []
        ids = iter(range(1, 100_000))
        self.transactions = Transactions(
            LongTermCredential("alice", "wonder"),
            Carrier.DATAGRAM,
            lambda: next(ids).to_bytes(12, "big"),
            lambda data: self.asked.append(decode(data)),
        )
        self.peers = Peers(
            self.transactions, lambda refusal, peer: self.complaints.append((refusal.code, peer))
        )

    def answer(self, now: float, code: int | None = None) -> list[Method]:
        asked, self.asked = self.asked, []
        for request in asked:
            answer = request.success() if code is None else request.error(code)
            self.transactions.receive(answer, now)
        return [Method(request.method) for request in asked]


def test_a_host_is_asked_for_once_whatever_its_ports() -> None:
    server = Server()
    for port in range(5):
        assert server.peers.permit(Address(PEER.host, port), 0.0)
    assert server.answer(0.0) == [Method.CREATE_PERMISSION]
    assert server.peers.is_permitted(PEER.host)
    assert not server.peers.is_permitted("203.0.113.78")


def test_what_is_used_is_renewed_and_what_is_not_lapses() -> None:
    server = Server()
    server.peers.permit(PEER, 0.0)
    server.answer(0.0)
    server.peers.handle_timer(server.peers.next_deadline())
    assert server.answer(240.0) == [Method.CREATE_PERMISSION]
    server.peers.handle_timer(480.0)
    assert server.answer(480.0) == []
    server.peers.handle_timer(240.0 + PERMISSION_LIFETIME)
    assert not server.peers.is_permitted(PEER.host)


def test_a_refused_host_may_be_asked_for_again_later() -> None:
    server = Server()
    server.peers.permit(PEER, 0.0)
    server.answer(0.0, code=403)
    assert server.complaints == [(403, PEER)]
    assert not server.peers.permit(PEER, 1.0)
    server.peers.handle_timer(PERMISSION_LIFETIME)
    assert server.peers.permit(PEER, PERMISSION_LIFETIME)


def test_a_channel_is_bound_once_and_keeps_its_number() -> None:
    server = Server()
    for _ in range(3):
        server.peers.bind(PEER, 0.0)
    assert server.answer(0.0) == [Method.CHANNEL_BIND]
    assert server.peers.channel_to(PEER, 0.0) is None
    server.peers.permit(PEER, 0.0)
    server.answer(0.0)
    assert server.peers.channel_to(PEER, 0.0) == FIRST_CHANNEL
    assert server.peers.of_channel(FIRST_CHANNEL, 0.0) == PEER
    server.peers.handle_timer(CHANNEL_LIFETIME)
    assert server.peers.channel_to(PEER, CHANNEL_LIFETIME) is None
    server.peers.bind(PEER, CHANNEL_LIFETIME)
    (again,) = server.asked
    assert again.get(ChannelNumber).number == FIRST_CHANNEL


def test_when_the_numbers_run_out_nobody_is_asked() -> None:
    server = Server()
    for port in range(LAST_CHANNEL - FIRST_CHANNEL + 10):
        server.peers.bind(Address(PEER.host, port), 0.0)
    numbers = {request.get(ChannelNumber).number for request in server.asked}
    assert numbers == set(range(FIRST_CHANNEL, LAST_CHANNEL + 1))
