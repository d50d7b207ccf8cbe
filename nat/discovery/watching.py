"""Looks again and again: what stands between here and the internet now, and what has changed since."""

import asyncio
import dataclasses
import enum
import secrets
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from nat.choices import Dependence
from nat.discovery.discovering import discover
from nat.discovery.evidence import Wish
from nat.discovery.network import Network, UdpEndpoint
from nat.discovery.plan import Plan
from nat.discovery.question import Question, read_answer
from nat.discovery.report import Outcome, Report
from nat.discovery.transactions import Purpose
from stunwire import Address, Class, DecodeError, decode

WISHES: Final = frozenset({Wish.MAPPING, Wish.FILTERING})
_NOTABLE_LOSS: Final = 0.05
"""A change of loss by less is chance."""
_TRIES: Final = 3
_PATIENCE: Final = 0.7
_MOST_STRAYS: Final = 100


class Aspect(enum.Enum):
    """What may change."""

    REACHABILITY = "reachability"
    """Whether UDP gets through."""
    ADDRESS = "address"
    """The external addresses."""
    PORT = "port"
    """The external port of a socket that is kept open: another one means that the NAT has forgotten its mapping."""
    TYPE = "type"
    """Mapping and filtering."""
    LOSS = "loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How things are at a moment; None where that is not known.

    Attributes:
        at: seconds since 1970.
        outcome: for scripts.
        reachable: whether UDP gets through.
        addresses: the external ones.
        kept: the external address of the socket that is kept open.
        socket: which one that is. The network takes it along when it goes away, and the port of the
            next one says nothing of the NAT.
        mapping: RFC 4787 §4.1.
        filtering: RFC 4787 §5.
        loss: share of transmissions without an answer.
        round_trip: the shortest one, seconds.
    """

    at: float
    outcome: Outcome = Outcome.INCONCLUSIVE
    reachable: bool | None = None
    addresses: tuple[str, ...] = ()
    kept: Address | None = None
    socket: int = 0
    mapping: Dependence | None = None
    filtering: Dependence | None = None
    loss: float | None = None
    round_trip: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    Attributes:
        at: when it was seen, seconds since 1970.
        aspect: what.
        before: how it was, in words; empty at first, and where nothing is known to compare with.
        now: how it is.
        lasted: seconds for which it was as before; 0 at first.
    """

    at: float
    aspect: Aspect
    before: str
    now: str
    lasted: float = 0.0


class Memory:
    """What was known last of each aspect. That something is not known now is no change."""

    def __init__(self) -> None:
        self._known: dict[Aspect, str] = {}
        self._since: dict[Aspect, float] = {}
        self._loss: float | None = None
        self._socket = 0

    def compare(self, glimpse: Glimpse) -> tuple[Change, ...]:
        """Tell what has changed, and remember how it is."""
        if glimpse.kept is not None and glimpse.socket != self._socket:
            self._socket = glimpse.socket
            self._known.pop(Aspect.PORT, None)
        changes = []
        for aspect, now in _aspects(glimpse):
            before = self._known.get(aspect, "")
            if now != before and not self._is_chance(aspect, glimpse):
                lasted = glimpse.at - self._since[aspect] if before else 0.0
                self._known[aspect], self._since[aspect] = now, glimpse.at
                changes.append(Change(glimpse.at, aspect, before, now, lasted))
                if aspect is Aspect.LOSS:
                    self._loss = glimpse.loss
        return tuple(changes)

    def _is_chance(self, aspect: Aspect, glimpse: Glimpse) -> bool:
        if aspect is not Aspect.LOSS or glimpse.loss is None or self._loss is None:
            return False
        return abs(glimpse.loss - self._loss) < _NOTABLE_LOSS


def glimpse_of(report: Report, kept: Address | None, at: float, *, socket: int = 0) -> Glimpse:
    """What a report says of this moment, of the first family through which UDP gets, or that a server saw at all."""
    heard = [each for each in report.families if each.external]
    passing = [each for each in report.families if each.udp.value] or heard
    family = passing[0] if passing else None
    losses = [each.loss for each in report.servers if each.loss is not None and each.answers.value]
    trips = [each.round_trip for each in report.servers if each.round_trip is not None]
    return Glimpse(
        at=at,
        outcome=report.verdict.outcome,
        reachable=_reachable(report, kept),
        addresses=tuple(sorted({a for each in passing for a in each.external})),
        kept=kept,
        socket=socket,
        mapping=family.mapping.value if family else None,
        filtering=family.filtering.value if family else None,
        loss=sum(losses) / len(losses) if losses else None,
        round_trip=min(trips, default=None),
    )


def _reachable(report: Report, kept: Address | None) -> bool | None:
    passes = [each.udp.value for each in report.families]
    if True in passes or kept is not None:
        return True
    return False if report.verdict.outcome is Outcome.UDP_BLOCKED else None


async def watch(plan: Plan, network: Network, *, every: float) -> AsyncGenerator[Glimpse, None]:
    """Look, wait, and look again, without end; closing the iterator ends it.

    Args:
        plan: whom to ask; of its wishes only what changes quickly is asked.
        network: the world.
        every: seconds from the beginning of one look to that of the next.
    """
    wishes = plan.wishes & WISHES or WISHES
    asked = dataclasses.replace(plan, wishes=wishes)
    kept = _Kept(network, plan.interface)
    try:
        while True:
            began = network.now()
            report = await discover(asked, network=network)
            external = await kept.ask(_first_server(report))
            yield glimpse_of(report, external, time.time(), socket=kept.number)
            await network.sleep(max(began + every - network.now(), 0.0))
    finally:
        kept.close()


async def changes(
    plan: Plan, network: Network, *, every: float
) -> AsyncGenerator[tuple[Glimpse, tuple[Change, ...]], None]:
    """Each look with what has changed since the ones before; arguments as of `watch`."""
    memory = Memory()
    async with aclosing(watch(plan, network, every=every)) as looks:
        async for glimpse in looks:
            yield glimpse, memory.compare(glimpse)


def _first_server(report: Report) -> Address | None:
    answering = [each.address for each in report.servers if each.address and each.answers.value]
    return answering[0] if answering else None


def _aspects(glimpse: Glimpse) -> Iterator[tuple[Aspect, str]]:
    """What is known now, in words."""
    yield Aspect.REACHABILITY, _reachability(glimpse)
    if glimpse.addresses:
        yield Aspect.ADDRESS, " and ".join(glimpse.addresses)
    if glimpse.kept is not None:
        yield Aspect.PORT, str(glimpse.kept.port)
    if glimpse.mapping is not None and glimpse.filtering is not None:
        yield Aspect.TYPE, f"{glimpse.mapping.value}/{glimpse.filtering.value}"
    if glimpse.loss is not None:
        yield Aspect.LOSS, f"{glimpse.loss:.0%}"


def _reachability(glimpse: Glimpse) -> str:
    if glimpse.reachable:
        return "UDP gets through"
    if glimpse.outcome is Outcome.NO_NETWORK:
        return "there is no network"
    return "no server answers" if glimpse.reachable is None else "UDP is blocked"


class _Kept:
    """A socket that stays open, so that one can see when the NAT forgets it; after an error a new one.

    Attributes:
        number: of the socket, from 1.
    """

    def __init__(self, network: Network, interface: str) -> None:
        self._network = network
        self._interface = interface
        self.number = 0
        self._endpoint: UdpEndpoint | None = None
        self._server: Address | None = None

    async def ask(self, server: Address | None) -> Address | None:
        """Ask the server that was asked first, or this one, for our external address."""
        self._server = self._server or server
        if self._server is None:
            return None
        try:
            if self._endpoint is None:
                self._endpoint = await self._network.open_udp(
                    self._server, interface=self._interface
                )
                self.number += 1
            return await self._ask(self._endpoint, self._server)
        except OSError:
            self.close()
            return None

    async def _ask(self, endpoint: UdpEndpoint, server: Address) -> Address | None:
        transaction_id = secrets.token_bytes(12)
        request = Question(Purpose.MAPPING_I, "", server).encode(transaction_id)
        for _ in range(_TRIES):
            endpoint.send(request, server)
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await self._answer(endpoint, server, transaction_id)
            except TimeoutError:
                continue
        return None

    async def _answer(
        self, endpoint: UdpEndpoint, server: Address, transaction_id: bytes
    ) -> Address | None:
        for _ in range(_MOST_STRAYS):
            data, source, at = await endpoint.receive()
            try:
                message = decode(data)
            except DecodeError:
                continue
            if message.transaction_id == transaction_id and message.cls is Class.SUCCESS:
                answer = read_answer(message, at=at, socket=0, source=source, size=len(data))
                if source == server:
                    return answer.xor_mapped or answer.mapped
        return None

    def close(self) -> None:
        """Give the port back."""
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None
