"""A socket that is connected to nobody hears of ICMP errors once it has asked for them, as in Linux."""

import asyncio
import socket

import pytest

from nat.packets import Address, IcmpError, IcmpKind, Packet, Protocol
from nat.simulator import Simulation
from nat.simulator.errorqueue import FLAG, OPTIONS, ErrorQueue
from operating.errorqueue import AT_ONCE, Origin, take_errors

FOUR, SIX = OPTIONS
CLOSED = ("198.51.100.2", 9)


def hears(*, keeps: bool) -> list[object]:
    """What a socket learns that has sent to a closed port, and to an open one."""
    simulation = Simulation(1)
    near, far = simulation.host("near"), simulation.host("far", CLOSED[0])

    async def main() -> list[object]:
        with far:
            other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            other.bind((*CLOSED[:1], 10))
        with near, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            opened.setblocking(False)
            opened.setsockopt(*FOUR, int(keeps))
            opened.sendto(b"anybody?", CLOSED)
            opened.sendto(b"anybody?", (CLOSED[0], 10))
            await asyncio.sleep(1)
            with pytest.raises(BlockingIOError if not keeps else ConnectionRefusedError):
                opened.recv(10)
            found = list(take_errors(opened))
            with pytest.raises(BlockingIOError):
                opened.recv(10)
        other.close()
        return [(each.what, each.target) for each in found]

    return simulation.run(main())


def test_an_error_is_kept_for_who_wants_it() -> None:
    assert hears(keeps=True) == [((Origin.ICMP, 3, 3), CLOSED)]
    assert hears(keeps=False) == []


def test_what_was_taken_stops_nobody_from_sending() -> None:
    simulation = Simulation(1)
    near = simulation.host("near")
    simulation.host("far", CLOSED[0])

    async def main() -> None:
        with near, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            opened.setsockopt(*FOUR, 1)
            opened.sendto(b"anybody?", CLOSED)
            await asyncio.sleep(1)
            assert len(list(take_errors(opened))) == 1
            opened.sendto(b"still?", CLOSED)

    simulation.run(main())


@pytest.mark.parametrize("kind", IcmpKind)
@pytest.mark.parametrize(("option", "host"), [(FOUR, "192.0.2.1"), (SIX, "2001:db8::1")])
def test_every_kind_is_told_as_the_system_tells_it(
    kind: IcmpKind, option: tuple[int, int], host: str
) -> None:
    queue = ErrorQueue(*option)
    packet = Packet(Protocol.UDP, Address("192.0.2.9", 5), Address(host, 7), b"")
    for _ in range(1000):
        queue.keep(IcmpError(packet, kind, mtu=1400), 111)
    assert AT_ONCE < len(queue) < 1000
    (level, number, data), target = queue.take()
    assert ((level, number), target) == (option, (host, 7))
    assert data[4] == OPTIONS[option]


def test_an_empty_queue_has_nothing_to_give() -> None:
    with pytest.raises(BlockingIOError):
        ErrorQueue(*FOUR).take()
    assert getattr(socket, "MSG_ERRQUEUE", FLAG) == FLAG
