"""What every part of a running diagnosis is given, and what the parts tell each other."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nat.discovery.asking import Asking
from nat.discovery.network import Network
from nat.discovery.plan import Plan
from nat.discovery.recorder import Asked, Recorder
from nat.discovery.servers import Target
from nat.discovery.transactions import Transport
from stunwire import Address, Family

SCOUTING: Final = 4.5
"""Seconds after which a server that has not answered is not waited for."""

LATER: Final = 0.3
"""Seconds after the first answer, when what can wait begins: the tests that wait for silence have."""

Trial: TypeAlias = Callable[["Diagnosis", Target], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class _Scout:
    """The first answer of a server, or of any of a family."""

    heard: asyncio.Event = field(default_factory=asyncio.Event)
    first: tuple[Target, Asked] | None = None

    async def wait(self, patience: float) -> tuple[Target, Asked] | None:
        try:
            async with asyncio.timeout(patience):
                await self.heard.wait()
        except TimeoutError:
            return None
        return self.first


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis that goes on.

    Attributes:
        plan: what is to be done.
        network: the world.
        recorder: where all is written down.
        asking: asks over UDP.
        targets: the servers that were found.
    """

    plan: Plan
    network: Network
    recorder: Recorder
    asking: Asking
    targets: tuple[Target, ...]
    _scouts: dict[Target | Family, _Scout] = field(default_factory=dict)

    @property
    def udp(self) -> tuple[Target, ...]:
        """The servers that are asked over UDP."""
        return tuple(each for each in self.targets if each.transport is Transport.UDP)

    def note(self, target: Target, asked: Asked) -> None:
        """Tell the other parts that a server has answered, if it has."""
        if asked.answer is None:
            return
        for key in (target, target.family):
            scout = self._scout(key)
            scout.first = scout.first or (target, asked)
            scout.heard.set()

    async def first_answer(self, target: Target, patience: float = SCOUTING) -> Asked | None:
        """Wait for the first question that a server answers; None if it is silent for long."""
        first = await self._scout(target).wait(patience)
        return first[1] if first is not None else None

    async def first_server(self, family: Family, patience: float = SCOUTING) -> Target | None:
        """Wait for the first server that answers over a family; None if all are silent for long."""
        if not any(each.family is family for each in self.udp):
            return None
        first = await self._scout(family).wait(patience)
        return first[0] if first is not None else None

    async def anybody_answers(self, patience: float) -> bool:
        """Wait for any server over any family."""
        found = await asyncio.gather(*(self.first_server(each, patience) for each in Family))
        return any(each is not None for each in found)

    async def first_behind_nat(self, family: Family) -> Target | None:
        """Wait for the first server that answers; None if there is none, or no NAT between.

        What is tested of the NAT itself needs one server, and no NAT needs no test.
        """
        if not any(each.family is family for each in self.udp):
            return None
        first = await self._scout(family).wait(SCOUTING)
        return first[0] if first is not None and self.is_translated(first[1]) else None

    async def try_behind_nat(self, trials: int, trial: Trial) -> None:
        """Make trials side by side in each family that is translated, after what waits for silence has begun."""
        async with asyncio.TaskGroup() as group:
            for family in Family:
                group.create_task(self._try_in_family(family, trials, trial))

    async def _try_in_family(self, family: Family, trials: int, trial: Trial) -> None:
        target = await self.first_behind_nat(family)
        if target is not None:
            await self.network.sleep(LATER)
            async with asyncio.TaskGroup() as group:
                for _ in range(trials):
                    group.create_task(trial(self, target))

    def is_translated(self, asked: Asked) -> bool:
        """Whether the server saw another address than the socket's own."""
        return asked.mapped is not None and asked.mapped != self.recorder.local(asked.socket)

    def _scout(self, key: Target | Family) -> _Scout:
        return self._scouts.setdefault(key, _Scout())


Part = Callable[[Diagnosis], Awaitable[None]]
"""One part of a diagnosis: it asks, and writes down what it sees."""


def one_of_each_family(addresses: Sequence[Address]) -> list[Address]:
    """The first address of each family."""
    return list({each.family: each for each in reversed(addresses)}.values())


def other_address(target: Target, asked: Asked) -> Address | None:
    """The server's other address (RFC 5780 §7.4), if it names one that can be one.

    A server is not let point us at this machine, or at everybody.
    """
    answer = asked.answer
    other = answer.other if answer is not None else None
    if other is None or other.family is not target.family or other.host == target.address.host:
        return None
    host = ipaddress.ip_address(other.host)
    points_home = host.is_loopback and not ipaddress.ip_address(target.address.host).is_loopback
    if host.is_unspecified or host.is_multicast or points_home or not other.port:
        return None
    return other
