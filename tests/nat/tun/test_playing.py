"""A plan's events and programs, in real time."""

import asyncio
import contextlib
import secrets

import pytest

import stunwire
from nat import reflector
from nat.tun.playing import play
from nat.worlds import PlanError, parse

PATIENCE = 20.0
WORLD = """
[nat.home]
behavior = "port-restricted-cone"
[host.server]
run = [{ program = "stun" }]
[host.alice]
network = "home"
run = [{ program = "asks_until_it_is_another", server = "server" }]
[link.home]
latency = "20 ms"
[[event]]
at = "250 ms"
reboot = "home"
"""


class Answers(asyncio.DatagramProtocol):
    """From where a server has seen us."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[stunwire.XorMappedAddress | None] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.seen.put_nowait(stunwire.decode(data).get(stunwire.XorMappedAddress))


async def asks_until_it_is_another(server: str) -> tuple[float, int]:
    """Ask on one socket until it is seen at another port; the seconds until the first answer, and how many ports."""
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        Answers, remote_addr=(server, reflector.PORT)
    )
    began, first, seen = loop.time(), 0.0, set()
    while len(seen) < 2:
        request = stunwire.Message.request(stunwire.Method.BINDING, secrets.token_bytes(12))
        transport.sendto(request.encode())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                seen.add(await answers.seen.get())
                first = first or loop.time() - began
    transport.close()
    return first, len(seen)


@pytest.mark.usefixtures("root")
async def test_programs_run_and_events_come_at_their_times() -> None:
    programs = {"asks_until_it_is_another": asks_until_it_is_another}
    async with asyncio.timeout(PATIENCE):
        result = await play(parse(WORLD), programs)
    stun, asked = result.outcomes
    assert result.succeeded, asked.error
    first, ports = asked.value
    assert first >= 0.06  # twice 20, 10 and 0.5 ms
    assert ports == 2
    assert asked.ended is not None
    assert asked.ended >= 0.25  # the reboot
    assert stun.error is None


async def test_a_program_that_is_none_is_a_fault_of_the_plan() -> None:
    with pytest.raises(PlanError, match="no program"):
        await play(parse(WORLD))
