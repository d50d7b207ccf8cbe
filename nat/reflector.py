"""A STUN server as small as can be: it tells each sender the address that it was seen from.

It is what a simulated world needs for server-reflexive candidates (RFC 8445 §5.1.1.2); the real
server is `relay`.
"""

import asyncio
from typing import Any

from stunwire import Address, Class, DecodeError, Method, XorMappedAddress, decode

PORT = 3478


def answer(data: bytes, source: tuple[str, int]) -> bytes | None:
    """The answer to a Binding request (RFC 8489 §6.3.1), or None if it is none."""
    try:
        message = decode(data)
    except DecodeError:
        return None
    if message.method != Method.BINDING or message.cls is not Class.REQUEST:
        return None
    return message.success(XorMappedAddress(Address(*source))).encode()


class Reflector(asyncio.DatagramProtocol):
    """Answers whoever asks."""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport to answer on."""
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[Any, ...]) -> None:
        """Answer a request; anything else is passed over."""
        response = answer(data, (source[0], source[1]))
        if response is not None:
            self._transport.sendto(response, source)


async def serve(host: str = "0.0.0.0", port: int = PORT) -> asyncio.DatagramTransport:
    """Serve on an address of the current host until the transport is closed."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Reflector, local_addr=(host, port))
    return transport
