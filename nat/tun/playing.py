"""Plans in the TUN lab: a world with its events and programs, in real time."""

from collections.abc import Mapping
from types import MappingProxyType

from nat.tun.lab import TunLab
from nat.worlds import Program, Result, WorldPlan, assemble, check, perform


async def play(plan: WorldPlan, programs: Mapping[str, Program] = MappingProxyType({})) -> Result:
    """Build a world and run its programs, as `nat.worlds.play` does in virtual time.

    Args:
        programs: more programs by name, besides those that are built in.

    Raises:
        PlanError: the world cannot be; with every fault.
        NeedsRootError, NoTunError: this process cannot make the lab.
    """
    plan = check(plan, programs)
    built = assemble(plan)
    async with TunLab(built.simulation):
        outcomes = await perform(built, plan, programs)
    return Result(built.simulation, outcomes, built.simulation.now)
