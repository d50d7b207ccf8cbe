"""STUN servers that say, or do, what is not so."""

import asyncio
import contextlib
import enum
from collections.abc import AsyncIterator
from typing import Any

from stunwire import (
    Address,
    Attribute,
    ChangeRequest,
    Class,
    DecodeError,
    ErrorCodes,
    MappedAddress,
    Message,
    Method,
    OtherAddress,
    Padding,
    ResponseOrigin,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)


class Lie(enum.Enum):
    """What is wrong with a server that claims to have two addresses."""

    STAYS = "answers from where it was asked, whatever the request says"
    STAYS_AND_CLAIMS = "does so, and says in RESPONSE-ORIGIN that it was the other address"
    ITSELF = "names itself as the other address"
    SAME_HOST = "names another port of its own as the other address"
    NOBODY = "names another address where nobody answers"
    ELSEWHERE = "says that everybody has one address, which nobody has"
    WAVERS = "says every other time that the port is another"
    REFUSES = "names another address and answers 420 to CHANGE-REQUEST"
    SILENT = "names another address and never answers CHANGE-REQUEST"
    PORT_ONLY = "changes the port but never the address"


class _Port(asyncio.DatagramProtocol):
    def __init__(self, server: "_Liar", address: Address) -> None:
        self._server = server
        self._address = address

    def connection_made(self, transport: Any) -> None:
        self._server.ports[self._address] = transport

    def datagram_received(self, data: bytes, source: tuple[Any, ...]) -> None:
        with contextlib.suppress(DecodeError):
            self._server.answer(decode(data), Address(source[0], source[1]), self._address)


class _Liar:
    def __init__(self, lie: Lie, primary: Address, alternate: Address) -> None:
        self.ports: dict[Address, asyncio.DatagramTransport] = {}
        self._lie = lie
        self._primary = primary
        self._alternate = alternate
        self._answers = 0

    def answer(self, request: Message, client: Address, asked: Address) -> None:
        """Answer a Binding request as the lie has it."""
        if request.method != Method.BINDING or request.cls is not Class.REQUEST:
            return
        self._answers += 1
        change = request.get(ChangeRequest) or ChangeRequest()
        wants = change.change_ip or change.change_port
        if wants and self._lie is Lie.SILENT:
            return
        if wants and self._lie is Lie.REFUSES:
            refusal = request.error(
                ErrorCodes.UNKNOWN_ATTRIBUTE, UnknownAttributes((ChangeRequest.type,))
            )
            self.ports[asked].sendto(refusal.encode(), client)
            return
        source = self._source(change, asked)
        self.ports[source].sendto(self._response(request, client, source, change, asked), client)

    def _source(self, change: ChangeRequest, asked: Address) -> Address:
        if self._lie in {Lie.STAYS, Lie.STAYS_AND_CLAIMS, Lie.ITSELF, Lie.SAME_HOST, Lie.NOBODY}:
            return asked
        return self._elsewhere(change, asked, moves=self._lie is not Lie.PORT_ONLY)

    def _elsewhere(self, change: ChangeRequest, asked: Address, *, moves: bool) -> Address:
        host, port = asked
        if change.change_ip and moves:
            host = self._alternate.host if host == self._primary.host else self._primary.host
        if change.change_port:
            port = self._alternate.port if port == self._primary.port else self._primary.port
        return Address(host, port)

    def _response(
        self,
        request: Message,
        client: Address,
        source: Address,
        change: ChangeRequest,
        asked: Address,
    ) -> bytes:
        seen = client
        if self._lie is Lie.ELSEWHERE:
            seen = Address("192.0.2.99", 9999)
        elif self._lie is Lie.WAVERS and self._answers % 2:
            seen = Address(client.host, client.port ^ 1)
        origin = source
        if self._lie is Lie.STAYS_AND_CLAIMS:
            origin = self._elsewhere(change, asked, moves=True)
        attributes: list[Attribute] = [
            MappedAddress(seen),
            XorMappedAddress(seen),
            ResponseOrigin(origin),
            OtherAddress(self._other(asked)),
        ]
        padding = request.get(Padding)
        if padding is not None:
            attributes.append(Padding(bytes(len(padding.value))))
        return request.success(*attributes).encode()

    def _other(self, asked: Address) -> Address:
        match self._lie:
            case Lie.ITSELF:
                return asked
            case Lie.SAME_HOST:
                return Address(self._primary.host, self._alternate.port)
            case Lie.NOBODY:
                return Address("198.51.100.99", 3479)
            case _:
                return self._elsewhere(
                    ChangeRequest(change_ip=True, change_port=True), asked, moves=True
                )


@contextlib.asynccontextmanager
async def lying(lie: Lie, primary: Address, alternate: Address) -> AsyncIterator[None]:
    """Serve on both hosts and both ports of a server that lies."""
    liar = _Liar(lie, primary, alternate)
    loop = asyncio.get_running_loop()
    hosts, ports = (primary.host, alternate.host), (primary.port, alternate.port)
    for address in (Address(host, port) for host in hosts for port in ports):
        await loop.create_datagram_endpoint(
            lambda address=address: _Port(liar, address), local_addr=tuple(address)
        )
    try:
        yield
    finally:
        for transport in liar.ports.values():
            transport.close()
