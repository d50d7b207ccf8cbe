"""Whether two sockets of this machine reach each other at their external addresses: RFC 5780 §4.5."""

import asyncio
from typing import Final

from nat.discovery.diagnosis import LATER, Diagnosis
from nat.discovery.question import INSISTENT, NEAR, Question
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose
from stunwire import Family

PAIRS: Final = 2


async def run(diagnosis: Diagnosis) -> None:
    """Let pairs of sockets try, in each family that is translated."""
    async with asyncio.TaskGroup() as group:
        for family in Family:
            group.create_task(_try_family(diagnosis, family))


async def _try_family(diagnosis: Diagnosis, family: Family) -> None:
    target = await diagnosis.first_behind_nat(family)
    if target is not None:
        await diagnosis.network.sleep(LATER)
        async with asyncio.TaskGroup() as group:
            for _ in range(PAIRS):
                group.create_task(_trial(diagnosis, target))


async def _trial(diagnosis: Diagnosis, target: Target) -> None:
    """Both learn their addresses, then both send to the other's: so both have opened the way."""
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    lines = [await asking.open(target.address) for _ in range(2)]
    learn = Question(Purpose.HAIRPIN_LEARN, target.name, target.address)
    one, other = await asyncio.gather(
        *(asking.ask(line, learn, trial, INSISTENT) for line in lines)
    )
    if one.mapped is None or other.mapped is None:
        return
    await asyncio.gather(
        *(
            asking.ask(line, Question(Purpose.HAIRPIN_ASK, "", goal), trial, NEAR)
            for line, goal in zip(lines, (other.mapped, one.mapped), strict=True)
        )
    )
