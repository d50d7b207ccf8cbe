"""The HTTP of a UPnP device: one connection's bytes in, its answer out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import h11

from nat.portmapping import descriptions, igd, pinholes
from nat.portmapping.soap import LARGEST, Call, FaultError, fault, parse, response
from nat.portmapping.ssdp import FIREWALL, SERVER, SERVICE

_OK: Final = 200
_NOT_FOUND: Final = 404
_TOO_LARGE: Final = 413
_FAILED: Final = 500


Perform = Callable[[Call, str, float], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that can be called.

    Attributes:
        kind: what calls must name.
        perform: does what a host inside wants at a time.
    """

    kind: str
    perform: Perform


@dataclass(frozen=True, slots=True)
class Site:
    """What a device has on the web.

    Attributes:
        pages: its descriptions by path.
        services: its services by where they are called.
    """

    pages: Mapping[str, bytes]
    services: Mapping[str, Service]


def site_of_nat(device: igd.Igd, uuid: str) -> Site:
    """A NAT, which maps ports."""
    return Site(
        {
            descriptions.PATH: igd.describe(uuid),
            igd.SCPD_PATH: igd.describe_service(),
            igd.LINK_SCPD_PATH: igd.describe_link(),
        },
        {
            igd.CONTROL_PATH: Service(SERVICE, device.perform),
            igd.LINK_CONTROL_PATH: Service(
                igd.LINK_SERVICE, lambda call, _client, _now: device.perform_link(call)
            ),
        },
    )


def site_of_firewall(device: pinholes.Pinholes, uuid: str) -> Site:
    """A firewall of IPv6, which opens pinholes."""
    return Site(
        {
            descriptions.PATH: pinholes.describe_firewall(uuid),
            pinholes.SCPD_PATH: pinholes.describe_pinholes(),
        },
        {pinholes.CONTROL_PATH: Service(FIREWALL, device.perform)},
    )


class WebConnection:
    """One connection of a host inside; it is answered once and closed.

    Args:
        site: what is there.
        client: the host's address.
    """

    def __init__(self, site: Site, client: str) -> None:
        self._site = site
        self._client = client
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=8192)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self.done = False

    def receive(self, data: bytes, now: float) -> bytes:
        """Take bytes; the answer is empty until the request is whole, and then `done` is set."""
        if self.done:
            return b""
        try:
            self._http.receive_data(data)
            while not self.done:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    return b""
                if isinstance(event, h11.Request):
                    self._request = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > LARGEST:
                        return self._answer(_TOO_LARGE, b"")
                elif isinstance(event, h11.EndOfMessage):
                    return self._answer(*self._respond(now))
                else:
                    self.done = True
        except h11.RemoteProtocolError as error:
            return self._answer(error.error_status_hint, b"")
        return b""

    def _respond(self, now: float) -> tuple[int, bytes]:
        assert self._request is not None
        path = self._request.target.decode("ascii", "replace")
        page = self._site.pages.get(path) if self._request.method == b"GET" else None
        if page is not None:
            return _OK, page
        service = self._site.services.get(path) if self._request.method == b"POST" else None
        return (_NOT_FOUND, b"") if service is None else self._control(service, now)

    def _control(self, service: Service, now: float) -> tuple[int, bytes]:
        try:
            call = parse(bytes(self._body), service.kind)
            values = service.perform(call, self._client, now)
        except FaultError as error:
            return _FAILED, fault(error)
        return _OK, response(service.kind, call.action, values)

    def _answer(self, status: int, body: bytes) -> bytes:
        self.done = True
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return b""
        headers = [
            ("Content-Type", 'text/xml; charset="utf-8"'),
            ("Content-Length", str(len(body))),
            ("Server", SERVER),
            ("Ext", ""),
            ("Connection", "close"),
        ]
        events = (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        return b"".join(self._http.send(event) or b"" for event in events)
