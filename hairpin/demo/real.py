"""The demo on real sockets: signaling, relay and two peers on loopback."""

import asyncio
import secrets

from hairpin.demo.exchange import come_and_measure, wait_and_echo
from hairpin.demo.results import RealRun
from hairpin.services import Services, serve
from peer import Configuration, IceTransportPolicy

LOOPBACK = "127.0.0.1"


async def run(policy: IceTransportPolicy) -> RealRun:
    """Start the servers, connect two peers, stop everything.

    Raises:
        SessionFailedError: The peers do not find to each other.
    """
    services = Services(
        signaling_address=(LOOPBACK, 0),
        relay_address=(LOOPBACK, 0),
        secret=secrets.token_urlsafe(24),
    )
    # The peers use loopback alone, so that the demo needs no network and tells of none.
    configuration = Configuration(policy=policy, host_addresses=(LOOPBACK,))
    async with serve(services) as running:
        joined = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(
                wait_and_echo(running.signaling_url, "alice", configuration, joined)
            )
            await joined.wait()
            coming = group.create_task(
                come_and_measure(running.signaling_url, "bob", configuration)
            )
        alice, bob = waiting.result(), coming.result()
    return RealRun(policy.value, (alice.report, bob.report), bob.round_trips)
