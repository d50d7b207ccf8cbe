"""The HTTP of a UPnP device: one connection's bytes in, its answer out."""

from collections.abc import Callable
from typing import Final

import h11

from nat.portmapping.igd import (
    CONTROL_PATH,
    DESCRIPTION_PATH,
    LINK_CONTROL_PATH,
    LINK_SCPD_PATH,
    LINK_SERVICE,
    SCPD_PATH,
    Igd,
    describe,
    describe_link,
    describe_service,
)
from nat.portmapping.soap import LARGEST, FaultError, fault, parse, response
from nat.portmapping.ssdp import SERVER, SERVICE

_OK: Final = 200
_NOT_FOUND: Final = 404
_TOO_LARGE: Final = 413
_FAILED: Final = 500


class WebConnection:
    """One connection of a host inside; it is answered once and closed.

    Args:
        igd: whose actions are called.
        uuid: of the device.
        client: the host's address.
    """

    def __init__(self, igd: Igd, uuid: str, client: str) -> None:
        self._igd = igd
        self._uuid = uuid
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
        pages: dict[tuple[bytes, str], Callable[[], tuple[int, bytes]]] = {
            (b"GET", DESCRIPTION_PATH): lambda: (_OK, describe(self._uuid)),
            (b"GET", SCPD_PATH): lambda: (_OK, describe_service()),
            (b"GET", LINK_SCPD_PATH): lambda: (_OK, describe_link()),
            (b"POST", CONTROL_PATH): lambda: self._control(SERVICE, now),
            (b"POST", LINK_CONTROL_PATH): lambda: self._control(LINK_SERVICE, now),
        }
        page = pages.get((self._request.method, self._request.target.decode("ascii", "replace")))
        return (_NOT_FOUND, b"") if page is None else page()

    def _control(self, service: str, now: float) -> tuple[int, bytes]:
        try:
            call = parse(bytes(self._body), service)
            if service == LINK_SERVICE:
                values = self._igd.perform_link(call)
            else:
                values = self._igd.perform(call, self._client, now)
        except FaultError as error:
            return _FAILED, fault(error)
        return _OK, response(service, call.action, values)

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
