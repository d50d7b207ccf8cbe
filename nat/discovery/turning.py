"""An allocation on a TURN server (RFC 8656), made and given back, to see whether there is a relay when one is needed."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nat.discovery.diagnosis import Diagnosis, one_of_each_family
from nat.discovery.network import Network
from nat.discovery.plan import TurnServer
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.transactions import Transport
from nat.discovery.turnlines import (
    BrokenLineError,
    Heard,
    StreamTurnLine,
    TurnLine,
    UdpTurnLine,
    words_of,
)
from stunwire import (
    Address,
    AlternateServer,
    Attribute,
    Class,
    ErrorCode,
    ErrorCodes,
    Family,
    Lifetime,
    LongTermCredential,
    Message,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    XorMappedAddress,
    XorRelayedAddress,
    refusal_words,
)

PATIENCE: Final = 4.0
"""Seconds for a connection to stand, and for an answer over it."""
MOST_CHALLENGES: Final = 3
"""How often a request is asked again with what a challenge says: a first one, and two stale nonces."""
_ID_BYTES: Final = 12
_MEANS: Final = {
    Transport.UDP: Means.TURN_UDP,
    Transport.TCP: Means.TURN_TCP,
    Transport.TLS: Means.TURN_TLS,
}
NewId = Callable[[], bytes]


def random_id() -> bytes:
    """A transaction id that nobody can guess."""
    return secrets.token_bytes(_ID_BYTES)


class RefusedError(Exception):
    """The server refuses, or says nothing; the message says why.

    Attributes:
        code: of its error response, if there was one.
    """

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Allocated:
    """What a server gave.

    Attributes:
        relayed: the relayed address.
        mapped: our external address, as the server sees it.
        round_trip: the shortest time between a request and its answer, or None where everything had
            to be sent again.
    """

    relayed: Address
    mapped: Address
    round_trip: float | None


class TurnDialogue:
    """One client on one line.

    Args:
        line: to the server.
        credential: what is shown when the server asks for it.
        new_id: draws a transaction id.

    Attributes:
        first_at: when the first answer came, or None.
        round_trips: of all that was asked.
    """

    def __init__(
        self, line: TurnLine, credential: LongTermCredential, new_id: NewId = random_id
    ) -> None:
        self.first_at: float | None = None
        self.round_trips: list[float] = []
        self._line = line
        self._credential = credential
        self._new_id = new_id

    async def allocate(self, family: Family) -> Allocated:
        """Ask for an allocation that relays UDP.

        Raises:
            RefusedError: there is none.
            BrokenLineError: the line is.
        """
        wish: tuple[Attribute, ...] = (RequestedTransport(RequestedTransport.udp),)
        if family is Family.IPV6:  # RFC 8656 §7.1: IPv4 needs no words, and old servers know none
            wish = (*wish, RequestedAddressFamily(family))
        answer = await self._ask(Method.ALLOCATE, *wish)
        relayed, mapped = answer.get(XorRelayedAddress), answer.get(XorMappedAddress)
        if relayed is None or mapped is None:
            raise RefusedError("its answer lacks an address")
        return Allocated(relayed.address, mapped.address, min(self.round_trips, default=None))

    async def give_back(self) -> None:
        """End the allocation (RFC 8656 §8: a lifetime of 0).

        Raises:
            RefusedError, BrokenLineError: the server did not say that it did; it ends by itself.
        """
        await self._ask(Method.REFRESH, Lifetime(0))

    async def _ask(self, method: Method, *attributes: Attribute) -> Message:
        """Ask, again where a challenge is answered; give the success response."""
        challenges = 0
        while True:
            was_signed = self._credential.is_ready
            heard = await self._exchange(method, attributes)
            if heard is None:
                raise RefusedError("the server does not answer")
            if heard.message.cls is Class.SUCCESS:
                return heard.message
            code = _code(heard.message)
            # RFC 8489 §9.2.5: a 401 to what was signed says that the password is wrong, and stays so
            is_final = code == ErrorCodes.UNAUTHENTICATED and was_signed
            challenges += 1
            if is_final or challenges > MOST_CHALLENGES or not self._credential.take(heard.message):
                raise _refusal(heard.message)

    async def _exchange(self, method: Method, attributes: tuple[Attribute, ...]) -> Heard | None:
        request = Message.request(method, self._new_id(), *attributes)
        was_signed = self._credential.is_ready
        data = self._credential.sign(request)
        heard = await self._line.exchange(data, request.transaction_id)
        if heard is None:
            return None
        if was_signed and not self._credential.trusts(heard.message):
            raise RefusedError("its answer is not signed with the password: somebody else sent it")
        self.first_at = self.first_at or heard.at
        if heard.round_trip is not None:
            self.round_trips.append(heard.round_trip)
        return heard


async def run(diagnosis: Diagnosis) -> None:
    """Try each TURN server of the plan over each family of its addresses, all at once."""
    async with asyncio.TaskGroup() as group:
        for server in diagnosis.plan.turn:
            group.create_task(_try_everywhere(diagnosis, server))


async def _try_everywhere(diagnosis: Diagnosis, server: TurnServer) -> None:
    recorder, means = diagnosis.recorder, _MEANS[server.transport]
    name, began = f"{server.host}:{server.port}", recorder.now()
    try:
        addresses = await diagnosis.network.resolve(server.host, server.port)
    except OSError as error:
        failure = words_of(error)
        recorder.observe(Attempt(means=means, name=name, began=began, failure=failure))
        return
    async with asyncio.TaskGroup() as group:
        for address in one_of_each_family(addresses):
            group.create_task(_try_one(diagnosis, server, address))


async def _try_one(diagnosis: Diagnosis, server: TurnServer, address: Address) -> None:
    recorder = diagnosis.recorder
    recorder.tell(f"{_MEANS[server.transport].value}, {server.host}")
    attempt = await try_turn(
        server,
        address,
        diagnosis.network,
        interface=diagnosis.plan.interface,
        clock=recorder.now,
    )
    recorder.observe(attempt)


async def try_turn(
    server: TurnServer,
    target: Address,
    network: Network,
    *,
    interface: str = "",
    clock: Callable[[], float],
) -> Attempt:
    """Make an allocation on a server at one of its addresses, and give it back.

    Args:
        server: how, and with which credential.
        target: where it is.
        network: the world.
        interface: to leave through.
        clock: seconds since the diagnosis began.
    """
    began = clock()
    offset = network.now() - began
    means, name = _MEANS[server.transport], f"{server.host}:{server.port}"
    reached: float | None = None
    try:
        line = await _open(server, target, network, interface)
        if server.transport is not Transport.UDP:
            reached = clock()
        try:
            dialogue = TurnDialogue(line, LongTermCredential(server.username, server.password))
            try:
                got = await dialogue.allocate(target.family)
                finished = clock()
                await _give_back(dialogue)
            finally:
                if reached is None and dialogue.first_at is not None:
                    reached = dialogue.first_at - offset
        finally:
            await line.close()
    except (RefusedError, BrokenLineError) as error:
        return Attempt(
            means=means,
            name=name,
            target=target,
            began=began,
            reached_at=reached,
            failure=str(error),
            error=error.code if isinstance(error, RefusedError) else None,
        )
    return Attempt(
        means=means,
        name=name,
        target=target,
        began=began,
        reached_at=reached,
        finished_at=finished,
        relayed=got.relayed,
        mapped=got.mapped,
        round_trip=got.round_trip,
    )


async def _open(server: TurnServer, target: Address, network: Network, interface: str) -> TurnLine:
    try:
        if server.transport is Transport.UDP:
            endpoint = await network.open_udp(target, interface=interface)
            return UdpTurnLine(endpoint, target, network.now)
        tls = server.host if server.transport is Transport.TLS else None
        async with asyncio.timeout(PATIENCE):
            stream = await network.open_stream(target, tls=tls, interface=interface)
    except TimeoutError:
        raise BrokenLineError("no connection within 4 s") from None
    except OSError as error:
        raise BrokenLineError(words_of(error)) from None
    return StreamTurnLine(stream, network.now, PATIENCE)


async def _give_back(dialogue: TurnDialogue) -> None:
    """An allocation that is not given back ends within minutes; nothing depends on it here."""
    try:
        await dialogue.give_back()
    except (RefusedError, BrokenLineError):
        return


def _code(message: Message) -> int | None:
    error = message.get(ErrorCode)
    return None if error is None else error.code


def _refusal(message: Message) -> RefusedError:
    error, other = message.get(ErrorCode), message.get(AlternateServer)
    if error is None:
        return RefusedError("it answered with an error and did not say which")
    if error.code == ErrorCodes.TRY_ALTERNATE and other is not None:
        return RefusedError(f"it sends clients to {other.address.host}", error.code)
    return RefusedError(refusal_words(error), error.code)
