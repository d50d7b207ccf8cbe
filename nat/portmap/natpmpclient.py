"""The dialogues of NAT-PMP with a gateway (RFC 6886)."""

from typing import Final, TypeVar

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import natpmp
from nat.portmap.asking import Asker, ask
from nat.portmap.client import Grant, Look, Wanted, check_granted
from nat.portmap.errors import NoExternalAddressError, RefusedError, UnsupportedError
from nat.portmap.refusals import explain
from nat.portmapping.pcp import nowhere
from stunwire import Address

T = TypeVar("T")


class NatPmpClient(Asker):
    """Asks one gateway for one mapping."""

    spoken: Final = PortMapping.NAT_PMP
    _external_port = 0

    async def look(self) -> Look:
        """Ask for the external address (RFC 6886 §3.2).

        Raises:
            PortMapError: there is no answer, or none that helps.
        """
        answer = await self._ask(natpmp.encode_external(), natpmp.ExternalAddress, None)
        if answer.host == nowhere(answer.host):
            raise NoExternalAddressError(
                f"{self.gateway} tells by NAT-PMP that it has no external address"
            )
        return Look(self._network.now(), answer.host, answer.epoch, local=self._local)

    async def open(self, wanted: Wanted) -> Grant:
        """Open a port, or renew it (RFC 6886 §3.3).

        The external address is asked for before: a gateway that has none leaves nothing open.

        Raises:
            PortMapError: it is not opened.
        """
        look = await self.look()
        assert look.external is not None
        mapped = await self._map(wanted, wanted.lifetime)
        grant = Grant(
            self.spoken,
            self.gateway,
            wanted.protocol,
            Address(self._local, wanted.internal_port),
            Address(look.external, mapped.external_port),
            mapped.lifetime,
            self._network.now(),
            mapped.epoch,
        )
        self._external_port = check_granted(grant).external.port
        return grant

    async def close(self, wanted: Wanted) -> None:
        """End a mapping; it is no error that there is none (RFC 6886 §3.4).

        Raises:
            PortMapError: it may still be there.
        """
        await self._map(wanted, 0)

    async def _map(self, wanted: Wanted, lifetime: int) -> natpmp.Mapped:
        """RFC 6886 §3.3: who renews a mapping suggests the port that was given."""
        port = self._external_port or wanted.external_port
        request = natpmp.encode_mapping(wanted.protocol, wanted.internal_port, port, lifetime)
        return await self._ask(request, natpmp.Mapped, wanted)

    async def _ask(self, request: bytes, kind: type[T], wanted: Wanted | None) -> T:
        protocol: Protocol | None = None if wanted is None else wanted.protocol

        def encode(own: str) -> bytes:
            self._local = own
            return request

        def read(data: bytes) -> natpmp.Answer | None:
            answer = natpmp.decode(data)
            match answer:
                case natpmp.OtherVersion():
                    return answer
                case natpmp.Refused():
                    return answer if answer.answers(protocol) else None
                case natpmp.Mapped(protocol=found, internal_port=port):
                    fits = wanted is not None and (found, port) == (protocol, wanted.internal_port)
                    return answer if fits else None
                case natpmp.ExternalAddress():
                    return answer if wanted is None else None

        answer = await ask(self._network, self._target, encode, read, self._waits, self._source)
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, natpmp.Refused):
            raise RefusedError(
                f"{self.gateway} refuses by NAT-PMP: {explain(self.spoken, answer.code)}",
                answer.code,
            )
        raise UnsupportedError(f"{self.gateway} does not speak NAT-PMP")
