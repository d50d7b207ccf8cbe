"""How the NAT chooses external ports: several of ours, seen one after the other (RFC 4787 §4.2)."""

import asyncio
import secrets
from typing import Final

from nat.discovery.asking import Line
from nat.discovery.diagnosis import Diagnosis
from nat.discovery.question import INSISTENT, Question
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose

PORTS: Final = 6
_PAIRS: Final = range(32768, 65536, 2)
_TRIES: Final = 16


async def run(diagnosis: Diagnosis) -> None:
    """Ask from several ports, in each family that is translated."""
    await diagnosis.try_behind_nat(1, _ask)


async def _ask(diagnosis: Diagnosis, target: Target) -> None:
    trial = diagnosis.recorder.trial()
    lines = await _neighbours(diagnosis, target)
    lines += [await diagnosis.asking.open(target.address) for _ in range(PORTS - len(lines))]
    question = Question(Purpose.PORTS, target.name, target.address)
    async with asyncio.TaskGroup() as group:
        for line in lines:
            group.create_task(diagnosis.asking.ask(line, question, trial, INSISTENT))


async def _neighbours(diagnosis: Diagnosis, target: Target) -> list[Line]:
    """An odd port and the even one below it, in this order.

    A NAT that gives the next port to each new mapping would have an even port and the odd one above
    it stay neighbours by itself; so it shows (RFC 4787 §4.2.3).
    """
    for _ in range(_TRIES):
        even = _PAIRS[secrets.randbelow(len(_PAIRS))]
        opened: list[Line] = []
        try:
            opened.append(await diagnosis.asking.open(target.address, port=even + 1))
            opened.append(await diagnosis.asking.open(target.address, port=even))
        except OSError:
            for line in opened:
                line.close()
            continue
        return opened
    return []
