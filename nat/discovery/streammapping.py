"""What mappings depend on over TCP and TLS (RFC 5780 §4.3, RFC 5382 §4.1): one port, several connections."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from nat.discovery.diagnosis import Diagnosis, other_address
from nat.discovery.network import StreamEndpoint
from nat.discovery.question import Question
from nat.discovery.recorder import Asked
from nat.discovery.servers import Target
from nat.discovery.streamasking import ask_over, closing_all
from nat.discovery.transactions import Purpose, Transport
from stunwire import Address, Family

TRIALS: Final = 2
COMPARED: Final = 3
"""Servers, at most, to which connections are made from one port."""
CONNECTING: Final = 3.0
"""Seconds in which a connection must stand: a SYN that is lost is sent again after one."""


@dataclass(slots=True)
class _Trial:
    """Connections from one port of ours."""

    diagnosis: Diagnosis
    transport: Transport
    number: int
    port: int = 0
    streams: list[StreamEndpoint] = field(default_factory=list)

    async def ask(self, purpose: Purpose, target: Target, address: Address) -> Asked | None:
        """Connect from the port and ask; None where no connection comes about."""
        diagnosis = self.diagnosis
        await diagnosis.asking.pace.take_turn(target.name, _URGENCY)
        stream = await self._connect(target, address)
        if stream is None:
            return None
        self.streams.append(stream)
        self.port = stream.local.port
        question = Question(purpose, target.name, address)
        return await ask_over(
            stream,
            question,
            self.number,
            diagnosis.recorder,
            transport=self.transport,
            interface=diagnosis.plan.interface,
        )

    async def _connect(self, target: Target, address: Address) -> StreamEndpoint | None:
        tls = target.host if self.transport is Transport.TLS else None
        with contextlib.suppress(OSError):  # a server need not speak TCP, least of all everywhere
            async with asyncio.timeout(CONNECTING):
                return await self.diagnosis.network.open_stream(
                    address, tls=tls, port=self.port, interface=self.diagnosis.plan.interface
                )
        return None


_URGENCY: Final = 2
_SOON: Final = 1.0
"""Seconds in which UDP answers, or is not waited for."""


async def run(diagnosis: Diagnosis) -> None:
    """Ask those servers that are to be asked over TCP or TLS, and the others over TCP if they can."""
    async with asyncio.TaskGroup() as group:
        for family in Family:
            for transport in (Transport.TCP, Transport.TLS):
                targets = _chosen(diagnosis, family, transport)
                for _ in range(TRIALS if targets else 0):
                    group.create_task(_try(diagnosis, transport, targets))


def _chosen(diagnosis: Diagnosis, family: Family, transport: Transport) -> list[Target]:
    own = [each for each in diagnosis.targets if each.family is family]
    named = [each for each in own if each.transport is transport]
    if not named and transport is Transport.TCP:
        named = [each for each in own if each.transport is Transport.UDP]
    return list({each.address.host: each for each in reversed(named)}.values())[::-1][:COMPARED]


async def _try(diagnosis: Diagnosis, transport: Transport, targets: list[Target]) -> None:
    """The first server decides the port; then its other addresses and the other servers are asked."""
    trial = _Trial(diagnosis, transport, diagnosis.recorder.trial())
    async with closing_all(trial.streams):
        rest = iter(targets)
        found = await _first(trial, rest)
        if found is None:
            return
        target, first = found
        others = await _others(diagnosis, transport, target, first)
        async with asyncio.TaskGroup() as group:
            for purpose, address in others.items():
                group.create_task(trial.ask(purpose, target, address))
            for each in rest:
                group.create_task(trial.ask(Purpose.MAPPING_I, each, each.address))


async def _others(
    diagnosis: Diagnosis, transport: Transport, target: Target, first: Asked
) -> dict[Purpose, Address]:
    """Where else the server is asked: where it says, else where it says over UDP that it is.

    Over TLS that tells its other host and no other port.
    """
    other = other_address(target, first)
    if other is not None:
        near = Address(other.host, target.address.port)
        return {Purpose.MAPPING_II: near, Purpose.MAPPING_III: other}
    other = await _other_over_udp(diagnosis, target)
    if other is None:
        return {}
    near = Address(other.host, target.address.port)
    if transport is Transport.TLS or other.port == near.port:
        return {Purpose.MAPPING_II: near}
    return {Purpose.MAPPING_II: near, Purpose.MAPPING_III: other}


async def _other_over_udp(diagnosis: Diagnosis, target: Target) -> Address | None:
    for each in diagnosis.udp:
        if each.address.host == target.address.host:
            heard = await diagnosis.first_answer(each, _SOON)
            return other_address(each, heard) if heard is not None else None
    return None


async def _first(trial: _Trial, targets: Iterator[Target]) -> tuple[Target, Asked] | None:
    """The first server to which a connection comes about; those after it are left."""
    for target in targets:
        asked = await trial.ask(Purpose.MAPPING_I, target, target.address)
        if asked is not None:
            return target, asked
    return None
