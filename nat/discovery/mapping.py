"""What mappings depend on: RFC 5780 §4.3, each time from a fresh port, and servers beside each other."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Final

from nat.discovery.diagnosis import LATER, Diagnosis, other_address
from nat.discovery.evidence import Wish
from nat.discovery.question import INSISTENT, Question
from nat.discovery.recorder import Asked
from nat.discovery.servers import Target
from nat.discovery.transactions import Purpose
from stunwire import Address, Family

PORTS: Final = 2
"""Fresh ports for which the tests are repeated (RFC 4787 REQ-11: a NAT is deterministic, or is not)."""
COMPARED: Final = 4
"""Servers, at most, that are asked from one port."""
_COMPARING_PORTS: Final = 2
_SOON: Final = 1.0
"""Seconds after which a server that is silent is asked from other ports as well, to be sure of it."""


async def run(diagnosis: Diagnosis) -> None:
    """Ask every server, and several from one port."""
    async with asyncio.TaskGroup() as group:
        for target in diagnosis.udp:
            group.create_task(_ask_one(diagnosis, target))
        for family in Family:
            group.create_task(_compare(diagnosis, family))


async def _ask_one(diagnosis: Diagnosis, target: Target) -> None:
    """Repeat the tests; the first time tells others whether the server is there."""
    wished = not diagnosis.plan.wishes.isdisjoint({Wish.MAPPING, Wish.FILTERING})
    async with asyncio.TaskGroup() as group:
        group.create_task(_trial(diagnosis, target))
        if wished:
            for _ in range(PORTS - 1):
                group.create_task(_later_trial(diagnosis, target))


async def _later_trial(diagnosis: Diagnosis, target: Target) -> None:
    heard = await diagnosis.first_answer(target, _SOON)
    await diagnosis.network.sleep(LATER)
    if heard is None or _is_wanted(diagnosis, target, heard):
        await _trial(diagnosis, target, counts_padding=False)


def _is_wanted(diagnosis: Diagnosis, target: Target, heard: Asked) -> bool:
    """Whether another port may tell more.

    A server without a second address is asked beside others, which does; and where there is no NAT
    there is no mapping.
    """
    return other_address(target, heard) is not None and diagnosis.is_translated(heard)


async def _trial(diagnosis: Diagnosis, target: Target, *, counts_padding: bool = True) -> None:
    """Tests I to III from one port; III also where II would do, to see a NAT that is fickle."""
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    line = await asking.open(target.address)
    question = Question(Purpose.MAPPING_I, target.name, target.address)
    first = await asking.ask(line, question, trial, INSISTENT)
    diagnosis.note(target, first)
    other = other_address(target, first)
    if other is None:
        return
    near = Address(other.host, target.address.port)
    second, third = await asyncio.gather(
        asking.ask(line, Question(Purpose.MAPPING_II, target.name, near), trial, INSISTENT),
        asking.ask(line, Question(Purpose.MAPPING_III, target.name, other), trial, INSISTENT),
    )
    if Wish.FILTERING in diagnosis.plan.wishes and second.answer is not None:
        questions = _controls(target, first, third, counts_padding=counts_padding)
        await asyncio.gather(*(asking.ask(line, each, trial) for each in questions))


def _controls(
    target: Target, first: Asked, third: Asked, *, counts_padding: bool
) -> Iterator[Question]:
    """See whether the server really answers from its other address, where no NAT would stop it.

    If its two addresses see us at two ports, the answer must go to the second one (RFC 5780 §7.5).
    The plain test is made all the same: what it tells then is to what filters belong.
    """
    if first.mapped is None or third.mapped is None:
        return
    plain = Question(
        Purpose.FILTERING_CONTROL, target.name, target.address, change_ip=True, change_port=True
    )
    yield plain
    if first.mapped != third.mapped and first.mapped.host == third.mapped.host:
        port = third.mapped.port
        yield dataclasses.replace(plain, response_port=port, counts_padding=counts_padding)


async def _compare(diagnosis: Diagnosis, family: Family) -> None:
    """Ask several servers from one port: what they see is held against each other.

    Where all are at one address its ports are compared: they show at least a mapping that depends on those.
    """
    targets = [each for each in diagnosis.udp if each.family is family]
    hosts: dict[str, Target] = {}
    places: dict[Address, Target] = {}
    for each in targets:
        hosts.setdefault(each.address.host, each)
        places.setdefault(each.address, each)
    chosen = list((hosts if len(hosts) > 1 else places).values())[:COMPARED]
    if len(chosen) < 2:
        return
    async with asyncio.TaskGroup() as group:
        for _ in range(_COMPARING_PORTS):
            group.create_task(_ask_all(diagnosis, chosen))


async def _ask_all(diagnosis: Diagnosis, targets: list[Target]) -> None:
    """Ask all from one port, and then again: who sees it elsewhere the second time is not steady."""
    asking, trial = diagnosis.asking, diagnosis.recorder.trial()
    line = await asking.open(targets[0].address)

    async def one(target: Target) -> Asked:
        question = Question(Purpose.MAPPING_I, target.name, target.address)
        asked = await asking.ask(line, question, trial, INSISTENT)
        diagnosis.note(target, asked)
        return asked

    heard = await asyncio.gather(*(one(each) for each in targets))
    answering = [
        each for each, asked in zip(targets, heard, strict=True) if asked.answer is not None
    ]
    await asyncio.gather(*(one(each) for each in answering))
