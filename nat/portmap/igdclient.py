"""The dialogues of UPnP with a gateway: found, asked whose a port is, and only then for the port."""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from nat.choices import PortMapping
from nat.portmap.asking import QUICKLY
from nat.portmap.client import Grant, Look, Wanted
from nat.portmap.errors import MalformedError, PortMapError, RefusedError, SilentError
from nat.portmap.igd import CONFLICT, PERMANENT_ONLY, SAME_PORTS, Entry, Igd
from nat.portmap.network import Network
from nat.portmap.searching import search
from stunwire import Address

PATIENCE: Final = 2.0
"""Seconds for one request over HTTP."""
TRIES: Final = 4
"""External ports that are tried where they are taken."""
_PORTS: Final = (1024, 65535)


class IgdClient:
    """Asks the UPnP gateway of this network for one mapping.

    Args:
        gateway: the default router, which is preferred; None if it is not known.
        waits: seconds after each search.
        patience: seconds for one request over HTTP.
        source: of this machine, where what comes in is to go; empty for the system's choice.

    Attributes:
        gateway: who answered, once somebody has.
    """

    spoken: Final = PortMapping.UPNP

    def __init__(
        self,
        network: Network,
        gateway: str | None = None,
        waits: Sequence[float] = QUICKLY,
        patience: float = PATIENCE,
        source: str = "",
    ) -> None:
        self.gateway = gateway
        self._network = network
        self._waits = waits
        self._patience = patience
        self._source = source
        self._igd: Igd | None = None
        self._external_port: int | None = None
        self._asked_for: set[int] = set()

    async def look(self) -> Look:
        """Find the gateway and ask for its external address.

        Raises:
            PortMapError: there is none, or it does not tell.
        """
        igd = await self._find()
        try:
            external, epoch = await igd.external(), await igd.uptime()
        except SilentError:
            self._igd = None
            raise
        return Look(self._network.now(), external, epoch, igd.device.name, igd.local)

    async def open(self, wanted: Wanted) -> Grant:
        """Open a port, or renew it.

        Raises:
            PortMapError: it is not opened.
        """
        igd = await self._find()
        try:
            return await self._open(igd, wanted)
        except SilentError:
            self._igd = None  # after a reboot it may listen elsewhere
            raise

    async def close(self, wanted: Wanted) -> None:
        """End what was opened, or may have been; it is no error that it is gone, or another's.

        Raises:
            PortMapError: it may still be there.
        """
        for port in sorted(self._asked_for):
            igd = await self._find()
            try:
                is_ours = _is_ours(await igd.entry(wanted.protocol, port), igd, wanted)
            except (RefusedError, MalformedError):
                is_ours = port == self._external_port  # it cannot tell, but has said yes to us
            if is_ours:
                await igd.delete(wanted.protocol, port)
            self._asked_for.discard(port)

    async def _find(self) -> Igd:
        if self._igd is not None:
            return self._igd
        problem: PortMapError | None = None
        for found in await search(self._network, self.gateway, self._waits, self._source):
            try:
                self._igd = await Igd.find(
                    self._network, found.location, self._patience, self._source
                )
            except PortMapError as error:
                problem = problem or error
            else:
                self.gateway = self._igd.gateway
                return self._igd
        assert problem is not None
        raise problem

    async def _open(self, igd: Igd, wanted: Wanted) -> Grant:
        external = await igd.external()  # before: a gateway that has none leaves nothing open
        refusal: RefusedError | None = None
        for port in self._candidates(wanted):
            entry = await _entry(igd, wanted, port)
            if entry is not None and not _is_ours(entry, igd, wanted):
                refusal = RefusedError(f"external port {port} is {entry.internal}'s", CONFLICT)
                continue
            try:
                await self._add(igd, wanted, port)
            except RefusedError as error:
                if error.code not in {CONFLICT, SAME_PORTS}:
                    raise
                refusal = error
                continue
            return await self._granted(igd, wanted, Address(external, port))
        assert refusal is not None
        raise refusal

    def _candidates(self, wanted: Wanted) -> Iterator[int]:
        """What was given before, what is wished, the internal port, and then any."""
        known = (self._external_port, wanted.external_port, wanted.internal_port)
        ports = dict.fromkeys(port for port in known if port)
        while len(ports) < TRIES:
            ports.setdefault(random.randint(*_PORTS))
        yield from ports

    async def _add(self, igd: Igd, wanted: Wanted, port: int) -> None:
        self._asked_for.add(port)
        try:
            await igd.add(wanted, port, wanted.lifetime)
        except RefusedError as error:
            if error.code != PERMANENT_ONLY:
                self._asked_for.discard(port)
                raise
            await igd.add(wanted, port, 0)

    async def _granted(self, igd: Igd, wanted: Wanted, external: Address) -> Grant:
        """Look it up: there are gateways that say yes and do nothing, or give it for ever."""
        port = external.port
        try:
            entry = await igd.entry(wanted.protocol, port)
        except (RefusedError, MalformedError):
            lifetime: int | None = wanted.lifetime
        else:
            if not _is_ours(entry, igd, wanted):
                raise MalformedError(f"{igd.gateway} says that it has mapped {port}, but has not")
            assert entry is not None
            lifetime = entry.lease or None
        self._external_port = port
        return Grant(
            self.spoken,
            igd.gateway,
            wanted.protocol,
            Address(igd.local, wanted.internal_port),
            external,
            lifetime,
            self._network.now(),
            await igd.uptime(),
        )


async def _entry(igd: Igd, wanted: Wanted, port: int) -> Entry | None:
    """Whose a port is, as far as the gateway tells: some programs' mappings are overwritten else."""
    try:
        return await igd.entry(wanted.protocol, port)
    except (RefusedError, MalformedError):
        return None


def _is_ours(entry: Entry | None, igd: Igd, wanted: Wanted) -> bool:
    return entry is not None and (entry.internal, entry.port) == (igd.local, wanted.internal_port)
