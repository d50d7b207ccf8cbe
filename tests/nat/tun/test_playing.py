"""A plan's events and programs, in real time."""

import pytest

from nat.tun.playing import play
from nat.worlds import PlanError, parse

WORLD = """
duration = "1.2 s"
[nat.home]
behavior = "port-restricted-cone"
[host.server]
run = [{ program = "echo" }]
[host.alice]
network = "home"
run = [{ program = "ping", to = "server", count = 4, interval = 0.15, patience = 0.3 }]
[link.home]
latency = "20 ms"
[[event]]
at = "250 ms"
reboot = "home"
"""


@pytest.mark.usefixtures("root")
async def test_programs_run_and_events_come_at_their_times() -> None:
    result = await play(parse(WORLD))
    echo, ping = result.outcomes
    assert result.succeeded, ping.error
    assert ping.value.lost <= 1  # what was on its way when the NAT forgot it
    assert min(ping.value.times) >= 0.06  # twice 20, 10 and 0.5 ms
    assert echo.ended is None or echo.error is None
    passed = result.simulation.trace.where("home").translated()
    seen = {one.source for one in passed if one.source.host == "203.0.113.1"}
    assert len(seen) == 2  # another port after the reboot


async def test_a_program_that_is_none_is_a_fault_of_the_plan() -> None:
    with pytest.raises(PlanError, match="no program"):
        await play(parse(WORLD.replace('"ping"', '"pong"')))
