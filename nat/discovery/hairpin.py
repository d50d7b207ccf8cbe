"""Whether two sockets of this machine reach each other at their external addresses: RFC 5780 §4.5."""

import asyncio
from typing import Final

from nat.discovery.diagnosis import Diagnosis
from nat.discovery.question import INSISTENT, NEAR, Question
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose

PAIRS: Final = 2


async def run(diagnosis: Diagnosis) -> None:
    """Let pairs of sockets try, in each family that is translated."""
    await diagnosis.try_behind_nat(PAIRS, _trial)


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
