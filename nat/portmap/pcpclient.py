"""The dialogues of PCP with a gateway (RFC 6887)."""

import os
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from nat.choices import PortMapping
from nat.portmap import pcp
from nat.portmap.asking import QUICKLY, Asker, ask
from nat.portmap.client import Grant, Look, Wanted, check_granted
from nat.portmap.errors import RefusedError, UnsupportedError
from nat.portmap.network import Network
from nat.portmap.origin import own_address
from nat.portmap.refusals import explain
from nat.portmapping.pcp import Opcode, Result
from stunwire import Address, Family

T = TypeVar("T")


class PcpClient(Asker):
    """Asks one gateway for one mapping; one of IPv6 for a pinhole in its firewall."""

    spoken: Final = PortMapping.PCP

    def __init__(
        self,
        network: Network,
        gateway: str,
        waits: Sequence[float] = QUICKLY,
        source: str = "",
    ) -> None:
        super().__init__(network, gateway, waits, source)
        self._nonce = os.urandom(pcp.NONCE_SIZE)
        self._external: Address | None = None

    async def look(self) -> Look:
        """Ask whether it is there: PCP tells no address without opening something (RFC 6887 §14.1).

        One that knows no ANNOUNCE is there, too, and may still open ports.

        Raises:
            PortMapError: there is no answer, or none that helps.
        """

        def read(answer: pcp.Answer) -> bool:
            if isinstance(answer, pcp.Refused):
                return answer.opcode == Opcode.ANNOUNCE
            return isinstance(answer, pcp.Announced)

        def encode(own: str) -> bytes:
            self._local = own
            return pcp.encode_announce(own)

        epoch: int | None = None
        try:
            epoch = (await self._ask(encode, read, pcp.Announced, self._waits)).epoch
        except RefusedError as refusal:
            if refusal.code != Result.UNSUPP_OPCODE:
                raise
        return Look(self._network.now(), epoch=epoch, local=self._local)

    async def open(self, wanted: Wanted) -> Grant:
        """Open a port, or renew it (RFC 6887 §11.2).

        A renewal suggests what was given before, as RFC 6887 §11.2.1 asks.

        Raises:
            PortMapError: it is not opened.
        """
        mapped = await self._map(wanted, wanted.lifetime, self._unhurried())
        grant = Grant(
            self.spoken,
            self.gateway,
            wanted.protocol,
            Address(self._local, wanted.internal_port),
            mapped.external,
            mapped.lifetime,
            self._network.now(),
            mapped.epoch,
        )
        self._external = check_granted(grant).external
        return grant

    async def close(self, wanted: Wanted) -> None:
        """End a mapping; it is no error that there is none (RFC 6887 §15.1).

        miniupnpd 2.3.1 (Debian 12) takes a pinhole that was renewed for somebody else's when it is to be
        closed, and not when it is to be renewed: then it is renewed for the shortest time.

        Raises:
            PortMapError: it may still be there.
        """
        try:
            await self._map(wanted, 0, self._waits)
        except RefusedError as refusal:
            if self._external is None or refusal.code != Result.NOT_AUTHORIZED:
                raise
            left = (await self._map(wanted, 1, self._waits)).lifetime
            raise RefusedError(
                f"{refusal}; it ends by itself within {left} s", refusal.code, refusal.retry_after
            ) from None

    def _unhurried(self) -> Sequence[float]:
        """A request that is sent again is a renewal to the gateway: see `close` for what that can do."""
        six = self._target.family is Family.IPV6
        return [max(wait, 1.0) for wait in self._waits] if six else self._waits

    async def _map(self, wanted: Wanted, lifetime: int, waits: Sequence[float]) -> pcp.Mapped:
        def encode(own: str) -> bytes:
            self._local = own
            return pcp.encode_map(
                own,
                self._nonce,
                wanted.protocol,
                wanted.internal_port,
                lifetime,
                wanted=self._external or Address(pcp.nowhere(own), wanted.external_port),
            )

        def read(answer: pcp.Answer) -> bool:
            if isinstance(answer, pcp.Refused):
                return answer.opcode == Opcode.MAP and answer.nonce in {b"", self._nonce}
            return isinstance(answer, pcp.Mapped) and (
                (answer.nonce, answer.protocol, answer.internal_port)
                == (self._nonce, wanted.protocol, wanted.internal_port)
            )

        return await self._ask(encode, read, pcp.Mapped, waits)

    async def _ask(
        self,
        encode: Callable[[str], bytes],
        fits: Callable[[pcp.Answer], bool],
        kind: type[T],
        waits: Sequence[float],
    ) -> T:
        def read(data: bytes) -> pcp.Answer | None:
            answer = pcp.decode(data)
            return answer if isinstance(answer, pcp.OtherVersion) or fits(answer) else None

        if self._target.family is Family.IPV6 and not self._source:
            self._source = await own_address(self._network)
        answer = await ask(self._network, self._target, encode, read, waits, self._source)
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, pcp.Refused):
            raise RefusedError(
                f"{self.gateway} refuses by PCP: {explain(self.spoken, answer.code)}",
                answer.code,
                answer.lifetime,
            )
        raise UnsupportedError(f"{self.gateway} does not speak PCP")
