"""What programs of a world print: with their host and time, line by line, bounded."""

import asyncio
from typing import Any

import pytest

from hairpin.lab import printing
from hairpin.lab.printing import Line, kept
from nat.simulator import Simulation


def test_lines_are_kept_with_host_and_time_and_what_runs_on_no_host_prints_as_before(
    capfd: pytest.CaptureFixture[str],
) -> None:
    simulation = Simulation(1)
    alice, bob = simulation.host("alice"), simulation.host("bob")

    async def talk(pause: float) -> None:
        print("one ", end="")
        await asyncio.sleep(pause)
        print("two\nthree", end="")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            alice.start(group, talk(1.0))
            bob.start(group, talk(2.0))
        print("from nowhere")

    with kept() as printed:
        simulation.run(main())
    texts = [(line.host, line.text) for line in printed.lines]
    assert texts[:2] == [("alice", "one two"), ("bob", "one two")]
    assert sorted(texts[2:]) == [("alice", "three"), ("bob", "three")]
    one, other = (line.time for line in printed.lines[:2])
    assert 1.0 <= one < other < 2.5
    assert capfd.readouterr().out == "from nowhere\n"


def test_a_flood_of_lines_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_MOST_LINES", 3)
    simulation = Simulation(1)

    async def flood(*_: Any) -> None:
        for number in range(5):
            print(number)

    with kept() as printed:
        simulation.run(simulation.host("alice").run(flood()))
    assert printed.lines[0] == Line(0.0, "alice", "0")
    assert (len(printed.lines), printed.left_out) == (3, 2)
