"""A port that stays open: renewed at half of its life, opened again when the gateway has forgotten it."""

import asyncio
import contextlib
import dataclasses
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from nat.choices import PortMapping
from nat.packets import Address
from nat.portmap.announcing import hear
from nat.portmap.choosing import close
from nat.portmap.client import Client, Grant, Wanted
from nat.portmap.epoch import EpochWatch
from nat.portmap.errors import ForgottenError, MovedError, PortMapError, RefusedError
from nat.portmap.network import Network
from nat.portmap.searching import NEIGHBOURS

SOONEST: Final = 4.0
"""RFC 6887 §11.2.1: seconds between two tries to renew, at least."""
FOR_EVER: Final = 3600.0
"""What has no end is renewed as if it had this one: a gateway may forget it."""
LONGEST: Final = 86_400.0
"""RFC 6887 §15 recommends no longer life than a day; what is given for longer is renewed as if it were for that."""
LONGEST_REFUSAL: Final = 1800.0
"""RFC 6887 §7.4: refusals that stand for long do for 30 minutes; one for years is not believed."""
_LOCAL6: Final = ipaddress.ip_network("fc00::/7")
"""RFC 4193 §3.1: addresses of IPv6 that count within a site."""
SEARCHING: Final = (15.0, 300.0)
"""Seconds between tries to open a port that was lost, doubling from the first to the last."""


class OpenPort:
    """A port that is open to the outside. `open_port` makes it.

    Attributes:
        wanted: what was asked for.
        deleted: whether the gateway has closed it at the end; None before.
        problem: why it is lost, or was not closed; empty while all is well.
    """

    def __init__(
        self,
        network: Network,
        wanted: Wanted,
        opened: tuple[Client, Grant],
        open_again: Callable[[Wanted], Awaitable[tuple[Client, Grant]]],
        *,
        look_every: float,
    ) -> None:
        self._client, grant = opened
        self.wanted = dataclasses.replace(wanted, external_port=grant.external.port)
        self.deleted: bool | None = None
        self.problem = ""
        self._network = network
        self._look_every = look_every
        self._open_anew = open_again
        self._news = asyncio.Condition()
        self._announced = asyncio.Event()
        self._looked_at = network.now()
        self._count = 0
        self._pause = SEARCHING[0]
        self._grant = grant
        self._is_open = True
        self._accept(grant, EpochWatch(grant.spoken))

    def __repr__(self) -> str:
        state = str(self.external) if self.is_open else f"closed: {self.problem}"
        return f"<OpenPort {self.wanted.protocol.name} {state}>"

    @property
    def is_open(self) -> bool:
        """Whether it is, as far as is known."""
        return self._is_open

    @property
    def external(self) -> Address:
        """Where strangers must send to; what was given last if it is lost."""
        return Address(*self._grant.external)

    @property
    def internal(self) -> Address:
        """Where what they send arrives."""
        return Address(*self._grant.internal)

    @property
    def spoken(self) -> PortMapping:
        """By which protocol it was opened."""
        return self._grant.spoken

    @property
    def gateway(self) -> str:
        """Who has opened it."""
        return self._grant.gateway

    @property
    def expires(self) -> float | None:
        """When it ends unless it is renewed, on the network's clock; None for never."""
        lifetime = self._grant.lifetime
        return None if lifetime is None else self._grant.at + lifetime

    @property
    def is_behind_another_nat(self) -> bool:
        """Whether the external address is none of the internet's: then strangers cannot get there."""
        external = ipaddress.ip_address(self.external.host)
        return any(external in one for one in (*NEIGHBOURS, _LOCAL6))

    async def changed(self) -> Address | None:
        """Wait until it is somewhere else, and say where; None if it is lost."""
        async with self._news:
            count = self._count
            await self._news.wait_for(lambda: self._count != count)
        return self.external if self.is_open else None

    async def changes(self) -> AsyncIterator[Address | None]:
        """Every change from now on, of several at once the last one."""
        seen = self._count
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._count != seen)  # noqa: B023 -- called here
                seen = self._count
            yield self.external if self.is_open else None

    async def keep(self) -> None:
        """Keep it open for ever; one task does this."""
        gateway, listening = "", None
        try:
            while True:
                if self._grant.gateway != gateway:
                    gateway = self._grant.gateway
                    listening = self._listen(gateway, listening)
                await self._rest(self._next_pause())
                await self._look_after()
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])

    def _listen(self, gateway: str, before: asyncio.Task[None] | None) -> asyncio.Task[None]:
        if before is not None:
            before.cancel()
        hearing = hear(self._network, gateway, self._announced.set)
        return asyncio.create_task(hearing, name=f"hears {gateway} announce itself")

    async def _rest(self, pause: float) -> None:
        """Wait for the next look, or until the gateway says that it has started, but not again and again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._announced.wait()
                await asyncio.sleep(max(0.0, self._looked_at + SOONEST - self._network.now()))

    async def _look_after(self) -> None:
        self._looked_at = self._network.now()
        has_started = self._announced.is_set()
        self._announced.clear()
        if not self._is_open:
            await self._open_again()
        elif has_started or await self._has_forgotten():
            await self._renew(forgotten=True)
        elif self._network.now() >= self._renew_at:
            await self._renew(forgotten=False)

    async def end(self) -> None:
        """Close it, within a deadline; if that fails it ends by itself."""
        failure = await close(self._client, self.wanted)
        self.deleted = failure is None
        self.problem = "" if failure is None else str(failure)
        self._is_open = False

    def _next_pause(self) -> float:
        if not self._is_open:
            return self._pause
        until_renewal = max(0.0, self._renew_at - self._network.now())
        return min(until_renewal, self._look_every)

    def _accept(self, grant: Grant, watch: EpochWatch) -> None:
        self._grant = grant
        self._watch = watch
        self._note_epoch(grant.epoch, grant.at)
        life = FOR_EVER if grant.lifetime is None else min(grant.lifetime, LONGEST)
        self._renew_at = grant.at + max(life / 2, SOONEST)
        self._pause = SEARCHING[0]
        self.problem = ""

    def _note_epoch(self, epoch: float | None, at: float) -> bool:
        return epoch is not None and self._watch.receive(epoch, at)

    async def _has_forgotten(self) -> bool:
        """Whether the gateway's clock, or its address, or our own, says that mappings lead nowhere."""
        try:
            look = await self._client.look()
        except (MovedError, ForgottenError):
            return True
        except PortMapError:
            return False  # what is silent now may answer later: the mapping lives until it ends
        moved = look.external is not None and look.external != self.external.host
        have_moved = look.local not in {"", self.internal.host}
        return self._note_epoch(look.epoch, look.at) or moved or have_moved

    async def _renew(self, *, forgotten: bool) -> None:
        try:
            grant = await self._client.open(self.wanted)
        except PortMapError as error:
            now = self._network.now()
            left = 0.0 if forgotten or isinstance(error, MovedError) else self._expires_at() - now
            if left > 0:
                self._renew_at = now + min(left, max(SOONEST, left / 2, _not_before(error)))
                return
            await self._lose(str(error))
            return
        before = self._grant.external
        self._accept(grant, self._watch)
        if grant.external != before:
            await self._tell()

    def _expires_at(self) -> float:
        return self.expires if self.expires is not None else self._grant.at + FOR_EVER

    async def _lose(self, problem: str) -> None:
        self._is_open = False
        self.problem = problem
        self._pause = 0.0
        await self._tell()

    async def _open_again(self) -> None:
        """By whichever protocol and gateway there is now: this machine may have moved."""
        try:
            client, grant = await self._open_anew(self.wanted)
        except PortMapError as error:
            self.problem = str(error)
            first, last = SEARCHING
            self._pause = max(min(max(first, 2 * self._pause), last), _not_before(error))
            return
        self._client = client
        self._is_open = True
        self._accept(grant, EpochWatch(grant.spoken))
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._count += 1
            self._news.notify_all()


def _not_before(error: PortMapError) -> float:
    """RFC 6887 §7.4: for how long a refusal stands, and the gateway need not be asked again."""
    said = error.retry_after if isinstance(error, RefusedError) else None
    return min(said or 0.0, LONGEST_REFUSAL)
