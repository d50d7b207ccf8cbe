"""Asking ends when it is done, and within a second of Ctrl-C with what is known by then."""

import asyncio
import os
import signal
import time

import relay
from hairpin.diagnosis.asking import ask, stopping
from nat.discovery import Plan, StunServer, Wish
from stunwire import Address

QUICK = frozenset({Wish.MAPPING})


async def test_it_gives_what_was_collected() -> None:
    async with relay.serve(relay.Settings(listen=(Address("127.0.0.1", 0),))) as server:
        (host, port), *_ = server.addresses
        plan = Plan(servers=(StunServer(host, port),), wishes=QUICK, deadline=3.0)
        evidence = await ask(plan, quiet=True)
    assert not evidence.interrupted
    assert evidence.transactions[0].answers


async def test_ctrl_c_gives_what_is_known_by_then_within_a_second() -> None:
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    port = silent.get_extra_info("sockname")[1]
    plan = Plan(servers=(StunServer("127.0.0.1", port),), wishes=QUICK, deadline=60.0)
    asking = asyncio.create_task(ask(plan, quiet=True))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
    evidence = await asking
    silent.close()
    assert time.monotonic() - began < 1.0
    assert evidence.interrupted
    assert all(each.abandoned for each in evidence.transactions)


async def test_afterwards_signals_mean_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 5)
    assert signal.getsignal(signal.SIGINT) in {before, signal.default_int_handler}
