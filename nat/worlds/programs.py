"""What hosts of a world run: programs that are built in, and coroutine functions of anybody's.

A program is a coroutine function; the options in the world file are its keyword arguments, and what
it returns is its result. It uses asyncio and nothing else, so it runs in the simulator and in the
labs alike.
"""

import asyncio
import importlib
import inspect
import secrets
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import stunwire
from nat import reflector
from nat.packets import Address
from nat.worlds.errors import Fault
from nat.worlds.plan import ProgramPlan, WorldPlan

Program = Callable[..., Coroutine[Any, Any, Any]]

ECHO_PORT: Final = 7
"""RFC 862."""
_STUN_TRIES: Final = 7
_STUN_PATIENCE: Final = 0.5
"""Seconds until a request is sent again, twice as long each time (RFC 8489 §6.2.1)."""


@dataclass(frozen=True, slots=True)
class PingReport:
    """What has come back of what was sent.

    Attributes:
        sent: datagrams.
        times: seconds there and back of each answer, in the order of arrival.
    """

    sent: int
    times: tuple[float, ...]

    @property
    def lost(self) -> int:
        """Datagrams without an answer."""
        return self.sent - len(self.times)

    def __str__(self) -> str:
        text = f"{self.sent} sent, {len(self.times)} answered"
        if self.times:
            middle = sum(self.times) / len(self.times)
            low, high = min(self.times), max(self.times)
            text += f", {1000 * low:.1f}/{1000 * middle:.1f}/{1000 * high:.1f} ms"
        return text


async def echo(port: int = ECHO_PORT) -> None:
    """Send back whatever comes, over UDP and over TCP, until the end."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Echo, local_addr=("0.0.0.0", port))
    server = await asyncio.start_server(_echo_stream, "0.0.0.0", port)
    try:
        await loop.create_future()
    finally:
        transport.close()
        server.close()


async def ping(
    to: str, port: int = ECHO_PORT, count: int = 4, interval: float = 1.0, size: int = 56,
    patience: float = 1.0,
) -> PingReport:  # fmt: skip
    """Send datagrams to an echo server, and see what comes back; also after this host has moved.

    Args:
        to: a name or an address.
        interval: seconds between two of them.
        size: bytes of each, at least 4.
        patience: seconds to wait for the last answers.
    """
    loop = asyncio.get_running_loop()
    sent_at: list[float] = []
    times: dict[int, float] = {}

    def answered(data: bytes) -> None:
        number = int.from_bytes(data[:4], "big")
        if number < len(sent_at):
            times.setdefault(number, loop.time() - sent_at[number])

    found = await loop.getaddrinfo(to, port, type=socket.SOCK_DGRAM)
    family, target = found[0][0], found[0][4]
    anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listener(answered), local_addr=(anywhere, 0)
    )
    try:
        for number in range(count):
            sent_at.append(loop.time())
            transport.sendto(number.to_bytes(4, "big").ljust(size, b"."), target)
            await asyncio.sleep(interval if number + 1 < count else patience)
    finally:
        transport.close()
    return PingReport(count, tuple(times.values()))


async def stun(port: int = reflector.PORT) -> None:
    """Tell whoever asks from where it was seen (RFC 8489), until the end."""
    transport = await reflector.serve(port=port)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        transport.close()


async def mapped(server: str, port: int = reflector.PORT) -> str:
    """Ask a STUN server from where it sees this host: "address:port".

    Raises:
        TimeoutError: it does not answer.
        ValueError: its answer does not say.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def answered(data: bytes) -> None:
        if not answer.done():
            answer.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listener(answered), remote_addr=(server, port)
    )
    request = stunwire.Message.request(stunwire.Method.BINDING, secrets.token_bytes(12))
    try:
        for number in range(_STUN_TRIES):
            transport.sendto(request.encode())
            try:
                async with asyncio.timeout(_STUN_PATIENCE * 2**number):
                    return _mapped_in(await asyncio.shield(answer))
            except TimeoutError:
                continue
    finally:
        transport.close()
    raise TimeoutError(f"{server}:{port} does not answer")


BUILT_IN: Final[Mapping[str, Program]] = MappingProxyType(
    {"echo": echo, "ping": ping, "stun": stun, "mapped": mapped}
)
"""The programs that a world file can name without more."""
_SERVICES: Final = ("echo", "stun")


def is_service(plan: ProgramPlan) -> bool:
    """Tell whether a program runs for others, and ends when they have ended."""
    return plan.is_service or plan.name in _SERVICES


def find_program(name: str, programs: Mapping[str, Program]) -> Program:
    """The coroutine function of a name.

    Args:
        name: a key of `programs`, or "module:coroutine".

    Raises:
        ValueError: there is none; the message says what is allowed.
    """
    if name in programs:
        return programs[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        known = ", ".join(programs)
        raise ValueError(f'there is no program {name!r}; allowed: {known}, or "module:coroutine"')
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{name!r} cannot be loaded: {error}") from None
    if not inspect.iscoroutinefunction(found):
        raise ValueError(f"{name!r} is {found!r}; allowed: a coroutine function")
    program: Program = found
    return program


def check_programs(plan: WorldPlan, programs: Mapping[str, Program]) -> tuple[Fault, ...]:
    """What is wrong with the programs of a world: names that are none, options they do not take."""
    checks = ((f"host.{host.name}.run", one) for host in plan.hosts for one in host.programs)
    faults = [
        Fault(place, message)
        for place, one in checks
        if (message := _objection(one, programs)) is not None
    ]
    if plan.duration is None and all(
        is_service(one) for host in plan.hosts for one in host.programs
    ):
        message = "nothing in this world ever ends; allowed: a duration, or a program that ends"
        faults.append(Fault("duration", message))
    return tuple(faults)


def _objection(plan: ProgramPlan, programs: Mapping[str, Program]) -> str | None:
    try:
        program = find_program(plan.name, programs)
    except ValueError as error:
        return str(error)
    signature = inspect.signature(program)
    try:
        signature.bind(**plan.options)
    except TypeError as error:
        allowed = ", ".join(signature.parameters) or "no option"
        return f"{plan.name} cannot start: {error}; allowed: {allowed}"
    return None


def _mapped_in(data: bytes) -> str:
    seen = stunwire.decode(data).get(stunwire.XorMappedAddress)
    if seen is None:
        raise ValueError("the STUN server's answer has no XOR-MAPPED-ADDRESS")
    return str(Address(*seen.address))


class _Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self._transport.sendto(data, address)


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, address: Any) -> None:  # noqa: ARG002 -- asyncio's signature
        self._heard(data)


async def _echo_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
