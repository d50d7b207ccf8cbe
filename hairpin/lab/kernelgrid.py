"""`hairpin lab kernel grid`: the truth table once more, with nothing simulated but the network's shape."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import dataclasses
import json
import time
from collections.abc import Sequence
from typing import Annotated, Final

import typer

import nat
from hairpin.console import stderr, stdout
from hairpin.lab import gridtables
from hairpin.lab.cells import Cell, Played, cells
from hairpin.lab.kernelworlds import ALICE, BOB, SERVER_NAME, grid_plan, kernel_errors, stun_server
from hairpin.lab.meeting import LATEST_START, Outcome, make_configuration, try_to_meet
from hairpin.lab.options import JsonOption, QuietOption, SeedOption
from nat.kernel import KernelLab
from nat.simulator.randomness import stream

AT_ONCE: Final = 81
DEADLINE: Final = 8.0
"""Seconds for the STUN server's answer, and for the checks: real ones, which 162 agents share."""
PACE: Final = 0.02
"""Seconds between the starts of two pairings."""

AtOnceOption = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", metavar="N", min=1, max=AT_ONCE, help="How many pairings try at once."
    ),
]


class PlayedInKernel(Played):
    """What came of a cell where no link takes any time.

    There a check may well be answered before the other side has sent one of its own, or before a
    STUN server has answered, so the types of the candidates are a matter of who was quicker.
    """

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether there is a direct path where one is expected, and none elsewhere."""
        return self.direct == self.expected.direct


def grid(
    seed: SeedOption = 1,
    at_once: AtOnceOption = AT_ONCE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print who can meet whom when Linux itself is the NAT: all 81 pairings, in real time.

    18 NATs and 18 hosts behind them in network namespaces, with rules of nftables; the peers are
    those of `hairpin lab grid --model conntrack`, and so is what is expected. It takes a few
    seconds and needs root.

    Example: hairpin lab kernel grid

    Exit status: 0 every cell is as expected, 1 one is not or there is no root, 2 wrong arguments.
    """
    started = time.perf_counter()
    todo = cells(nat.Model.CONNTRACK, with_relay=False, seed=seed)
    with kernel_errors(), stderr().status("playing 81 pairings in the kernel"):
        played = play(todo, at_once=at_once)
    took = time.perf_counter() - started
    if as_json:
        typer.echo(json.dumps(gridtables.document(played, took), indent=2))
    else:
        gridtables.show(played, stdout(), took, quiet=quiet)
    if not all(one.ok for one in played):
        raise typer.Exit(1)


def play(todo: Sequence[Cell], *, at_once: int = AT_ONCE) -> list[Played]:
    """Play cells side by side in one lab.

    Raises:
        KernelLabError: the lab cannot be built.
    """
    with KernelLab(grid_plan()) as lab:
        outcomes = lab.play(_play_all(lab, todo, at_once))
    return [_played(cell, outcome) for cell, outcome in zip(todo, outcomes, strict=True)]


async def _play_all(lab: KernelLab, todo: Sequence[Cell], at_once: int) -> list[Outcome]:
    room = asyncio.Semaphore(at_once)
    async with stun_server(lab.host(SERVER_NAME)), asyncio.TaskGroup() as group:
        tasks = []
        for cell in todo:
            tasks.append(group.create_task(_play(lab, cell, room)))
            await asyncio.sleep(PACE)
    return [task.result() for task in tasks]


async def _play(lab: KernelLab, cell: Cell, room: asyncio.Semaphore) -> Outcome:
    a, b = cell.pairing.a, cell.pairing.b
    later = stream(cell.seed, a.short, b.short, "start").uniform(0.0, LATEST_START)
    names = [one.short for one in nat.ALL_NINE]
    alice, bob = (
        lab.host(f"{side}-{names.index(behavior.short)}")
        for side, behavior in ((ALICE, a), (BOB, b))
    )
    configuration = dataclasses.replace(
        make_configuration(with_relay=False, asked=True),
        connect_deadline=DEADLINE,
        gathering_deadline=DEADLINE,
    )
    async with room:
        return await try_to_meet(alice, bob, configuration, later=later)


def _played(cell: Cell, outcome: Outcome) -> Played:
    expected = cell.pairing.expected
    return PlayedInKernel(cell, expected, outcome.types, outcome.relayed, outcome.elapsed, drops=())
