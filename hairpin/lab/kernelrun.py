"""A program on a host of a world in the kernel, with the terminal as its own."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence

from hairpin.lab.kernelworlds import stun_server, with_server
from nat.kernel import KernelHost, KernelLab, KernelLabError
from nat.worlds import WorldPlan

_BY_SIGNAL = 128


def run_program(
    plan: WorldPlan, host: str, program: Sequence[str], more: Mapping[str, str] | None = None
) -> int:
    """Build the world, run a program on one of its hosts to the end, and remove it.

    Args:
        more: variables for its environment.

    Returns:
        Its exit status, as a shell would show it.

    Raises:
        KernelLabError: the world cannot be built, has no such host, or there is no such program.
    """
    if shutil.which(program[0]) is None:
        raise KernelLabError(f"there is no program {program[0]!r}")
    plan, server = with_server(plan)
    with KernelLab(plan) as lab:
        inside = lab.host(host).command(program)
        return lab.play(_run(inside, lab.host(server), more or {}))


async def _run(command: Sequence[str], server: KernelHost, more: Mapping[str, str]) -> int:
    async with stun_server(server):
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **more})
        status = await process.wait()
    return _BY_SIGNAL - status if status < 0 else status
