"""One program in one world three times: in virtual time, in the TUN lab, and behind NATs of the Linux kernel."""

import asyncio
import dataclasses
from collections.abc import Callable

import pytest

import nat
from hairpin.lab.kernelworlds import ALICE, BOB, SERVER_NAME, grid_plan
from hairpin.lab.meeting import SERVER, Place, make_configuration, try_to_meet
from nat import Model, reflector
from nat.kernel import KernelLab
from nat.simulator import Simulation
from nat.tun import TunLab
from nat.worlds import WorldPlan, build

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

Answers = dict[tuple[str, str], bool]

NINE = [one.short for one in nat.ALL_NINE]
PACE = 0.02
"""Seconds between the starts of two pairings, so that 162 agents do not all speak at once."""
CONFIGURATION = dataclasses.replace(
    make_configuration(with_relay=False, asked=True),
    connect_deadline=8.0,
    gathering_deadline=8.0,
)


def plan() -> WorldPlan:
    """Each of the nine NATs twice, with Linux's sessions, and a host behind each."""
    plain = grid_plan()
    nats = (
        dataclasses.replace(one, behavior=Model.CONNTRACK.of(one.behavior)) for one in plain.nats
    )
    return dataclasses.replace(plain, nats=tuple(nats))


async def meet_all(host: Callable[[str], Place]) -> Answers:
    """Let each host of one side meet each of the other with ICE, all of them at once."""
    async with asyncio.TaskGroup() as group:
        transport = await host(SERVER_NAME).start(group, reflector.serve(SERVER))
        tasks = {}
        for number, (a, b) in enumerate((a, b) for a in NINE for b in NINE):
            one, other = host(f"{ALICE}-{NINE.index(a)}"), host(f"{BOB}-{NINE.index(b)}")
            later = (number % 10) * PACE
            tasks[a, b] = group.create_task(try_to_meet(one, other, CONFIGURATION, later=later))
            await asyncio.sleep(PACE)
        await asyncio.wait(tasks.values())
        transport.close()
    return {pair: task.result().connected for pair, task in tasks.items()}


def in_virtual_time() -> Answers:
    simulation = build(plan())
    return simulation.run(meet_all(hosts_of(simulation)))


def in_the_tun_lab() -> Answers:
    async def main() -> Answers:
        simulation = build(plan())
        async with TunLab(simulation):
            return await meet_all(hosts_of(simulation))

    return asyncio.run(main())


def in_the_kernel() -> Answers:
    with KernelLab(plan()) as lab:
        return lab.play(meet_all(lab.host))


def hosts_of(simulation: Simulation) -> Callable[[str], Place]:
    return {one.name: one for one in simulation.hosts}.__getitem__


@pytest.fixture(scope="module")
def expected() -> Answers:
    answers = in_virtual_time()
    assert sum(answers.values()) == 57
    return answers


@pytest.mark.parametrize("play", [in_the_tun_lab, in_the_kernel])
def test_all_81_pairings_end_as_in_virtual_time(
    play: Callable[[], Answers], expected: Answers
) -> None:
    assert play() == expected
