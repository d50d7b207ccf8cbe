"""One ICE socket: deaf to garbage, quick to ask again, bounded in closing."""

import asyncio
import random
import struct
from typing import Any

import aioice
import aioice.ice
import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

import nat
from nat.simulator import Simulation
from peer.engine.protocol import EARLY_RESENDS, IceProtocol
from peer.engine.relayerrors import PeerRefusedError

KEY = b"0123456789012345678901"


class Receiver:
    """The ICE agent behind a protocol, reduced to a note book."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.requests: list[Any] = []

    def data_received(self, data: bytes, component: int) -> None:
        self.data.append(data)

    def request_received(self, message: Any, addr: Any, protocol: Any) -> None:
        self.requests.append(message)

    def protocol_lost(self, protocol: Any) -> None:
        pass


def new_protocol(receiver: Receiver | None = None, *, expected: bool = True) -> IceProtocol:
    made: Any = receiver or Receiver()
    return IceProtocol(made, close_deadline=1.0, expects=lambda _, __: expected)


def candidate(host: str, port: int) -> aioice.Candidate:
    return aioice.Candidate("1", 1, "udp", 1, host, port, "host")


async def open_protocol(host: str) -> IceProtocol:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(
        new_protocol,
        local_addr=(host, 0),
    )
    protocol.local_candidate = candidate(*protocol.transport.get_extra_info("sockname"))
    return protocol


def binding_request() -> stun.Message:
    return stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)


class Listener(asyncio.DatagramProtocol):
    """Writes down when something came, and answers the requests it is told to."""

    def __init__(self, answer_from: int | None = None) -> None:
        self.times: list[float] = []
        self.answer_from = answer_from

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.times.append(asyncio.get_running_loop().time())
        if self.answer_from is not None and len(self.times) >= self.answer_from:
            request = stun.parse_message(data)
            response = stun.Message(
                message_method=stun.Method.BINDING,
                message_class=stun.Class.RESPONSE,
                transaction_id=request.transaction_id,
            )
            response.attributes["XOR-MAPPED-ADDRESS"] = addr
            response.add_message_integrity(KEY)
            self.transport.sendto(bytes(response), addr)


@given(st.binary(max_size=200))
def test_any_bytes_are_data_a_request_or_nothing(data: bytes) -> None:
    async def main() -> None:
        protocol = new_protocol()
        protocol.local_candidate = candidate("192.0.2.1", 1)
        protocol.datagram_received(data, ("192.0.2.2", 2))

    asyncio.run(main())


def test_a_stun_message_with_a_truncated_attribute_is_dropped() -> None:
    """aioice's parser raises struct.error for this one, in the event loop."""
    body = struct.pack("!HH", 0x0024, 4) + b"\x00"
    head = struct.pack("!HHI", 0x0001, len(body), 0x2112A442) + random.Random(1).randbytes(12)

    async def main() -> Receiver:
        receiver = Receiver()
        protocol = new_protocol(receiver)
        protocol.local_candidate = candidate("192.0.2.1", 1)
        with pytest.raises(struct.error):
            aioice.ice.StunProtocol.datagram_received(protocol, head + body, ("192.0.2.2", 2))
        protocol.datagram_received(head + body, ("192.0.2.2", 2))
        return receiver

    assert not asyncio.run(main()).requests


@pytest.mark.parametrize(("data", "expected"), [(b"", True), (b"\x16stray", False)])
def test_nothing_and_data_from_a_stranger_reach_nobody(data: bytes, expected: bool) -> None:
    """aiortc's DTLS ends the connection over an empty datagram, whoever has sent it."""

    async def main() -> Receiver:
        receiver = Receiver()
        protocol = new_protocol(receiver, expected=expected)
        protocol.local_candidate = candidate("192.0.2.1", 1)
        protocol.datagram_received(data, ("192.0.2.2", 2))
        return receiver

    assert not asyncio.run(main()).data


def in_the_world(listener: Listener, ask: Any) -> Any:
    simulation = Simulation(1)
    far = simulation.host("far", "198.51.100.1")
    near = simulation.nat("home", nat.PORT_RESTRICTED_CONE, external="203.0.113.1").host("near")

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        with far:
            await loop.create_datagram_endpoint(lambda: listener, local_addr=("198.51.100.1", 9))
        return await near.run(ask())

    return simulation.run(main())


def test_the_mapped_address_that_a_remote_tells_is_remembered() -> None:
    async def ask() -> Any:
        protocol = await open_protocol("192.168.1.2")
        remote = ("198.51.100.1", 9)
        assert protocol.mapped_address(remote) is None
        await protocol.request(binding_request(), remote, integrity_key=KEY)
        return protocol.mapped_address(remote)

    assert in_the_world(Listener(answer_from=1), ask)[0] == "203.0.113.1"


def test_a_check_is_sent_again_early() -> None:
    listener = Listener(answer_from=5)

    async def ask() -> None:
        protocol = await open_protocol("192.168.1.2")
        await protocol.request(binding_request(), ("198.51.100.1", 9), integrity_key=KEY)

    in_the_world(listener, ask)
    gaps = [time - listener.times[0] for time in listener.times]
    assert gaps == pytest.approx([0.0, *EARLY_RESENDS, 0.5], abs=0.001)


def test_a_question_to_a_server_keeps_the_rfcs_pace() -> None:
    """Early sending is for checks: RFC 8489 §6.2.1's 500 ms hold for servers."""
    listener = Listener(answer_from=2)

    async def ask() -> None:
        protocol = await open_protocol("192.168.1.2")
        await protocol.request(binding_request(), ("198.51.100.1", 9))

    in_the_world(listener, ask)
    assert listener.times[1] - listener.times[0] == pytest.approx(0.5, abs=0.001)


def test_two_sides_cannot_egg_each_other_on_without_end() -> None:
    listener = Listener()

    async def ask() -> None:
        protocol = await open_protocol("192.168.1.2")
        remote = ("198.51.100.1", 9)
        asking = asyncio.create_task(protocol.request(binding_request(), remote, integrity_key=KEY))
        await asyncio.sleep(0)
        for _ in range(100):
            protocol.resend(remote)
        protocol.resend(("192.0.2.77", 1))  # nobody was asked there
        await asyncio.sleep(0.4)
        asking.cancel()

    in_the_world(listener, ask)
    assert len(listener.times) <= 7


async def test_a_refusal_that_comes_twice_ends_the_check_it_is_about_once() -> None:
    protocol = await open_protocol("127.0.0.1")
    remote = ("127.0.0.1", protocol.local_candidate.port)  # deaf: it takes what it sent itself
    asking = asyncio.create_task(protocol.request(binding_request(), remote, KEY))
    await asyncio.sleep(0)
    for _ in range(2):
        protocol.error_received(PeerRefusedError(remote, "403 Forbidden", 403))
    with pytest.raises(stun.TransactionTimeout):
        await asking
    assert isinstance(protocol.error_of(remote), PeerRefusedError)
    await protocol.close()
