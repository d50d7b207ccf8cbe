"""Really opens a port, lets a server try it from outside, and closes it again whatever happens.

The server is asked from another port, with RESPONSE-PORT (RFC 5780 §7.5): the opened port itself sends
nothing, so that only what was opened can let the answer in. That the server does as it is asked is
proven with a third port, into which every NAT lets its answers. A server that does not know RESPONSE-PORT is
asked from the opened port to answer from its other address, to which nothing was sent.

Where there is a router of IPv6, pinholes in its firewall are tried in the same way.
"""

import asyncio
import dataclasses
import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from nat.choices import PortMapping
from nat.discovery.asking import Line
from nat.discovery.asyncionetwork import SOMEWHERE
from nat.discovery.diagnosis import Diagnosis
from nat.discovery.gatewaying import Through
from nat.discovery.question import Question, Schedule
from nat.discovery.recorder import Asked
from nat.discovery.servers import Target
from nat.discovery.surroundings import MapTest, PinholeTest
from nat.discovery.transactions import Purpose
from nat.packets import Protocol
from nat.portmap.choosing import Way, close, make_client, open_or_close, order_of
from nat.portmap.client import Client, Grant, Wanted
from nat.portmap.errors import PortMapError, RefusedError
from nat.portmap.searching import NEIGHBOURS
from stunwire import Address, Family

LIFETIME: Final = 120
"""Seconds after which it ends if even closing it fails; RFC 6887 §15 lets nobody give less."""
PERSISTENT: Final = Schedule((0.0, 0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.5, 2.9), 0.8)
"""Of ten transmissions none gets there and back once in sixteen million times where a tenth is lost each
way: silence between two controls is then the gateway's."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """What trying came to: see `MapTest`."""

    reached: bool | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Ports of IPv4, or pinholes for IPv6, and who is to try them.

    Attributes:
        world: how gateways are asked.
        family: of the ports.
        server: the first server of that family that answers.
    """

    diagnosis: Diagnosis
    world: Through
    family: Family
    server: "asyncio.Task[Target | None]"

    def note(self, **known: Any) -> None:
        """Write down what is known."""
        kind = PinholeTest if self.family is Family.IPV6 else MapTest
        self.diagnosis.recorder.observe(kind(**known))


async def run(diagnosis: Diagnosis) -> None:
    """Try each protocol by which a gateway answers, each with a port of its own."""
    world = Through(diagnosis.network, diagnosis.plan.interface)
    async with asyncio.TaskGroup() as group:
        for family in world.families():
            group.create_task(_run(diagnosis, world, family))


async def _run(diagnosis: Diagnosis, world: Through, family: Family) -> None:
    server = asyncio.create_task(_first_server(diagnosis, family))
    attempt = _Attempt(diagnosis, world, family, server)
    try:
        async with asyncio.TaskGroup() as group:
            for spoken in order_of(family):
                group.create_task(_test(attempt, spoken), name=f"opens by {spoken.value}")
    finally:
        server.cancel()
        await asyncio.wait([server])


async def _test(attempt: _Attempt, spoken: PortMapping) -> None:
    try:
        client = make_client(attempt.world, spoken, Way(attempt.family))
        await client.look()
    except PortMapError:
        return  # what is not there was not tested; that it is not there is `gatewaying`'s to say
    diagnosis = attempt.diagnosis
    line = await diagnosis.asking.open(SOMEWHERE[attempt.family])
    what = "a pinhole" if attempt.family is Family.IPV6 else "a port"
    diagnosis.recorder.tell(f"opening {what} by {spoken.value}")
    wanted = Wanted(
        Protocol.UDP, line.local.port, line.local.port, LIFETIME, "Hairpin, a test of seconds"
    )
    try:
        grant = await open_or_close(client, wanted)
    except PortMapError as error:
        code = error.code if isinstance(error, RefusedError) else None
        attempt.note(protocol=spoken, result=code, failure=str(error))
        return
    await _try(attempt, client, wanted, grant, line)


async def _try(attempt: _Attempt, client: Client, wanted: Wanted, grant: Grant, line: Line) -> None:
    """Have it tried; close it, and write down what is known, also when this is cancelled."""
    outcome = _Reached(None, "it was interrupted")
    try:
        target = await asyncio.shield(attempt.server)
        outcome = await _reach(attempt.diagnosis, target, grant, line)
    finally:
        closing = dataclasses.replace(wanted, external_port=grant.external.port)
        failure = await close(client, closing)
        attempt.note(
            protocol=grant.spoken,
            internal=grant.internal,
            external=grant.external,
            lifetime=grant.lifetime,
            reached=outcome.reached,
            deleted=failure is None,
            failure="; ".join(why for why in (outcome.failure, str(failure or "")) if why),
        )


async def _first_server(diagnosis: Diagnosis, family: Family) -> Target | None:
    """The first server that answers; nobody else asks if only this was wished."""
    targets = [one for one in diagnosis.udp if one.family is family]
    asked = [asyncio.create_task(_answers(diagnosis, one)) for one in targets]
    try:
        for done in asyncio.as_completed(asked):
            target = await done
            if target is not None:
                return target
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    return None


async def _answers(diagnosis: Diagnosis, target: Target) -> Target | None:
    try:
        line = await diagnosis.asking.open(target.address)
    except OSError:
        return None
    asked = await _ask(diagnosis, line, target)
    line.close()
    return None if asked.answer is None else target


async def _ask(
    diagnosis: Diagnosis, line: Line, target: Target, response_port: int | None = None
) -> Asked:
    question = Question(Purpose.MAP_TEST, target.name, target.address, response_port=response_port)
    return await diagnosis.asking.ask(line, question, schedule=PERSISTENT)


async def _reach(diagnosis: Diagnosis, target: Target | None, grant: Grant, line: Line) -> _Reached:
    """Whether a packet of somebody to whom nothing was sent comes to the opened port."""
    if target is None:
        return _Reached(None, "no server has answered that could send a packet to it")
    asking = await diagnosis.asking.open(target.address)
    beside = await diagnosis.asking.open(target.address)
    try:
        return await _reach_from(diagnosis, target, grant, line, (asking, beside))
    finally:
        asking.close()
        beside.close()


async def _reach_from(
    diagnosis: Diagnosis, target: Target, grant: Grant, line: Line, others: tuple[Line, Line]
) -> _Reached:
    """Ask from one port, and let another one that every NAT lets answers into be the control."""
    asking, beside = others
    asked = await asyncio.gather(*(_ask(diagnosis, one, target) for one in others))
    seen = [one.mapped for one in asked if one.mapped is not None]
    if len(seen) < len(others):
        return _Reached(None, f"{target.name} stopped to answer")
    for each in seen:
        if each.host != grant.external.host:
            return _seen_elsewhere(each, grant)
    control = seen[1].port
    if not _came_to(beside, target, await _ask(diagnosis, asking, target, control)):
        return await _reach_by_change_request(diagnosis, target, grant, line)
    tried = await _ask(diagnosis, asking, target, grant.external.port)
    if _came_to(line, target, tried):
        return _Reached(reached=True)
    if tried.is_answered:
        return _Reached(None, f"{target.name} answered elsewhere than it was asked to")
    if not _came_to(beside, target, await _ask(diagnosis, asking, target, control)):
        return _Reached(None, f"{target.name} stopped to answer")
    return _Reached(reached=False, failure="what was sent to the opened port did not come in")


def _came_to(line: Line, target: Target, asked: Asked) -> bool:
    """Whether the server's own answer came in at a port."""
    answer = asked.answer
    return answer is not None and (answer.socket, answer.source) == (line.number, target.address)


async def _reach_by_change_request(
    diagnosis: Diagnosis, target: Target, grant: Grant, line: Line
) -> _Reached:
    question = Question(
        Purpose.MAP_TEST, target.name, target.address, change_ip=True, change_port=True
    )
    asked = await diagnosis.asking.ask(line, question, schedule=PERSISTENT)
    answer = asked.answer
    if answer is None or answer.source.host == target.address.host:
        return _Reached(None, f"{target.name} cannot send a packet to a port that sent it none")
    if asked.mapped != grant.external:
        return _Reached(None, f"what is sent from the port leaves by another one, {asked.mapped}")
    return _Reached(reached=True)


def _seen_elsewhere(seen: Address, grant: Grant) -> _Reached:
    """The gateway says another address than the one from which we come: a NAT behind it, or a pool."""
    external = grant.external.host
    words = f"the gateway's address outside is {external}, and servers see {seen.host}"
    if any(ipaddress.ip_address(external) in one for one in NEIGHBOURS):
        return _Reached(reached=False, failure=f"{words}: it stands behind another NAT")
    return _Reached(None, words)
