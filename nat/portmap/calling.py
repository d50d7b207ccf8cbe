"""The call of an action of a UPnP gateway's service, and its answer or its refusal in words."""

from collections.abc import Mapping
from typing import Final

from nat.choices import PortMapping
from nat.portmap import soap
from nat.portmap.description import Service
from nat.portmap.errors import RefusedError
from nat.portmap.network import Network
from nat.portmap.refusals import explain
from nat.portmap.web import fetch

_TYPE: Final = ("Content-Type", 'text/xml; charset="utf-8"')


class Caller:
    """Calls one service.

    Args:
        service: where, and what it is called.
        patience: seconds for one call.
        source: our own address; empty for the system's choice.
        local: the same as the device has seen it before.

    Attributes:
        local: our own address, as the device saw it last.
    """

    def __init__(
        self,
        network: Network,
        service: Service,
        patience: float,
        source: str = "",
        *,
        local: str = "",
    ) -> None:
        self.local = local
        self._network = network
        self._service = service
        self._patience = patience
        self._source = source

    @property
    def gateway(self) -> str:
        """The device's address."""
        return self._service.control.address.host

    async def call(
        self, action: str, arguments: Mapping[str, object] | None = None
    ) -> Mapping[str, str]:
        """Have something done.

        Raises:
            PortMapError: it is not done.
        """
        kind = self._service.kind
        page = await fetch(
            self._network,
            self._service.control,
            body=soap.encode_call(kind, action, arguments or {}),
            headers=(_TYPE, ("SOAPAction", f'"{kind}#{action}"')),
            patience=self._patience,
            source=self._source,
        )
        self.local = page.local
        answer = soap.decode(page.body, action)
        if isinstance(answer, soap.Fault):
            raise self.refusal(answer.code, answer.text)
        return answer

    def refusal(self, code: int, said: str = "") -> RefusedError:
        """What a code of the device's means."""
        words = explain(PortMapping.UPNP, code, said)
        return RefusedError(f"{self.gateway} refuses by UPnP: {words}", code)
