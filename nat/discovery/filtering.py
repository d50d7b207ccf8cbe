"""Whom the NAT lets in: RFC 5780 §4.4, from ports that have sent nowhere else."""

import asyncio
from typing import Final

from nat.discovery.diagnosis import Diagnosis, other_address
from nat.discovery.question import INSISTENT, Question
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose
from stunwire import Address

PORTS: Final = 3
"""Fresh ports on which the tests are made side by side: three times five answers do not stay away by
accident where a tenth is lost each way."""


async def run(diagnosis: Diagnosis) -> None:
    """Ask every server."""
    async with asyncio.TaskGroup() as group:
        for target in diagnosis.udp:
            for _ in range(PORTS):
                group.create_task(_trial(diagnosis, target))


async def _trial(diagnosis: Diagnosis, target: Target) -> None:
    """Tests I to III from one port; then I again, to tell a filter from a way that is gone.

    At last something is sent to where the answer of II comes from, because what the NAT then does
    shows what that answer has done to it; and, where that one was kept out, to where III's came from.
    """
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    line = await asking.open(target.address)
    first = await asking.ask(line, _ask(Purpose.FILTERING_I, target), trial, INSISTENT)
    diagnosis.note(target, first)
    other = other_address(target, first)
    if other is None:
        return
    stranger, neighbour = await asyncio.gather(
        asking.ask(line, _ask(Purpose.FILTERING_II, target, change_ip=True), trial),
        asking.ask(line, _ask(Purpose.FILTERING_III, target), trial),
    )
    again = await asking.ask(line, _ask(Purpose.FILTERING_AGAIN, target), trial, INSISTENT)
    if again.answer is None or not diagnosis.is_translated(again):
        return
    goals = [other]
    if neighbour.is_answered and not stranger.is_answered:
        goals.append(Address(target.address.host, other.port))
    questions = (Question(Purpose.FILTERING_OPEN, target.name, goal) for goal in goals)
    await asyncio.gather(*(asking.ask(line, each, trial) for each in questions))


def _ask(purpose: Purpose, target: Target, *, change_ip: bool = False) -> Question:
    return Question(
        purpose,
        target.name,
        target.address,
        change_ip=change_ip,
        change_port=purpose in {Purpose.FILTERING_II, Purpose.FILTERING_III},
    )
