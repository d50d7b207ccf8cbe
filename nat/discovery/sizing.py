"""How large a packet may be: requests that may not be fragmented, filled up to a size (RFC 1191, RFC 8899).

They are filled with SOFTWARE, which every server takes and none sends back, so that only the way there counts: with PADDING
the answer would be as large, and whether that is cut into pieces is the server's choice. All usual sizes go out at once; then
the gap between the largest that passed and the smallest that did not is searched. What a router tells (ICMP "packet too big",
which anybody could send) only says where to look, so that a path on which routers tell nothing is measured as well (RFC 8899
§4.2: "black hole").
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from nat.discovery.diagnosis import Diagnosis
from nat.discovery.network import Network, UdpEndpoint, UndeliveredError
from nat.discovery.surroundings import SizeProbe
from nat.discovery.turning import NewId, random_id
from stunwire import Address, DecodeError, Family, Message, Method, Software, decode

USUAL: Final = (1500, 1492, 1480, 1460, 1440, 1420, 1400, 1360, 1280, 1200, 1004, 576)
"""Ethernet; PPPoE; IPv4 in IPv6 and back; tunnels of several kinds, WireGuard's among them; what every IPv6 link carries (RFC
8200 §5); what QUIC needs; SLIP, nearly; what every IPv4 host takes (RFC 1122 §3.3.2)."""
SMALLEST_IPV6: Final = 1280
STEP: Final = 4
"""Bytes: a STUN message has a length that four divides (RFC 8489 §5)."""
WAITS: Final = (0.35, 0.45, 0.7)
"""Seconds to wait for an answer, each time a request is sent."""
AGAIN: Final = 1
"""How often the smallest size that did not pass is tried once more."""
AT_ONCE: Final = 4
"""Sizes between two that are tried at a time."""
_IP_AND_UDP: Final = {Family.IPV4: 28, Family.IPV6: 48}
_STUN_HEADER: Final = 20
_ATTRIBUTE_HEADER: Final = 4
_LONGEST_SOFTWARE: Final = 124
"""RFC 8489 §14.14: "fewer than 128 characters"; the longest that needs no padding."""


def usual_sizes(family: Family) -> tuple[int, ...]:
    """The sizes that are tried first, the largest first."""
    return tuple(one for one in USUAL if family is Family.IPV4 or one >= SMALLEST_IPV6)


def request_of(size: int, family: Family, transaction_id: bytes) -> bytes:
    """A Binding request that makes an IP packet of so many bytes.

    Raises:
        ValueError: none has that size.
    """
    room = size - _IP_AND_UDP[family] - _STUN_HEADER
    if room < 0 or room % STEP or room == STEP:
        raise ValueError(f"no request makes a packet of {size} bytes")
    filling = []
    while room:
        part = min(room, _LONGEST_SOFTWARE + _ATTRIBUTE_HEADER)
        if room - part == STEP:  # an attribute without a value would be left to fill
            part -= STEP
        filling.append(Software(" " * (part - _ATTRIBUTE_HEADER)))
        room -= part
    return Message.request(Method.BINDING, transaction_id, *filling).encode()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of the greatest size that passes.

    Attributes:
        passed: the largest that has.
        failed: the smallest above that one that has not, or None.
        told: what an error said to be the greatest, if one did.
    """

    passed: int | None
    failed: int | None
    told: int | None = None

    @classmethod
    def of(cls, probes: list[SizeProbe]) -> "Bounds":
        """Read them from what was tried."""
        passed = max((one.size for one in probes if one.answered_at is not None), default=None)
        failed = min(
            (one.size for one in probes if one.answered_at is None and one.size > (passed or 0)),
            default=None,
        )
        told = min((one.told for one in probes if one.told is not None), default=None)
        return cls(passed, failed, told)

    def next_sizes(self) -> tuple[int, ...]:
        """What to try next, all at once; nothing where it is known, or not to be found out this way."""
        if self.passed is None or self.failed is None:
            return ()
        inside = range(self.passed + STEP, self.failed, STEP)
        if self.told is not None:
            fitting = self.told // STEP * STEP
            hinted = tuple(one for one in (fitting, fitting + STEP) if one in inside)
            if fitting in inside or (fitting == self.passed and hinted):
                return hinted
        if len(inside) <= AT_ONCE:
            return tuple(inside)
        return tuple(inside[len(inside) * part // (AT_ONCE + 1)] for part in range(1, AT_ONCE + 1))


@dataclass(slots=True)
class _Trial:
    size: int
    data: bytes
    sent: list[float] = field(default_factory=list)
    answered_at: float | None = None
    told: int | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Sizer:
    """Tries sizes towards one server, from one socket.

    Args:
        endpoint: a socket that forbids fragments.
        target: the server.
        clock: seconds since the diagnosis began.
        record: takes each size when it is done.
        take_turn: waits until another request to the server may begin.
        new_id: draws a transaction id.
    """

    def __init__(
        self,
        endpoint: UdpEndpoint,
        target: Address,
        *,
        clock: Callable[[], float],
        record: Callable[[SizeProbe], None],
        take_turn: Callable[[], Awaitable[None]],
        new_id: NewId = random_id,
    ) -> None:
        self._take_turn = take_turn
        self._endpoint = endpoint
        self._target = target
        self._clock = clock
        self._record = record
        self._new_id = new_id
        self._waiting: dict[bytes, _Trial] = {}
        self._probes: list[SizeProbe] = []

    async def run(self) -> None:
        """Search, and record all that was tried to its end."""
        reading = asyncio.create_task(self._read())
        try:
            first, *rest = usual_sizes(self._target.family)
            await self._try(first)
            if self._probes[0].answered_at is None:
                await self._try_all(rest)
            while (sizes := Bounds.of(self._probes).next_sizes()) or (sizes := self._doubtful()):
                await self._try_all(sizes)
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    def _doubtful(self) -> tuple[int, ...]:
        """The smallest that did not pass, once more: three packets may have been lost."""
        bounds = Bounds.of(self._probes)
        if bounds.passed is None or bounds.failed is None:
            return ()
        tried = [one for one in self._probes if one.size == bounds.failed]
        sure = len(tried) > AGAIN or any(one.told is not None for one in tried)
        return () if sure else (bounds.failed,)

    async def _try_all(self, sizes: Iterable[int]) -> None:
        async with asyncio.TaskGroup() as group:
            for size in sizes:
                group.create_task(self._try(size))

    async def _try(self, size: int) -> None:
        await self._take_turn()
        transaction_id = self._new_id()
        trial = _Trial(size, request_of(size, self._target.family, transaction_id))
        self._waiting[transaction_id] = trial
        try:
            await self._send(trial)
        finally:
            del self._waiting[transaction_id]
        probe = SizeProbe(
            target=self._target,
            size=size,
            sent=tuple(trial.sent),
            answered_at=trial.answered_at,
            told=trial.told,
        )
        self._probes.append(probe)
        self._record(probe)

    async def _send(self, trial: _Trial) -> None:
        for wait in WAITS:
            try:
                self._endpoint.send(trial.data, self._target)
            except UndeliveredError as error:
                trial.told = error.mtu
                return
            except OSError:  # too long for the own interface, most likely
                return
            trial.sent.append(self._clock())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await trial.done.wait()
            if trial.answered_at is not None:
                return

    async def _read(self) -> None:
        while True:
            try:
                data, source, _ = await self._endpoint.receive()
            except UndeliveredError as error:
                self._hear(error)
                continue
            except OSError:
                return
            trial = self._waiting.get(_id_of(data)) if source == self._target else None
            if trial is not None and trial.answered_at is None:
                trial.answered_at = self._clock()
                trial.done.set()

    def _hear(self, error: UndeliveredError) -> None:
        """An error names no request: it counts for all that are larger than what it says to fit."""
        if error.mtu is None or error.target not in {None, self._target}:
            return
        for trial in self._waiting.values():
            if trial.size > error.mtu:
                trial.told = min(error.mtu, trial.told or error.mtu)


async def run(diagnosis: Diagnosis) -> None:
    """Measure the path to the first server of each family that answers."""
    async with asyncio.TaskGroup() as group:
        for family in Family:
            group.create_task(_measure(diagnosis, family))


async def _measure(diagnosis: Diagnosis, family: Family) -> None:
    server = await diagnosis.first_server(family)
    if server is None:
        return
    diagnosis.recorder.tell(f"path mtu, {server.name}")
    await measure_sizes(
        server.address,
        diagnosis.network,
        clock=diagnosis.recorder.now,
        record=diagnosis.recorder.observe,
        take_turn=lambda: diagnosis.asking.pace.take_turn(server.name),
        interface=diagnosis.plan.interface,
    )


async def measure_sizes(
    target: Address,
    network: Network,
    *,
    clock: Callable[[], float],
    record: Callable[[SizeProbe], None],
    take_turn: Callable[[], Awaitable[None]],
    interface: str = "",
) -> None:
    """Find out how large packets to a server may be.

    Raises:
        OSError: there is no socket for that.
    """
    endpoint = await network.open_udp(target, interface=interface, dont_fragment=True)
    try:
        sizer = Sizer(endpoint, target, clock=clock, record=record, take_turn=take_turn)
        await sizer.run()
    finally:
        endpoint.close()


def _id_of(data: bytes) -> bytes:
    try:
        return decode(data).transaction_id
    except DecodeError:
        return b""
