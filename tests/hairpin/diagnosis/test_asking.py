"""Asking ends when it is done, and by Ctrl-C with what is known by then."""

import asyncio
import os
import signal

import relay
from hairpin.diagnosis.asking import ask, stopping
from nat.discovery import Plan, StunServer, Wish
from stunwire import Address

QUICK = frozenset({Wish.MAPPING})


async def test_it_gives_what_was_collected() -> None:
    async with relay.serve(relay.Settings(listen=(Address("127.0.0.1", 0),))) as server:
        (host, port), *_ = server.addresses
        plan = Plan(servers=(StunServer(host, port),), wishes=QUICK, deadline=60.0)
        evidence = await ask(plan, quiet=True)
    assert not evidence.interrupted
    assert evidence.transactions[0].answers


class Silent(asyncio.DatagramProtocol):
    """A server that hears, and says nothing."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.is_asked.set()


async def test_ctrl_c_gives_what_is_known_by_then_and_waits_for_nothing_more() -> None:
    loop = asyncio.get_running_loop()
    silent, asked = await loop.create_datagram_endpoint(Silent, local_addr=("127.0.0.1", 0))
    port = silent.get_extra_info("sockname")[1]
    plan = Plan(servers=(StunServer("127.0.0.1", port),), wishes=QUICK, deadline=600.0)
    asking = asyncio.create_task(ask(plan, quiet=True))
    async with asyncio.timeout(60):
        await asked.is_asked.wait()
        os.kill(os.getpid(), signal.SIGINT)
        evidence = await asking
    silent.close()
    assert evidence.interrupted
    assert evidence.transactions
    assert all(each.abandoned for each in evidence.transactions)


async def test_afterwards_signals_mean_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 20)
    assert signal.getsignal(signal.SIGINT) in {before, signal.default_int_handler}
