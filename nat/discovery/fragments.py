"""Whether datagrams in pieces get through, both ways: RFC 5780 §4.7."""

import asyncio
from typing import Final

from nat.discovery.diagnosis import LATER, Diagnosis
from nat.discovery.question import INSISTENT, Question
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose

PADDING: Final = 1500
"""RFC 5780 §7.6: as long as the MTU of the interface, so that request and answer take two packets."""


async def run(diagnosis: Diagnosis) -> None:
    """Ask every server: one that does not know PADDING is no proof."""
    async with asyncio.TaskGroup() as group:
        for target in diagnosis.udp:
            group.create_task(_trial(diagnosis, target))


async def _trial(diagnosis: Diagnosis, target: Target) -> None:
    if await diagnosis.first_answer(target) is None:
        return
    await diagnosis.network.sleep(LATER)
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    line = await asking.open(target.address)
    async with asyncio.TaskGroup() as group:
        for padding in (0, PADDING):
            question = Question(Purpose.FRAGMENTS, target.name, target.address, padding=padding)
            group.create_task(asking.ask(line, question, trial, INSISTENT))
