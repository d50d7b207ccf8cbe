"""Tests of `nat.portmap.asking`: a question is sent again, and only the gateway's answer counts."""

import asyncio

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.portmap.asking import PATIENTLY, QUICKLY, ask
from nat.portmap.errors import MalformedError, SilentError, UnsupportedError
from nat.portmap.sockets import Sockets
from nat.simulator import Simulation
from stunwire import Address


class Lan:
    """Alice, a gateway that can be played, and somebody else."""

    def __init__(self, seed: int = 1) -> None:
        self.simulation = Simulation(seed)
        home = self.simulation.nat("home", PORT_RESTRICTED_CONE)
        self.alice = home.host("alice")
        self.gateway = home.host("gateway", "192.168.1.7")
        self.other = home.host("other")
        self.target = Address("192.168.1.7", 5351)
        self.heard: list[float] = []

    async def serve(self, answer) -> None:
        """Answer requests with what the function makes of their number; None for silence."""
        lan = self

        class Server(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, addr):
                lan.heard.append(asyncio.get_running_loop().time())
                reply = answer(len(lan.heard))
                if reply is not None:
                    self.transport.sendto(reply, addr)

        with self.gateway:
            await asyncio.get_running_loop().create_datagram_endpoint(
                Server, local_addr=("0.0.0.0", 5351)
            )

    def ask(self, answer, read=lambda data: data, waits=QUICKLY):
        async def main():
            if answer is not None:
                await self.serve(answer)
            with self.alice:
                return await ask(Sockets(), self.target, lambda own: own.encode(), read, waits)

        return self.simulation.run(main())


def test_an_answer_comes_at_once_and_the_request_names_our_own_address() -> None:
    lan = Lan()
    assert lan.ask(lambda _: b"yes") == b"yes"
    (sent,) = lan.simulation.trace.sent().where(lan.alice)
    assert sent.size >= len("192.168.1.3")
    assert lan.simulation.now < 0.01


def test_it_is_asked_again_after_250_ms_and_then_twice_as_long() -> None:
    lan = Lan()
    assert lan.ask(lambda count: b"late" if count == 3 else None) == b"late"
    gaps = [b - a for a, b in zip(lan.heard, lan.heard[1:], strict=False)]
    assert gaps == pytest.approx([0.25, 0.5], abs=0.001)


def test_silence_has_an_end_and_says_how_often_it_was_asked() -> None:
    lan = Lan()
    with pytest.raises(SilentError, match=r"did not answer on port 5351 within 1.75 s, asked 3"):
        lan.ask(lambda _: None)
    assert lan.simulation.now == pytest.approx(1.75, abs=0.01)


def test_a_closed_port_is_known_at_once() -> None:
    lan = Lan()
    with pytest.raises(UnsupportedError, match="has port 5351 closed"):
        lan.ask(None)
    assert lan.simulation.now < 0.01


def test_no_way_to_the_gateway_is_told() -> None:
    lan = Lan()
    lan.target = Address("2001:db8::1", 5351)
    with pytest.raises(SilentError, match="cannot be asked"):
        lan.ask(None)


@pytest.mark.parametrize("reads", ["nothing", "an error"])
def test_what_is_no_answer_is_passed_over(reads: str) -> None:
    def read(data):
        if data == b"junk" and reads == "an error":
            raise MalformedError("junk")
        return None if data == b"junk" else data

    lan = Lan()
    assert lan.ask(lambda count: b"junk" if count == 1 else b"yes", read) == b"yes"


def test_what_comes_from_elsewhere_is_no_answer() -> None:
    class Loose(Sockets):
        """Hears everybody, as a socket does that is not connected."""

        async def open_udp(self, towards, *, source=""):
            found = await super().open_udp(Address("239.255.255.250", towards.port))
            self.port = found.local.port
            return found

    lan, network = Lan(), Loose()

    async def meddle():
        await asyncio.sleep(0.1)
        with lan.other:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("0.0.0.0", 5351)
            )
        transport.sendto(b"lie", (lan.alice.address, network.port))

    async def main():
        await lan.serve(lambda count: b"truth" if count == 2 else None)
        async with asyncio.TaskGroup() as group:
            group.create_task(meddle())
            with lan.alice:
                return await ask(network, lan.target, lambda _: b"?", lambda data: data, QUICKLY)

    assert lan.simulation.run(main()) == b"truth"


@pytest.mark.parametrize("seed", range(5))
def test_a_lossy_lan_costs_time_and_no_answer(seed: int) -> None:
    lan = Lan(seed)
    lan.simulation.link(lan.alice, loss=0.2)
    assert lan.ask(lambda _: b"yes", waits=PATIENTLY) == b"yes"
