"""What a relay does when it is told to stop."""

import asyncio
import signal
from typing import Any

import aioice.stun
import aioice.turn
import pytest


def test_sigterm_lets_a_live_allocation_end_first_and_takes_no_new_one(
    start_relay: Any, allocate: Any
) -> None:
    with start_relay("--user", "alice:wonder") as process:
        server = process.server()

        async def hold_and_release() -> None:
            async with allocate(server):
                process.popen.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.hear, "1 allocations are left")
                with pytest.raises(aioice.stun.TransactionFailed):
                    async with allocate(server):
                        pass
                assert process.popen.poll() is None

        asyncio.run(hold_and_release())
        process.popen.wait(timeout=60)
    assert process.popen.returncode == 0


def test_a_second_sigterm_stops_at_once(start_relay: Any) -> None:
    with start_relay("--user", "alice:wonder") as process:
        server = process.server()

        async def hold() -> None:
            transport, _ = await aioice.turn.create_turn_endpoint(
                asyncio.DatagramProtocol, server, "alice", "wonder"
            )
            process.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.hear, "1 allocations are left")
            process.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.popen.wait, 60)
            transport.close()  # nobody answers: the end of the loop cuts it short
            await asyncio.sleep(0)

        asyncio.run(hold())
    assert process.popen.returncode == 0
