"""Two members exchange messages and leave in order."""

import asyncio

import signaling
from hairpin.demo.exchange import ROUND_TRIPS, come_and_measure, wait_and_echo
from peer import Configuration


async def test_the_newcomer_measures_every_round_trip_and_both_report() -> None:
    configuration = Configuration(host_addresses=("127.0.0.1",))
    joined = asyncio.Event()
    async with signaling.serve() as server, asyncio.TaskGroup() as group:
        waiting = group.create_task(wait_and_echo(server.url, "alice", configuration, joined))
        await joined.wait()
        coming = group.create_task(come_and_measure(server.url, "bob", configuration))
        await asyncio.wait([waiting, coming])
    assert len(coming.result().round_trips) == ROUND_TRIPS
    assert all(0 < trip < 5 for trip in coming.result().round_trips)
    assert [side.result().report.name for side in (waiting, coming)] == ["alice", "bob"]
    assert all(side.result().report.path is not None for side in (waiting, coming))
